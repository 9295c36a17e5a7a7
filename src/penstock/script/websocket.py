"""WebSockets for journeys: `async with websocket.connect(url) as socket:`.

    async with websocket.connect("wss://shop.test/updates", name="connect") as socket:
        await socket.send("hello")
        reply = await socket.receive(name="greeting", timeout=5)
        check(reply.text == "welcome", "is welcomed")

While the user does something else, pings are answered and messages kept.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import count
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import orjson

from penstock.script import binding, unawaited
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
    """A message that was received, or why none came: then `error` is set and there is no content."""

    __slots__ = ("_came",)

    def __init__(self, came: Response) -> None:
        self._came = came

    @property
    def ok(self) -> bool:
        """Whether a message was received."""
        return self._came.ok

    @property
    def error(self) -> str | None:
        """Why none was received, in words; None if one was."""
        return self._came.error

    @property
    def error_kind(self) -> str | None:
        """`timeout`, `closed` or `protocol`; None if a message was received."""
        return self._came.error_kind

    @property
    def is_text(self) -> bool:
        """Whether it was sent as a text message, not a binary one."""
        return self._came.status == _TEXT

    @property
    def data(self) -> bytes:
        """The message as bytes."""
        return self._came.body

    @property
    def text(self) -> str:
        """The message as text: UTF-8, with replacement characters for invalid bytes."""
        return self._came.body.decode("utf-8", "replace")

    @property
    def elapsed_s(self) -> float:
        """Seconds from the last message sent to this one; if another came since, from the call of `receive`."""
        return self._came.elapsed_s

    @property
    def response(self) -> Response:
        """What a check of this message is about: `check(..., response=message.response)`."""
        return self._came

    def json(self) -> Any:
        """Return the message parsed as JSON. Raises `ValueError` if it is not JSON, or none was received."""
        return orjson.loads(self._came.body)


class Socket:
    """A WebSocket. `ok` says whether it was opened."""

    __slots__ = ("_key", "_label", "_url", "response")

    def __init__(self, key: int, url: str, label: str, response: Response) -> None:
        self._key = key
        self._url = url
        self._label = label
        self.response = response
        """The response to the handshake; a failed one has `error` set."""

    @property
    def ok(self) -> bool:
        """Whether the socket was opened."""
        return self.response.ok

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose from those offered; None if it chose none."""
        return self.response.headers.get("sec-websocket-protocol")

    async def send(self, message: str | bytes) -> bool:
        """Send a text or binary message; returns whether it was sent. If not, the iteration fails (kind `closed`)."""
        failure = await perform((SOCKET_SEND, self._key, self._request(None, message, None)))
        if failure is not None:
            binding.recorder.fail(*failure)
        return failure is None

    async def send_json(self, value: Any) -> bool:
        """Send a value as JSON in a text message; see `send`."""
        return await self.send(orjson.dumps(value).decode())

    async def receive(
        self,
        *,
        name: str | None = None,
        timeout: float | None = None,
        matching: Callable[[Message], object] | None = None,
    ) -> Message:
        """Wait for the next message, at most `timeout` seconds (by default as long as for requests).

        It counts as a message under `name`, timed from the last message sent. With `matching`, messages for which the
        function returns nothing true are counted and skipped, within the same timeout. Nothing is raised: look at `ok`
        of what is returned.
        """
        while True:
            came = await perform((SOCKET_RECEIVE, self._key, self._request(name or self._label, None, timeout)))
            message = Message(came)
            if matching is None or not message.ok or matching(message):
                return message
            if timeout is not None:
                timeout = max(timeout - message.elapsed_s, 0.001)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the socket and wait up to two seconds for the server to agree. Closing it twice is harmless."""
        await perform((SOCKET_CLOSE, self._key, code, reason))

    def _request(self, name: str | None, message: str | bytes | None, timeout: float | None) -> tuple[Any, ...]:
        options = None if timeout is None else RequestOptions(timeout)
        return (REQUEST, "WEBSOCKET", self._url, name, None, message, options)


class _Opening:
    """`async with` it, or await it and close the socket yourself."""

    __slots__ = ("_is_used", "_key", "_label", "_operation", "_socket")

    def __init__(self, key: int, operation: tuple[Any, ...], label: str) -> None:
        self._key = key
        self._operation = operation
        self._label = label
        self._socket: Socket | None = None
        self._is_used = False

    def __del__(self) -> None:
        if not self._is_used:
            unawaited.tell("websocket.connect", unawaited.place_here())

    async def _open(self) -> Socket:
        self._is_used = True
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

    Use it with `async with`, which closes the socket, or await it and close the socket yourself; at the end of the
    iteration it is closed in any case. The handshake counts as a request under `name` (by default `WS /path`) and
    succeeds with status 101. `subprotocols` are offered to the server. `timeout` is seconds for the handshake. `proxy`
    and `certificate` are as for `http.request`; a proxy is asked for a tunnel.
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
