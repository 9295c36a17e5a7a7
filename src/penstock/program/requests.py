"""Requests: send, look at the response; again, when the request polls.

A failed exchange was counted by the loop, and is not looked at.
"""

from __future__ import annotations

from typing import Any

from penstock.model import Poll, Request
from penstock.program.checks import compile_checks, record
from penstock.program.context import Context, refuse
from penstock.program.exchanges import compile_exchange
from penstock.program.iteration import END, Ends, Iteration, Makes, Operation, Operations, Step, Waits, asking, waiting
from penstock.program.judgement import Judgement
from penstock.program.looks import compile_ends, examination
from penstock.program.pages import compile_page
from penstock.program.plugins import with_plugins
from penstock.program.traced import traced_exchange
from penstock.program.values import EvaluationFailed, Variables
from penstock.script import Response, binding
from penstock.script.operations import SLEEP


def compile_request(request: Request, context: Context) -> Step:
    """Compile a request."""
    is_page = request.page is not None or request.uses_cache
    if is_page and request.poll is not None:
        raise refuse(
            request.origin, "a page, or a request that a cache may answer, cannot be asked until a check holds"
        )
    number = context.number_request()
    exchange = compile_exchange(request, context)
    if context.trace is not None:
        exchange = traced_exchange(exchange, context.trace, context)
    hooks = None if context.plugins is None else context.plugins.of_request(request.plugins)
    if context.goes_on or hooks is not None or request.validations:
        before, after = hooks or (None, None)
        judgement = Judgement(request, context, after)
        exchange = exchange if before is None else with_plugins(exchange, before)
        if is_page:
            return waiting(
                compile_page(
                    request,
                    context,
                    exchange,
                    number,
                    judgement.respond,
                    lambda variables, response, page_s, passed: judgement.complete(
                        variables, response, page_s, passed=passed
                    ),
                )
            )
        return asking(exchange, _judging(judgement), number)
    if request.poll is not None:
        return waiting(_polling(number, exchange, request, request.poll, context))
    ends = compile_ends(request, context)
    if is_page:
        whole = compile_page(request, context, exchange, number, ends, lambda _variables, _response, _s, passed: passed)
        return waiting(whole)
    if context.keeps_responses:
        return waiting(_keeping(exchange, ends, number))
    return asking(exchange, ends, number)


def _keeping(exchange: Operation | Makes, ends: Ends, number: int) -> Waits:
    """Return what sends a request and keeps its response for a step that looks back."""

    def run(iteration: Iteration) -> Operations:
        iteration.started = number
        response: Any = yield exchange(iteration.variables) if callable(exchange) else exchange
        iteration.response = response
        return None if response.ok and ends(iteration.variables, response) else END

    return run


def _judging(judgement: Judgement) -> Ends:
    def run(variables: Variables, response: Response) -> bool:
        passed = judgement.respond(variables, response)
        return judgement.complete(variables, response, response.elapsed_s, passed=passed)

    return run


def _polling(number: int, exchange: Operation | Makes, request: Request, poll: Poll, context: Context) -> Waits:
    """Return what asks again until a check holds; those of the request are counted of the last response."""
    checks = compile_checks(request.checks, context)
    examine = examination(request, checks, context)
    holds = context.dialect.check(poll.until)
    wait, rounds = (SLEEP, poll.wait_s), max(poll.rounds, 1)

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        iteration.started = number
        for turn in range(1, rounds + 1):
            response: Any = yield exchange(variables) if callable(exchange) else exchange
            iteration.response = response
            results = examine(variables, response) if response.ok else None
            if results is None:
                return END
            try:
                over = holds(variables)
            except EvaluationFailed as error:
                binding.recorder.fail("check", f"Unexpected sampler error - {error}")
                return END
            if over:
                return None if record(checks.labels, results) else END
            if turn < rounds:
                yield wait
        binding.recorder.fail("check", f"Request failed to meet loop condition for {rounds} iterations")
        return END

    return run
