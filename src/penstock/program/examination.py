"""Steps that look at the response before them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from penstock.model import Examine
from penstock.program.checks import compile_checks
from penstock.program.context import Context
from penstock.program.iteration import END, TURN, Iteration, Operations, Waits
from penstock.program.looks import counted, examination


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


def looks_back(steps: object) -> bool:
    """Return whether any of the steps is one that looks at the response before it."""
    if isinstance(steps, tuple):
        return any(looks_back(step) for step in steps)
    return isinstance(steps, Examine) or any(looks_back(getattr(steps, name, ())) for name in ("steps", "then"))


def compile_examine(step: Examine, context: Context) -> Waits:
    """Compile a look at the response before; it counts for the iteration, as no exchange is to blame."""
    checks = compile_checks(step.checks, context)
    look = counted(examination(step, checks, context), checks.labels)
    trace, place, name = context.trace, context.place, step.name

    def run(iteration: Iteration) -> Operations:
        yield TURN
        if trace is not None:
            trace.act(place, name, iteration.variables)
        response: Any = NOTHING if iteration.response is None else iteration.response
        return None if look(iteration.variables, response) else END

    return run
