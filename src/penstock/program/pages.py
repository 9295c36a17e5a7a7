"""Requests that are pages, or that a browser cache may answer: ask, judge, fetch what is embedded, judge the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from penstock.errors import NotRunnable
from penstock.model import Request
from penstock.program.context import Context
from penstock.program.exchanges import compile_exchange
from penstock.program.iteration import END, Iteration, Makes, Operation, Operations, StepFailed, Waits
from penstock.program.values import Variables
from penstock.script import Response, binding
from penstock.script.pages.visit import Embedding, ask, complete, name_of

Responds = Callable[[Variables, Response], bool]
"""Looks at the response before anything that it embeds is fetched; whether all was well."""

Completes = Callable[[Variables, Response, float, bool], bool]
"""Looks at the page when all of it is there, with the seconds it took and whether all was well so far."""


def compile_page(
    request: Request,
    context: Context,
    exchange: Operation | Makes,
    number: int,
    responds: Responds,
    completes: Completes,
) -> Waits:
    """Compile a page; what it embeds is fetched when its own response is a success."""
    embedding_of = None if request.page is None else _embedding(request, context)
    uses_cache, goes_on = request.uses_cache, context.goes_on

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        iteration.started = number
        operation = exchange(variables) if callable(exchange) else exchange
        if embedding_of is not None:
            binding.recorder.enter_page(name_of(operation))
        response: Any = yield from ask(operation, uses_cache=uses_cache)
        iteration.response = response
        passed = response.ok
        if response.ok or goes_on:
            passed = responds(variables, response)
        page_s: float = response.elapsed_s
        if embedding_of is not None:
            if response.ok:
                # Only now: what is recorded with a page may be made from what was extracted out of it.
                embedding, failures = embedding_of(variables)
                for failure in failures:
                    binding.recorder.fail("expression", failure)
                    passed = False
                began_s = time.monotonic()
                yield from complete(response, embedding)
                page_s += time.monotonic() - began_s
            binding.recorder.exit_group()
        if response.ok or goes_on:
            passed = completes(variables, response, page_s, passed)
        return None if passed else END

    return run


def _embedding(request: Request, context: Context) -> Callable[[Variables], tuple[Embedding, list[str]]]:
    """Return what makes what belongs to a page, and says which of it cannot be asked for, and why."""
    page = request.page
    assert page is not None  # noqa: S101 — the caller looked
    recorded = [(compile_exchange(each, context), each.uses_cache) for each in page.recorded]
    plain = (page.parses, page.uses_cache, page.connections_per_host, page.forgives)
    patterns = tuple(_pattern(each, request) for each in (page.only, page.without))

    def make(variables: Variables) -> tuple[Embedding, list[str]]:
        operations: list[tuple[Operation, bool]] = []
        failures: list[str] = []
        for each, uses_cache in recorded:
            try:
                operations.append((each(variables) if callable(each) else each, uses_cache))
            except StepFailed as failure:
                failures.append(str(failure))
        return Embedding(*plain, tuple(operations), *patterns), failures

    return make if any(callable(each) for each, _ in recorded) else _always(make({}))


def _pattern(written: str | None, request: Request) -> re.Pattern[str] | None:
    try:
        return None if written is None else re.compile(written)
    except re.error as error:
        raise NotRunnable(f"{request.origin}: {written!r} is no regular expression: {error}") from None


def _always(made: tuple[Embedding, list[str]]) -> Callable[[Variables], tuple[Embedding, list[str]]]:
    return lambda _: made
