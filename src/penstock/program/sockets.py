"""WebSocket steps. The sockets of an iteration are found by the text that its steps call them by."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

from penstock.model import SocketClose, SocketOpen, SocketSend, SocketStep, SocketWait, Text
from penstock.program.checks import compile_checks
from penstock.program.context import Context
from penstock.program.iteration import END, Iteration, Operations, Waits
from penstock.program.looks import counted, examination
from penstock.program.tracing import Trace
from penstock.program.values import EvaluationFailed, ExtractionFailed, Variables
from penstock.script import Response, binding
from penstock.script.operations import (
    REQUEST,
    SOCKET_CLOSE,
    SOCKET_OPEN,
    SOCKET_RECEIVE,
    SOCKET_SEND,
    RequestOptions,
)
from penstock.script.websocket import http_url

MOST_KEPT = 50
"""Messages of a socket that later waits may look at."""

_numbers = count(1 << 32)  # apart from those of flow.py's own sockets


class _Open:
    """A socket of the iteration, with the last messages that came on it."""

    __slots__ = ("key", "messages", "url")

    def __init__(self, key: int, url: str) -> None:
        self.key = key
        self.url = url
        self.messages: deque[Response] = deque(maxlen=MOST_KEPT)


def compile_socket(step: SocketStep, context: Context) -> Waits:
    """Compile a WebSocket step."""
    run = _compile(step, context)
    return run if context.trace is None else _traced(run, step, context.trace, context.place)


def _traced(run: Waits, step: SocketStep, trace: Trace, place: int) -> Waits:
    name = getattr(step, "name", "")

    def traced(iteration: Iteration) -> Operations:
        trace.request(place, iteration.variables, None)
        jump = yield from run(iteration)
        trace.leave(place, name, iteration.variables)
        return jump

    return traced


def _compile(step: SocketStep, context: Context) -> Waits:
    match step:
        case SocketOpen():
            return _open(step, context)
        case SocketSend():
            return _send(step, context)
        case SocketWait():
            return _wait(step, context)
        case SocketClose():
            return _close(step, context)


def _filled(text: Text, what: str, context: Context) -> Callable[[Variables], str]:
    value = context.text(text, what)
    return value if callable(value) else lambda _: value


def _open(step: SocketOpen, context: Context) -> Waits:
    called = _filled(step.socket, "compute the name of a socket", context)
    url = _filled(step.url, "compute URL", context)
    headers = [(each.name, _filled(each.value, f"compute {each.name} header value", context)) for each in step.headers]
    options = None if step.timeout_s is None else RequestOptions(step.timeout_s)
    name, subprotocols, unless_open = step.name or None, list(step.subprotocols), step.unless_open

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        known = iteration.sockets.get(called(variables))
        if known is not None:
            if unless_open:
                return None
            yield (SOCKET_CLOSE, known.key, 1000, "")
        asked = http_url(url(variables))
        pairs = tuple((header, value(variables)) for header, value in headers)
        key = next(_numbers)
        response: Any = yield (SOCKET_OPEN, key, (REQUEST, "GET", asked, name, pairs, None, options), subprotocols)
        if not response.ok:
            return END
        iteration.sockets[called(variables)] = _Open(key, asked)
        return None

    return run


def _send(step: SocketSend, context: Context) -> Waits:
    called = _filled(step.socket, "compute the name of a socket", context)
    message = _filled(step.message, "compute a message", context)
    is_text = step.kind == "text"

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        known = iteration.sockets.get(called(variables))
        sent: str | bytes = message(variables) if is_text else message(variables).encode("utf-8", "replace")
        if known is None:
            binding.recorder.fail("closed", "the socket is not open")
            return END
        failure: Any = yield (SOCKET_SEND, known.key, (REQUEST, "WEBSOCKET", known.url, None, None, sent, None))
        if failure is not None:
            binding.recorder.fail(*failure)
            return END
        return None

    return run


def _wait(step: SocketWait, context: Context) -> Waits:
    called = _filled(step.socket, "compute the name of a socket", context)
    judges, trace, place = _Judges(step, context), context.trace, context.place
    name, latest, timeout_s = step.name, max(step.latest, 1), step.timeout_s

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        known = iteration.sockets.get(called(variables))
        if known is None:
            binding.recorder.fail("closed", "the socket is not open")
            return END
        if judges.are_there:
            for kept in list(known.messages)[-latest:][::-1]:
                if judges.accept(variables, kept):
                    if trace is not None:
                        trace.act(place, name, variables)
                    return None if judges.judge(variables, kept) else END
        until_s = time.monotonic() + timeout_s
        while True:
            left_s = max(until_s - time.monotonic(), 0.001)
            request = (REQUEST, "WEBSOCKET", known.url, name or None, None, None, RequestOptions(left_s))
            message: Any = yield (SOCKET_RECEIVE, known.key, request)
            if not message.ok:
                if judges.are_there and known.messages and message.error_kind == "timeout":
                    judges.judge(variables, known.messages[-1])  # none will do; the newest says why
                return END
            known.messages.append(message)
            iteration.response = message
            if judges.accept(variables, message) or time.monotonic() >= until_s:
                return None if judges.judge(variables, message) else END

    return run


class _Judges:
    """The extracts and checks of a wait: tried on copies until they are content, then done for good by `judge`."""

    def __init__(self, step: SocketWait, context: Context) -> None:
        self._extract = context.dialect.extracts(step.extracts)
        self._checks = compile_checks(step.checks, context)
        self._names = [extract.variable for extracts in step.extracts for extract in extracts]
        self.are_there = bool(self._names or step.checks)
        self.judge = counted(examination(step, self._checks, context), self._checks.labels)

    def accept(self, variables: Variables, message: Response) -> bool:
        """Whether all extracts find something in a message and all checks hold for it."""
        tried = variables.copy()
        for name in self._names:
            tried.pop(name, None)
        try:
            if self._extract is not None:
                self._extract(tried, message)
            return all(tried.get(name) for name in self._names) and all(test(tried) for test in self._checks.tests)
        except (ExtractionFailed, EvaluationFailed):
            return False


def _close(step: SocketClose, context: Context) -> Waits:
    called = _filled(step.socket, "compute the name of a socket", context)

    def run(iteration: Iteration) -> Operations:
        known = iteration.sockets.pop(called(iteration.variables), None)
        if known is not None:
            yield (SOCKET_CLOSE, known.key, 1000, "")
        return None

    return run
