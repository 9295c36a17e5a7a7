"""What compiled requests tell a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from penstock.model import Check, Examine, Request, SocketWait
from penstock.program.context import Context
from penstock.program.iteration import Makes, Operation
from penstock.program.tracing import Trace
from penstock.program.values import EvaluationFailed, Variables
from penstock.runs.recording import JudgedCheck
from penstock.script import Response

Examines = Callable[[Variables, Response], list[bool] | None]
"""Takes all values from a response and judges its checks; None when something could not be done, which is recorded."""


def traced_exchange(exchange: Operation | Makes, trace: Trace, context: Context) -> Makes:
    """Return what makes the operation, and first says whose it is."""
    place, observe = context.place, context.dialect.response_variables(context.names)

    def make(variables: Variables) -> Operation:
        trace.request(place, variables, observe)
        return exchange(variables) if callable(exchange) else exchange

    return make


def traced_examination(
    examine: Examines, step: Request | SocketWait | Examine, trace: Trace, context: Context
) -> Examines:
    """Return the examination of a response, after which it is told what came of it."""
    names = tuple(dict.fromkeys(each.variable for extracts in step.extracts for each in extracts))
    judged = [_Judged(check, context) for check in step.checks]

    def run(variables: Variables, response: Response) -> list[bool] | None:
        results = examine(variables, response)
        extracted = tuple((name, variables[name]) for name in names if name in variables)
        held = iter(results if results is not None else ())
        checks = tuple(check.look(variables, held if results is not None else None) for check in judged)
        trace.examined(extracted, checks, variables)
        return results

    return run


class _Judged:
    """A check, and how what it compares is said."""

    def __init__(self, check: Check, context: Context) -> None:
        self.check = check
        self.value = context.dialect.value(check.subject)
        self.holds = None if check.enforced else context.dialect.check(check)
        self.expected = [(each.operator, context.dialect.text(each.expected)) for each in check.conditions]

    def look(self, variables: Variables, held: Iterator[bool] | None) -> JudgedCheck:
        return JudgedCheck(
            label=self.check.label,
            held=self._held(variables, held),
            subject=getattr(self.check.subject, "name", ""),
            actual=_computed(self.value, variables),
            expected=" or ".join(_said(operator, _computed(text, variables)) for operator, text in self.expected),
            enforced=self.check.enforced,
        )

    def _held(self, variables: Variables, held: Iterator[bool] | None) -> bool | None:
        if self.holds is None:
            return None if held is None else next(held, None)
        try:
            return self.holds(variables)
        except EvaluationFailed:
            return None


def _said(operator: str, expected: str) -> str:
    words = operator.replace("_", " ")
    return words if operator in ("is_true", "is_false") else f"{words} {expected}"


def _computed(compute: Callable[[Variables], str | None], variables: Variables) -> str:
    try:
        return str(compute(variables) or "")
    except EvaluationFailed:
        return ""
