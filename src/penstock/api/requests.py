"""What all faces do with a request before it is theirs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_log = structlog.stdlib.get_logger("penstock.request")


class BodyTooLarge(Exception):
    """More was sent than the server takes."""


class LimitedBodies:
    """Refuses bodies above `most` bytes, said or sent, with 413; nothing of them is kept."""

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
        if said.isdigit() and int(said) > self._most:
            await self._refuse(send)
            return
        taken, refused = 0, False

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise BodyTooLarge
            return message

        async def instead(message: Message) -> None:
            """Pass the answer on, unless it is about the body that was cut off."""
            nonlocal refused
            if taken > self._most and message["type"] == "http.response.start":
                refused = True
                await self._refuse(send)
            elif not refused:
                await send(message)

        try:
            await self._app(scope, limited, instead)
        except BodyTooLarge:
            if not refused:
                await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        text = f'{{"message":"the body is larger than {self._most} bytes"}}'.encode()
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": text})


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
