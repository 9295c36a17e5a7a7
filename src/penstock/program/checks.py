"""Checks of a response: all are judged, then all are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.model import Check
from penstock.program.context import Context
from penstock.program.values import EvaluationFailed, Variables
from penstock.script import binding

Judges = Callable[[Variables], bool]


@dataclass(frozen=True, slots=True)
class CompiledChecks:
    """The checks of a request that count: their labels, their numbers as they are written, what judges them."""

    labels: tuple[str, ...]
    numbers: tuple[int, ...]
    tests: tuple[Judges, ...]

    def evaluate(self, variables: Variables) -> list[bool] | None:
        """Judge all and count none; None when one cannot be computed, which is recorded."""
        results: list[bool] = []
        try:
            for test in self.tests:
                results.append(test(variables))  # one by one: the length says which one failed
        except EvaluationFailed as error:
            self._refuse(len(results), error)
            return None
        return results

    def judging(self) -> Judges:
        """Return what judges and counts them all, and says whether all held."""
        if not self.tests:
            return lambda _variables: True
        if len(self.tests) == 1:
            return self._judging_one()

        def judge(variables: Variables) -> bool:
            results = self.evaluate(variables)
            return results is not None and record(self.labels, results)

        return judge

    def _judging_one(self) -> Judges:
        (label,), (test,) = self.labels, self.tests

        def judge(variables: Variables) -> bool:
            try:
                held = test(variables)
            except EvaluationFailed as error:
                self._refuse(0, error)
                return False
            binding.recorder.check(label, held)
            return held

        return judge

    def _refuse(self, judged: int, error: EvaluationFailed) -> None:
        """Record that the check after the first `judged` ones cannot be computed."""
        reason = str(error) or "Parameter error"
        binding.recorder.fail("check", f"Failed to compute assertion #{self.numbers[judged]} - {reason}")


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
