"""The variables that are there without being set."""

from __future__ import annotations

import time
from collections.abc import Callable

from penstock.program.values.dialect import Reply, RunFacts, Variables

_STATUS: tuple[str, ...] = tuple(map(str, range(1000)))
"""The text of each status, made once."""

_RUN: dict[str, Callable[[RunFacts], str]] = {
    "__testRunId": lambda facts: facts.run_id,
    "__testStartTime": lambda facts: str(facts.started_ms),
    "__launchedBy": lambda facts: facts.launched_by,
    "__launchedByUserId": lambda facts: facts.user,
    "__launchedByTeamId": lambda facts: facts.team,
    "__testDraftId": lambda facts: facts.test,
}
_REQUEST: dict[str, Callable[[str, str, str], str]] = {
    "__requestMethod": lambda method, _url, _body: method,
    "__requestURL": lambda _method, url, _body: url,
    "__requestBody": lambda _method, _url, body: body,
    "__responseBody": lambda _method, _url, _body: "",  # what an earlier response left is not seen any more
}
_RESPONSE: dict[str, Callable[[Reply], str]] = {
    "__status": lambda reply: _STATUS[reply.status],
    "__statusText": lambda reply: reply.reason,
    "__responseTime": lambda reply: str(round(reply.elapsed_s * 1000)),
    "__requestStartTime": lambda reply: str(round((time.time() - reply.elapsed_s) * 1000)),
    "__responseEndTime": lambda _reply: str(round(time.time() * 1000)),
    "__responseBody": lambda reply: reply.text,
}

NAMES = frozenset({*_RUN, *_REQUEST, *_RESPONSE})
"""All of them."""


def run_variables(names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
    """Return what gives those about the run."""
    chosen = {name: compute for name, compute in _RUN.items() if name in names}
    if not chosen:
        return None
    return lambda facts: {name: compute(facts) for name, compute in chosen.items()}


def request_variables(names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
    """Return what sets those about a request, and empties those of the response before."""
    chosen = [(name, compute) for name, compute in _REQUEST.items() if name in names]
    if not chosen:
        return None

    def assign(variables: Variables, method: str, url: str, body: str) -> None:
        for name, compute in chosen:
            variables[name] = compute(method, url, body)

    return assign


def response_variables(names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
    """Return what sets those about a response."""
    chosen = [(name, compute) for name, compute in _RESPONSE.items() if name in names]
    if not chosen:
        return None
    if [name for name, _ in chosen] == ["__status"]:  # by far the most usual

        def assign_status(variables: Variables, reply: Reply) -> None:
            variables["__status"] = _STATUS[reply.status]

        return assign_status

    def assign(variables: Variables, reply: Reply) -> None:
        for name, compute in chosen:
            variables[name] = compute(reply)

    return assign
