"""Requests: send, take the extracts, judge the checks; again, when the request polls.

A failed exchange was counted by the loop. What is found afterwards is told to the recorder while the exchange is
still pending, so that it is the exchange that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.model import Poll, Request
from penstock.program.checks import CompiledChecks, compile_checks, record
from penstock.program.context import Context, refuse
from penstock.program.exchanges import compile_exchange
from penstock.program.iteration import (
    END,
    Ends,
    Iteration,
    Makes,
    Operation,
    Operations,
    Outcome,
    Step,
    Waits,
    asking,
    waiting,
)
from penstock.program.judgement import Judgement
from penstock.program.pages import compile_page
from penstock.program.plugins import with_plugins
from penstock.program.scripts import compile_after_response
from penstock.program.traced import traced_examination, traced_exchange
from penstock.program.values import EvaluationFailed, ExtractionFailed, Variables
from penstock.script import Response, binding
from penstock.script.operations import SLEEP

Examines = Callable[[Variables, Response], list[bool] | None]
"""Takes all values from a response and judges its checks; None when something could not be done, which is recorded."""


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
    checks = compile_checks(request.checks, context)
    examine = examination(request, checks, context)
    if is_page:
        verdict = _verdict(examine, checks.labels)
        return waiting(
            compile_page(
                request,
                context,
                exchange,
                number,
                lambda variables, response: verdict(variables, response) is None,
                lambda _variables, _response, _page_s, passed: passed,
            )
        )
    if request.poll is None:
        ends = _plain_verdict(request, checks, context) or _verdict(examine, checks.labels)
        if context.keeps_responses:
            return waiting(_keeping(exchange, ends, number))
        return asking(exchange, ends, number)
    return waiting(_polling(number, exchange, examine, checks.labels, _Until(request.poll, context)))


def _keeping(exchange: Operation | Makes, ends: Ends, number: int) -> Waits:
    """Return what sends a request and keeps its response for a step that looks back."""

    def run(iteration: Iteration) -> Operations:
        iteration.started = number
        response: Any = yield exchange(iteration.variables) if callable(exchange) else exchange
        iteration.response = response
        return ends(iteration.variables, response) if response.ok else END

    return run


def examination(request: Request, checks: CompiledChecks, context: Context, *, observes: bool = True) -> Examines:
    """Return what looks at a response: variables about it, extracts, script and checks, in this order."""
    examine = _examination(request, checks, context, observes=observes)
    return examine if context.trace is None else traced_examination(examine, request, context.trace, context)


def _examination(request: Request, checks: CompiledChecks, context: Context, *, observes: bool) -> Examines:
    observe = context.dialect.response_variables(context.names) if observes else None
    extract = context.dialect.extracts(request.extracts)
    tests = checks.tests
    script = None if request.script is None else compile_after_response(request.script, context)

    def run(variables: Variables, response: Response) -> list[bool] | None:
        if observe is not None:
            observe(variables, response)
        results: list[bool] = []
        try:
            if extract is not None:
                extract(variables, response)
            if script is not None and not script(variables, response.body):
                return None
            for test in tests:
                results.append(test(variables))  # one by one: the length says which one failed
        except ExtractionFailed as failure:
            binding.recorder.fail("extract", str(failure))
            return None
        except EvaluationFailed as error:
            binding.recorder.fail("check", checks.failure(len(results), error))
            return None
        return results

    return run


def _judging(judgement: Judgement) -> Ends:
    def run(variables: Variables, response: Response) -> Outcome:
        passed = judgement.respond(variables, response)
        return None if judgement.complete(variables, response, response.elapsed_s, passed=passed) else END

    return run


def _verdict(examine: Examines, labels: tuple[str, ...]) -> Ends:
    def run(variables: Variables, response: Response) -> Outcome:
        results = examine(variables, response)
        if results is None or (labels and not record(labels, results)):
            return END
        return None

    return run


def _plain_verdict(request: Request, checks: CompiledChecks, context: Context) -> Ends | None:
    """Return the same as `_verdict` of an examination, in one function; None for a request with a script or a trace.

    It is called for every response of a load, and what that costs is calls.
    """
    if request.script is not None or context.trace is not None:
        return None
    observe = context.dialect.response_variables(context.names)
    extract = context.dialect.extracts(request.extracts)
    labels, tests = checks.labels, checks.tests

    def run(variables: Variables, response: Response) -> Outcome:
        if observe is not None:
            observe(variables, response)
        results: list[bool] = []
        try:
            if extract is not None:
                extract(variables, response)
            for test in tests:
                results.append(test(variables))
        except ExtractionFailed as failure:
            binding.recorder.fail("extract", str(failure))
            return END
        except EvaluationFailed as error:
            binding.recorder.fail("check", checks.failure(len(results), error))
            return END
        count = binding.recorder.check
        for label, held in zip(labels, results):  # noqa: B905 — of one length as they are made
            count(label, held)
        return END if False in results else None

    return run


class _Until:
    """When a poll is over."""

    def __init__(self, poll: Poll, context: Context) -> None:
        self.holds = context.dialect.check(poll.until)
        self.rounds = max(poll.rounds, 1)
        self.wait = (SLEEP, poll.wait_s)


def _polling(
    number: int, exchange: Operation | Makes, examine: Examines, labels: tuple[str, ...], until: _Until
) -> Waits:
    holds, wait, rounds = until.holds, until.wait, until.rounds

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
                return None if record(labels, results) else END
            if turn < rounds:
                yield wait
        binding.recorder.fail("check", f"Request failed to meet loop condition for {rounds} iterations")
        return END

    return run
