"""Jumps back that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.importers.base import Findings
from penstock.importers.loadmill.functions import BUILT_INS, is_function
from penstock.model import Call, Expr, Jump, Label, Operation, Request, Step, Variable


def report_endless_loops(steps: list[Step], findings: Findings) -> None:
    """Find each jump back whose condition cannot change, and that nothing between leaves."""
    places = {step.name: index for index, step in enumerate(steps) if isinstance(step, Label)}
    for index, step in enumerate(steps):
        if not isinstance(step, Jump) or step.to is None:
            continue
        start = places.get(step.to, len(steps))
        if start < index and not _can_end(steps, places, start, index):
            message = "once this jumps back, it does so for ever: nothing between changes its condition"
            advice = "extract the condition's parameter in one of the repeated requests"
            findings.warn("endless-loop", message, step.origin, advice, "needs attention")


def _can_end(steps: list[Step], places: dict[str, int], start: int, end: int) -> bool:
    jump = steps[end]
    between = steps[start:end]
    if isinstance(jump, Jump):
        assigned = {
            extract.variable
            for step in between
            if isinstance(step, Request)
            for extracts in step.extracts
            for extract in extracts
        }
        if any(name in assigned or name in BUILT_INS for name in _names(jump.condition.subject)):
            return True
    return any(
        isinstance(step, Jump) and (step.to is None or not start <= places.get(step.to, -1) <= end) for step in between
    )


def _names(expr: Expr) -> Iterator[str]:
    """Yield the parameters that an expression reads; a function, which may give another value each time, as well."""
    match expr:
        case Variable(name):
            yield "__status" if is_function(name) else name
        case Call(_, arguments):
            yield "__status"
            for argument in arguments:
                yield from _names(argument)
        case Operation(_, left, right):
            yield from _names(left)
            yield from _names(right)
        case _:
            pass
