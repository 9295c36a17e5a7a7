"""The shop's WebSocket: what is sent comes back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

PATH = "/ws"
_CLOSE, _BINARY = 0, 1  # kinds of messages of RSGI


async def serve_socket(scope: Any, protocol: Any) -> None:
    """On /ws send each message back, until the client goes; refuse any other path (404)."""
    if scope.path != PATH:
        protocol.close(404)
        return
    socket = await protocol.accept()
    with suppress(ProtocolClosed):  # a client may go without a word
        while (message := await socket.receive()).kind != _CLOSE:
            if message.kind == _BINARY:
                await socket.send_bytes(message.data)
            else:
                await socket.send_str(message.data)
