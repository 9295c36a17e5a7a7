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
from penstock.program.exchanges import Operation, compile_exchange
from penstock.program.iteration import END, Iteration, Operations, Outcome, Waits
from penstock.program.values import EvaluationFailed, ExtractionFailed, Variables
from penstock.script import binding
from penstock.script.operations import SLEEP


def compile_request(request: Request, context: Context) -> Waits:
    """Compile a request."""
    number = context.number_request()
    exchange = compile_exchange(request, context)
    digest = _digest(request, context)
    labels, judge = compile_judge(request.checks, context)
    if request.poll is not None:
        return _polling(number, exchange, digest, labels, judge, _until(request.poll, context))
    make, operation = (exchange, ()) if callable(exchange) else (None, exchange)

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        iteration.started = number
        response = yield (operation if make is None else make(variables))
        if not response.ok:
            return END
        if digest is not None and digest(variables, response):
            return END
        if judge is not None:
            try:
                results = judge(variables)
            except CheckFailed as failure:
                binding.recorder.fail("check", str(failure))
                return END
            if not record(labels, results):
                return END
        return None

    return run


def _digest(request: Request, context: Context) -> Callable[[Variables, Any], Outcome] | None:
    """Return what takes all values from a response, built-ins first; it gives END when an extract cannot be taken."""
    observe = context.dialect.response_variables(context.names)
    extract = context.dialect.extracts(request.extracts)
    if extract is None:
        return observe

    def run(variables: Variables, response: Any) -> Outcome:
        if observe is not None:
            observe(variables, response)
        try:
            extract(variables, response)
        except ExtractionFailed as failure:
            binding.recorder.fail("extract", str(failure))
            return END
        return None

    return run


class _Until:
    """When a poll is over."""

    __slots__ = ("holds", "operation", "rounds")

    def __init__(self, holds: Callable[[Variables], bool], rounds: int, wait_s: float) -> None:
        self.holds, self.rounds, self.operation = holds, rounds, (SLEEP, wait_s)


def _until(poll: Poll, context: Context) -> _Until:
    return _Until(context.dialect.check(poll.until), max(poll.rounds, 1), poll.wait_s)


def _polling(
    number: int,
    exchange: Operation | Callable[[Variables], Operation],
    digest: Callable[[Variables, Any], Outcome] | None,
    labels: tuple[str, ...],
    judge: Callable[[Variables], list[bool]] | None,
    until: _Until,
) -> Waits:
    holds, wait, rounds = until.holds, until.operation, until.rounds

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        iteration.started = number
        results: list[bool] = []
        for turn in range(1, rounds + 1):
            response = yield exchange(variables) if callable(exchange) else exchange
            if not response.ok:
                return END
            if digest is not None and digest(variables, response):
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
