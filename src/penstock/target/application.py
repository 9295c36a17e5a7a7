"""The shop as an RSGI application: no framework between the server and the handlers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

from penstock.target.messages import Refused, Reply, Request
from penstock.target.routes import find_handler
from penstock.target.sockets import serve_socket

MAX_BODY_BYTES = 10 * 1024 * 1024
_PARENT_CHECK_S = 0.5


class Application:
    """What a worker runs."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Nothing here is worth finishing, so a stop is at once. Ctrl-C reaches the whole terminal: the parent decides.
        loop.add_signal_handler(signal.SIGTERM, os._exit, 0)
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        _end_with_parent(loop, os.getppid())

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            await serve_socket(scope, protocol)
            return
        method = scope.method
        request = Request(method, scope.path, scope.query_string, scope.headers)
        try:
            if method not in ("GET", "HEAD"):
                request.body = await _read_body(protocol, request)
            reply = find_handler(method, request.path)(request)
        except Refused as error:
            reply = error.reply
        if reply.delay_s or reply.pieces:
            await _send_slowly(protocol, reply)
        else:
            protocol.response_bytes(reply.status, reply.headers, reply.body)


async def _read_body(protocol: Any, request: Request) -> bytes:
    length = request.headers.get("content-length")
    if length is not None and length.isdecimal() and int(length) <= MAX_BODY_BYTES:
        body: bytes = await protocol()
        return body
    pieces: list[bytes] = []
    left = MAX_BODY_BYTES
    async for piece in protocol:
        left -= len(piece)
        if left < 0:
            raise Refused(413, f"a body holds {MAX_BODY_BYTES} bytes at most", [("connection", "close")])
        pieces.append(piece)
    return b"".join(pieces)


async def _send_slowly(protocol: Any, reply: Reply) -> None:
    if reply.delay_s:
        await asyncio.sleep(reply.delay_s)
    if not reply.pieces:
        protocol.response_bytes(reply.status, reply.headers, reply.body)
        return
    transport = protocol.response_stream(reply.status, reply.headers)
    with suppress(ProtocolClosed):  # who has seen enough goes in the middle of it
        for piece in reply.pieces:
            await transport.send_bytes(piece)
            await asyncio.sleep(reply.pause_s)


def _end_with_parent(loop: asyncio.AbstractEventLoop, parent: int) -> None:
    """End this worker when the process that started it is gone, however that ended."""
    if os.getppid() != parent:
        os._exit(0)
    loop.call_later(_PARENT_CHECK_S, _end_with_parent, loop, parent)


def load() -> Callable[..., Any]:
    """Return the application; called in each worker."""
    return Application()  # type: ignore[return-value]
