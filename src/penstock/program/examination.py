"""Steps that look at the response before them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from penstock.model import Examine, Request, Text
from penstock.program.checks import compile_checks, record
from penstock.program.context import Context
from penstock.program.iteration import END, TURN, Iteration, Operations, Waits


class NoResponse:
    """What is looked at where there was no response yet."""

    status = 0
    reason = ""
    ok = True
    headers: Mapping[str, str] = MappingProxyType({})
    body = b""
    text = ""
    redirects: tuple[str, ...] = ()
    elapsed_s = 0.0

    def json(self) -> NoReturn:
        """Raise `ValueError`: there is nothing to parse."""
        raise ValueError("there is no response before this step")


NOTHING = NoResponse()
_NO_URL = Text()


def looks_back(steps: object) -> bool:
    """Return whether any of the steps is one that looks at the response before it."""
    if isinstance(steps, tuple):
        return any(looks_back(step) for step in steps)
    return isinstance(steps, Examine) or any(looks_back(getattr(steps, name, ())) for name in ("steps", "then"))


def compile_examine(step: Examine, context: Context) -> Waits:
    """Compile a look at the response before; it counts for the iteration, as no exchange is to blame."""
    from penstock.program.requests import examination  # they need each other

    checks = compile_checks(step.checks, context)
    as_request = Request(
        step.name, "GET", _NO_URL, step.origin, extracts=step.extracts, checks=step.checks, script=step.script
    )
    examine = examination(as_request, checks, context, observes=False)
    labels, trace, place, name = checks.labels, context.trace, context.place, step.name

    def run(iteration: Iteration) -> Operations:
        yield TURN
        if trace is not None:
            trace.act(place, name, iteration.variables)
        response: Any = NOTHING if iteration.response is None else iteration.response
        results = examine(iteration.variables, response)
        if results is None or (labels and not record(labels, results)):
            return END
        return None

    return run
