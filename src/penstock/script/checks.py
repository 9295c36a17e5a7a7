"""Judging a response inside a journey."""

from __future__ import annotations

from penstock.script import binding
from penstock.script.http import Response


def check(holds: object, name: str, response: Response | None = None) -> bool:
    """Count whether something holds, under `name`; returns it as a bool.

    A check that does not hold fails the request before it, and with it the iteration; the journey goes on.
    Keep names constant: each one is a row in the report. After `http.parallel`, `response` says which of the requests
    is meant (without: the last). Raises `ValueError` for the response of a request before the last await.
    """
    passed = bool(holds)
    if response is None:
        binding.recorder.check(name, passed)
    else:
        binding.recorder.check(name, passed, response)
    return passed


def fail(message: str, response: Response | None = None) -> None:
    """Fail the last request, and the iteration, for a reason of your own; the journey goes on. See `check`."""
    if response is None:
        binding.recorder.fail("script", message)
    else:
        binding.recorder.fail("script", message, response)
