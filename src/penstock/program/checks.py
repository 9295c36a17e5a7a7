"""Checks of a response: all are judged, then all are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.model import Check
from penstock.program.context import Context
from penstock.program.values import EvaluationFailed, Variables
from penstock.script import binding


@dataclass(frozen=True, slots=True)
class CompiledChecks:
    """The checks of a request that count: their labels, their numbers as they are written, what judges them."""

    labels: tuple[str, ...]
    numbers: tuple[int, ...]
    tests: tuple[Callable[[Variables], bool], ...]

    def failure(self, judged: int, error: EvaluationFailed) -> str:
        """Return what is said of the check after the first `judged` ones, which cannot be computed."""
        return f"Failed to compute assertion #{self.numbers[judged]} - {str(error) or 'Parameter error'}"


def compile_checks(checks: tuple[Check, ...], context: Context) -> CompiledChecks:
    """Compile checks.

    One that is not enforced can fail nothing, and the recorder has no place for it: it is left out.
    """
    enforced = [(number, check) for number, check in enumerate(checks, 1) if check.enforced]
    return CompiledChecks(
        tuple(check.label for _, check in enforced),
        tuple(number for number, _ in enforced),
        tuple(context.dialect.check(check) for _, check in enforced),
    )


def record(labels: tuple[str, ...], results: list[bool]) -> bool:
    """Count the results; return whether all held."""
    count = binding.recorder.check
    for label, held in zip(labels, results):  # noqa: B905 — of one length as they are made; strict costs 0.15 µs
        count(label, held)
    return False not in results
