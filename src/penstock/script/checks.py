"""Checks of responses inside a journey."""

from __future__ import annotations

from penstock.script import binding
from penstock.script.http import Response


def check(holds: object, name: str, response: Response | None = None) -> bool:
    """Count under `name` whether something holds, and return it as a bool.

    A check that does not hold fails the last request and the iteration; the journey goes on. Keep names constant: each
    is a row in the report. After `http.parallel`, `response` says which request is meant (by default the last). Raises
    `ValueError` for a response from before the last await.
    """
    if not isinstance(name, str):
        raise TypeError(f"check: the name must be a str, not {type(name).__name__}")
    passed = bool(holds)
    if response is None:
        binding.recorder.check(name, passed)
    else:
        binding.recorder.check(name, passed, response)
    return passed


def fail(message: str, response: Response | None = None) -> None:
    """Fail the last request and the iteration for a reason of your own; the journey goes on.

    `message` is what the report groups failures by (kind `script`); keep it constant. `response` is as for `check`.
    """
    if not isinstance(message, str):
        raise TypeError(f"fail: the reason must be a str, not {type(message).__name__}")
    if response is None:
        binding.recorder.fail("script", message)
    else:
        binding.recorder.fail("script", message, response)
