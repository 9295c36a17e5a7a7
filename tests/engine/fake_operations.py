"""What the double makes of the operations that a journey hands over (border, section 1)."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from penstock.script.operations import (
    COOKIES,
    PARALLEL,
    REQUEST,
    SLEEP,
    SOCKET_CLOSE,
    SOCKET_OPEN,
    SOCKET_RECEIVE,
    SOCKET_SEND,
    THINK,
    Handling,
    RequestOptions,
)
from tests.engine.fake_http import FakeResponse, Said
from tests.engine.fake_ledger import Exchange
from tests.engine.fake_population import FakePopulation, FakeUser
from tests.engine.fake_sockets import NOT_OPEN, FakeSocket

if TYPE_CHECKING:
    from tests.engine.fake_lives import Lives
    from tests.engine.fake_loop import FakeLoop

Waits = Generator[float | None, None, Any]
TEXT, BINARY = 1, 2
KNOWN = {
    SLEEP: 2,
    THINK: 2,
    REQUEST: 7,
    PARALLEL: 4,
    COOKIES: 2,
    SOCKET_OPEN: 4,
    SOCKET_SEND: 3,
    SOCKET_RECEIVE: 3,
    SOCKET_CLOSE: 4,
}
"""The operations, and how many parts each has."""


class Performing:
    """Does what one user asks for."""

    def __init__(self, loop: FakeLoop, lives: Lives, population: FakePopulation, user: FakeUser) -> None:
        self._loop = loop
        self._lives = lives
        self._population = population
        self._user = user

    def perform(self, operation: Any) -> Waits:
        """Give the result, some time later; raise what the journey gets for an operation that is wrong."""
        loop, user = self._loop, self._user
        match operation:
            case (1 | 2 as code, int() | float() as seconds):
                if not 0 <= seconds < math.inf:
                    raise ValueError(f"cannot sleep for {seconds} seconds")
                yield loop.now + (self._population.think_s(seconds) if code == THINK else seconds)
                return None
            case (0, *_):
                _check_request(operation)
                yield from self._lives.slot(self._population, user)
                response = self._ask(operation)
                yield loop.now + response.elapsed_s
                user.ledger.add(self._exchange(operation, response))
                return response
            case (3, tuple() as requests, int() | None as most_per_host, bool() as are_dependents):
                if most_per_host == 0:
                    raise ValueError("at least one request is under way")
                for request in requests:
                    _check_request(request)
                return (yield from self._parallel(requests, most_per_host, are_dependents=are_dependents))
            case (20, None):
                return user.client.cookies.lines()
            case (20, tuple() as lines):
                user.client.cookies.put(lines)
                return None
            case (4 | 5 | 6 | 7 as code, int() as key, *rest) if len(operation) == KNOWN[code]:
                return (yield from self._use_socket(code, key, rest))
            case (int() as code, *_) if KNOWN.get(code) == len(operation):
                raise TypeError(f"wrong types in {operation!r}")
        raise RuntimeError(f"{operation!r} cannot be awaited here; await only what penstock.script gives")

    def close_sockets(self) -> None:
        """Close what the iteration left open."""
        for socket in self._user.sockets.values():
            socket.close(1001)
        self._user.sockets.clear()

    def _ask(self, operation: Any) -> FakeResponse:
        _, method, url, _, headers, body, options = operation
        return self._user.client.exchange(method, url, headers, body, options)

    def _exchange(self, operation: Any, response: FakeResponse) -> Exchange:
        _, method, url, name, _, _, options = operation
        chosen = RequestOptions(*(options or ()))
        handling = Handling(*(chosen.handling or ()))
        exchange = Exchange(
            name or f"{method} {response.first_path or url}",
            response,
            None if response.ok else (response.error_kind or "", response.error or ""),
            is_recorded=not handling.is_unrecorded,
            is_forgiven=handling.is_forgiven,
            hops=response.hops,
            tags=chosen.tags or (),
        )
        if response.events and exchange.is_recorded:
            self._loop.series["message", f"{exchange.name} (first event)"].count += 1
        return exchange

    def _parallel(self, requests: tuple[Any, ...], most_per_host: int | None, *, are_dependents: bool) -> Waits:
        loop, user = self._loop, self._user
        lanes: dict[str, list[float]] = {}
        responses = []
        for request in requests:
            yield from self._lives.slot(self._population, user)
            responses.append(self._ask(request))
            lane = lanes.setdefault(urlsplit(request[2]).netloc, [0.0] * (most_per_host or user.client.most_per_host))
            lane[lane.index(min(lane))] += responses[-1].elapsed_s
        yield loop.now + max((max(lane) for lane in lanes.values()), default=0.0)
        for request, response in zip(requests, responses, strict=True):
            user.ledger.add(self._exchange(request, response), at_once=are_dependents)
        return responses

    def _use_socket(self, code: int, key: int, rest: list[Any]) -> Waits:
        loop, user = self._loop, self._user
        if code == SOCKET_CLOSE:
            socket = user.sockets.pop(key, None)
            if socket is not None:
                socket.close(rest[0])
            yield loop.now
            return None
        _check_request(rest[0])
        _, _, url, name, _, body, options = rest[0]
        if code == SOCKET_OPEN:
            return (yield from self._open_socket(key, rest[0], rest[1]))
        socket = user.sockets.get(key)
        if code == SOCKET_SEND:
            yield loop.now
            said = Said(TEXT, body.encode()) if isinstance(body, str) else Said(BINARY, body or b"")
            return NOT_OPEN if socket is None else socket.send(said)
        timeout_s = RequestOptions(*(options or ())).timeout_s or user.client.settings["timeout_s"]
        message = FakeResponse(0, "", {}, b"", url).failed(*NOT_OPEN) if socket is None else socket.receive()
        yield loop.now + (timeout_s if message.error_kind == "timeout" else 0.0)
        error = None if message.ok else (message.error_kind or "", message.error or "")
        user.ledger.add(Exchange(name or url, message, error, kind="message"))
        return message

    def _open_socket(self, key: int, request: Any, subprotocols: list[str]) -> Waits:
        user = self._user
        yield from self._lives.slot(self._population, user)
        known = user.sockets.pop(key, None)
        if known is not None:
            known.close(1001)
        _, _, url, name, headers, _, options = request
        own = {"Sec-WebSocket-Key": "any", **dict(headers.items() if hasattr(headers, "items") else headers or ())}
        if subprotocols:
            own = {"Sec-WebSocket-Protocol": ", ".join(subprotocols), **own}
        chosen = RequestOptions(RequestOptions(*(options or ())).timeout_s, 0, ((101, 101),))
        response = user.client.handshake(url, own, chosen)
        yield self._loop.now + response.elapsed_s
        error = None if response.ok else (response.error_kind or "", response.error or "")
        user.ledger.add(Exchange(name or f"WS {response.first_path or url}", response, error))
        if response.ok and response.conversation is not None:
            path = urlsplit(response.url).path or "/"
            user.sockets[key] = FakeSocket(path, response.conversation, self._loop.heard)
        return response


def _check_request(operation: Any) -> None:
    match operation:
        case (0, str(), str(), str() | None, _, bytes() | str() | None, _):
            return
    raise TypeError(f"wrong types in {operation!r}")
