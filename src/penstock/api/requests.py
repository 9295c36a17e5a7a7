"""What all faces do with a request before it is theirs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_log = structlog.stdlib.get_logger("penstock.request")


class LimitedBodies:
    """Lets no face read a body above `most` bytes, said or sent: it refuses that in its own shape, with 413."""

    def __init__(self, app: App, most: int, exempt: tuple[str, ...] = ()) -> None:
        self._app = app
        self._most = most
        self._exempt = exempt

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI."""
        if scope["type"] != "http" or scope["path"].startswith(self._exempt or ("\0",)):
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            if not (said.isdigit() and int(said) > self._most):
                message = await receive()
                taken += len(message.get("body", b""))
                if taken <= self._most:
                    return message
            raise HTTPException(413, f"the body is larger than {self._most} bytes")

        async def closing(message: Message) -> None:
            """Pass the answer on; nobody wants the rest of a body that is refused."""
            if message["type"] == "http.response.start" and message["status"] == 413:
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope, limited, closing)


class Logged:
    """Logs each request when it is answered: method, path, status, time; never a header or a body.

    `note` is told of each too: path, status, seconds.
    """

    def __init__(self, app: App, note: Callable[[str, int, float], None]) -> None:
        self._app = app
        self._note = note

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            took_s = time.monotonic() - began
            self._note(scope["path"], status, took_s)
            level = _log.debug if scope["path"] in ("/health", "/ready", "/metrics") else _log.info
            level("request", method=scope["method"], path=scope["path"], status=status, ms=round(took_s * 1000, 1))
