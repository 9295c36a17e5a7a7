"""Requests: send, take the extracts, judge the checks; again, when the request polls.

A failed exchange was counted by the loop. What is found afterwards is told to the recorder while the exchange is
still pending, so that it is the exchange that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.model import Poll, Request
from penstock.program.checks import CheckFailed, compile_judge, record
from penstock.program.context import Context
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
from penstock.program.values import EvaluationFailed, ExtractionFailed, Variables
from penstock.script import Response, binding
from penstock.script.operations import SLEEP

Judge = Callable[[Variables], list[bool]]


def compile_request(request: Request, context: Context) -> Step:
    """Compile a request."""
    number = context.number_request()
    exchange = compile_exchange(request, context)
    digest = _digest(request, context)
    labels, judge = compile_judge(request.checks, context)
    if request.poll is not None:
        return waiting(_polling(number, exchange, digest, labels, judge, _Until(request.poll, context)))
    return asking(exchange, _judged(digest, labels, judge), number)


def _digest(request: Request, context: Context) -> Ends:
    """Return what takes all values from a response, built-ins first; it gives END when an extract cannot be taken."""
    observe = context.dialect.response_variables(context.names)
    extract = context.dialect.extracts(request.extracts)
    if extract is None:
        return observe or _nothing

    def run(variables: Variables, response: Response) -> Outcome:
        if observe is not None:
            observe(variables, response)
        try:
            extract(variables, response)
        except ExtractionFailed as failure:
            binding.recorder.fail("extract", str(failure))
            return END
        return None

    return run


def _nothing(_variables: Variables, _response: Response) -> None:
    pass


def _judged(digest: Ends, labels: tuple[str, ...], judge: Judge | None) -> Ends:
    """Return what digests a response and then judges it."""
    if judge is None:
        return digest

    def run(variables: Variables, response: Response) -> Outcome:
        if digest(variables, response) is not None:
            return END
        try:
            results = judge(variables)
        except CheckFailed as failure:
            binding.recorder.fail("check", str(failure))
            return END
        return None if record(labels, results) else END

    return run


class _Until:
    """When a poll is over."""

    def __init__(self, poll: Poll, context: Context) -> None:
        self.holds = context.dialect.check(poll.until)
        self.rounds = max(poll.rounds, 1)
        self.wait = (SLEEP, poll.wait_s)


def _polling(
    number: int,
    exchange: Operation | Makes,
    digest: Ends,
    labels: tuple[str, ...],
    judge: Judge | None,
    until: _Until,
) -> Waits:
    holds, wait, rounds = until.holds, until.wait, until.rounds

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        iteration.started = number
        results: list[bool] = []
        for turn in range(1, rounds + 1):
            response: Any = yield exchange(variables) if callable(exchange) else exchange
            if not response.ok or digest(variables, response) is not None:
                return END
            try:
                if judge is not None:
                    results = judge(variables)
                if holds(variables):
                    return None if record(labels, results) else END
            except CheckFailed as failure:
                binding.recorder.fail("check", str(failure))
                return END
            except EvaluationFailed as error:
                binding.recorder.fail("check", f"Unexpected sampler error - {error}")
                return END
            if turn < rounds:
                yield wait
        binding.recorder.fail("check", f"Request failed to meet loop condition for {rounds} iterations")
        return END

    return run
