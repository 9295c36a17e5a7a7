"""A look at a response: variables about it, extracts, script, checks, in this order.

What is found is told to the recorder while the exchange is still pending, so that it is the exchange that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from penstock.model import Examine, Request, SocketWait
from penstock.program.checks import CompiledChecks, compile_checks, record
from penstock.program.context import Context
from penstock.program.iteration import Ends
from penstock.program.scripts import compile_after_response
from penstock.program.traced import Examines, traced_examination
from penstock.program.values import ExtractionFailed, Variables
from penstock.script import Response, binding

Judged = TypeVar("Judged")


def compile_ends(request: Request, context: Context) -> Ends:
    """Return what looks at a response and counts its checks; whether all was well."""
    checks = compile_checks(request.checks, context)
    if context.trace is None:
        return looking(request, context, checks.judging(), failed=False)
    return counted(examination(request, checks, context), checks.labels)


def counted(examine: Examines, labels: tuple[str, ...]) -> Ends:
    """Return an examination after which its checks are counted."""

    def run(variables: Variables, response: Response) -> bool:
        results = examine(variables, response)
        return results is not None and record(labels, results)

    return run


def examination(step: Request | SocketWait | Examine, checks: CompiledChecks, context: Context) -> Examines:
    """Return what looks at a response, and gives the results of checks that it does not count."""
    examine = looking(step, context, checks.evaluate, failed=None)
    return examine if context.trace is None else traced_examination(examine, step, context.trace, context)


def looking(
    step: Request | SocketWait | Examine, context: Context, judge: Callable[[Variables], Judged], failed: Judged
) -> Callable[[Variables, Response], Judged]:
    """Return what gives what `judge` makes of it; `failed` when something could not be done, which is recorded.

    It is one function, since it is called for every response of a load and what that costs is calls.
    """
    observe = context.dialect.response_variables(context.names) if isinstance(step, Request) else None
    extract = context.dialect.extracts(step.extracts)
    code = None if isinstance(step, SocketWait) else step.script
    script = None if code is None else compile_after_response(code, context)

    def look(variables: Variables, response: Response) -> Judged:
        if observe is not None:
            observe(variables, response)
        if extract is not None:
            try:
                extract(variables, response)
            except ExtractionFailed as failure:
                binding.recorder.fail("extract", str(failure))
                return failed
        if script is not None and not script(variables, response.body):
            return failed
        return judge(variables)

    return look
