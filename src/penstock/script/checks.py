"""Judging a response inside a journey."""

from __future__ import annotations

from penstock.script import binding


def check(holds: object, name: str) -> bool:
    """Count whether something holds, under `name`; returns it as a bool.

    A check that does not hold fails the request before it, and with it the iteration; the journey goes on.
    Keep names constant: each one is a row in the report.
    """
    passed = bool(holds)
    binding.recorder.check(name, passed)
    return passed


def fail(message: str) -> None:
    """Fail the last request, and the iteration, for a reason of your own; the journey goes on."""
    binding.recorder.fail("script", message)
