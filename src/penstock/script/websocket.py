"""WebSockets for journeys: `async with websocket.connect(url) as socket:`.

    async with websocket.connect("wss://shop.test/updates", name="connect") as socket:
        await socket.send("hello")
        reply = await socket.receive(name="greeting", timeout=5)
        check(reply.text == "welcome", "is welcomed")

Pings are answered and messages kept while the user does something else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import count
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import orjson

from penstock.script import binding
from penstock.script.http import Response
from penstock.script.operations import (
    REQUEST,
    SOCKET_CLOSE,
    SOCKET_OPEN,
    SOCKET_RECEIVE,
    SOCKET_SEND,
    Headers,
    RequestOptions,
    Transport,
    perform,
)

_TEXT = 1
_keys = count(1)


class Message:
    """What came, or why nothing did: a message that was waited for in vain has `error` set and no content."""

    __slots__ = ("_came",)

    def __init__(self, came: Response) -> None:
        self._came = came

    @property
    def ok(self) -> bool:
        """Whether a message came."""
        return self._came.ok

    @property
    def error(self) -> str | None:
        """Why none came, in words; None when one did."""
        return self._came.error

    @property
    def error_kind(self) -> str | None:
        """`timeout`, `closed` or `protocol`; None when one came."""
        return self._came.error_kind

    @property
    def is_text(self) -> bool:
        """Whether it was sent as text."""
        return self._came.status == _TEXT

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self._came.body

    @property
    def text(self) -> str:
        """It as text: UTF-8 with replacement."""
        return self._came.body.decode("utf-8", "replace")

    @property
    def elapsed_s(self) -> float:
        """Seconds from the last message sent (if none came since, else from the asking) to its arrival."""
        return self._came.elapsed_s

    @property
    def response(self) -> Response:
        """What checks of it may name: `check(..., response=message.response)`."""
        return self._came

    def json(self) -> Any:
        """Return it parsed as JSON. Raises `ValueError` when it is none, or nothing came."""
        return orjson.loads(self._came.body)


class Socket:
    """An open WebSocket, or one that could not be opened: see `response`."""

    __slots__ = ("_key", "_label", "_url", "response")

    def __init__(self, key: int, url: str, label: str, response: Response) -> None:
        self._key = key
        self._url = url
        self._label = label
        self.response = response
        """The answer to the handshake; `response.ok` says whether the socket was opened."""

    @property
    def ok(self) -> bool:
        """Whether it was opened."""
        return self.response.ok

    @property
    def subprotocol(self) -> str | None:
        """What the server chose of the subprotocols offered."""
        return self.response.headers.get("sec-websocket-protocol")

    async def send(self, message: str | bytes) -> bool:
        """Send a text or binary message; gives whether it could be sent. If not, the iteration fails, kind `closed`."""
        failure = await perform((SOCKET_SEND, self._key, self._request(None, message, None)))
        if failure is not None:
            binding.recorder.fail(*failure)
        return failure is None

    async def send_json(self, value: Any) -> bool:
        """Send a value as JSON, in a text message; see `send`."""
        return await self.send(orjson.dumps(value).decode())

    async def receive(
        self,
        *,
        name: str | None = None,
        timeout: float | None = None,
        matching: Callable[[Message], object] | None = None,
    ) -> Message:
        """Wait for the next message, for `timeout` seconds at most (default: as requests); nothing is raised.

        It counts as a message under `name`, timed from the last one sent. With `matching`, messages for which it gives
        nothing true are counted and passed over; they share the time.
        """
        while True:
            came = await perform((SOCKET_RECEIVE, self._key, self._request(name or self._label, None, timeout)))
            message = Message(came)
            if matching is None or not message.ok or matching(message):
                return message
            if timeout is not None:
                timeout = max(timeout - message.elapsed_s, 0.001)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it and wait for the server to agree, two seconds at most. One that is closed stays so."""
        await perform((SOCKET_CLOSE, self._key, code, reason))

    def _request(self, name: str | None, message: str | bytes | None, timeout: float | None) -> tuple[Any, ...]:
        options = None if timeout is None else RequestOptions(timeout)
        return (REQUEST, "WEBSOCKET", self._url, name, None, message, options)


class _Opening:
    """`async with` it, or await it and close the socket yourself."""

    __slots__ = ("_key", "_label", "_operation", "_socket")

    def __init__(self, key: int, operation: tuple[Any, ...], label: str) -> None:
        self._key = key
        self._operation = operation
        self._label = label
        self._socket: Socket | None = None

    async def _open(self) -> Socket:
        response = await perform(self._operation)
        return Socket(self._key, self._operation[2][2], self._label, response)

    def __await__(self) -> Generator[Any, Any, Socket]:
        return self._open().__await__()

    async def __aenter__(self) -> Socket:
        self._socket = await self._open()
        return self._socket

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None and not isinstance(error, GeneratorExit):
            await self._socket.close()


def connect(
    url: str,
    *,
    name: str | None = None,
    headers: Headers | None = None,
    subprotocols: Sequence[str] = (),
    timeout: float | None = None,
    proxy: str | None = None,
    certificate: str | None = None,
) -> _Opening:
    """Open a WebSocket (`ws://`, `wss://`, or relative to the base URL) with the user's cookies.

    The handshake counts as a request under `name` (default: `WS /path`) and succeeds with status 101. A socket that is
    left open is closed at the end of the iteration. `proxy` and `certificate` are as those of requests; a proxy is
    asked for a tunnel.
    """
    asked = http_url(url)
    key = next(_keys)
    if certificate is not None:
        certificate = binding.beside(certificate)
    transport = None if proxy is None and certificate is None else Transport(proxy=proxy, certificate=certificate)
    options = None if timeout is None and transport is None else RequestOptions(timeout, transport=transport)
    request = (REQUEST, "GET", asked, name, headers, None, options)
    label = name or f"WS {urlsplit(asked).path or '/'}"
    return _Opening(key, (SOCKET_OPEN, key, request, list(subprotocols)), label)


def http_url(url: str) -> str:
    """Return the URL of the handshake."""
    start = url[:6].lower()
    if start.startswith("ws://"):
        return f"http{url[2:]}"
    return f"https{url[3:]}" if start == "wss://" else url


__all__ = ["Message", "Socket", "connect"]
