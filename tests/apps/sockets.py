"""WebSockets: a server that sends back what it is sent, whatever the path, and the parts of one that frames by hand."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha1

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.apps.http import Request

_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What RFC 6455 appends to the key."""


@contextmanager
def echoing() -> Iterator[str]:
    """Give its address, as `http://host:port`."""
    with serve(_echo, "127.0.0.1", 0) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.socket.getsockname()[1]}"
        finally:
            listening.shutdown()
            thread.join()


def _echo(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        for message in connection:
            connection.send(message)


def upgrade(request: Request, more: str = "", **instead: str) -> bytes:
    """Return the head that opens a WebSocket, for servers that frame by hand; `instead` has other values of lines."""
    accept = b64encode(sha1((str(request.header("sec-websocket-key")) + _SUFFIX).encode()).digest()).decode()
    lines = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept, **instead}
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 101 Switching Protocols\r\n{told}{more}\r\n".encode()


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a short message or control frame as a server sends it."""
    return bytes([0x80 | opcode, len(payload)]) + payload


def frames_of(masked: bytes) -> list[tuple[int, bytes]]:
    """Return opcode and payload of the short frames that a client sent."""
    found, at = [], 0
    while at < len(masked):
        length, mask = masked[at + 1] & 0x7F, masked[at + 2 : at + 6]
        payload = bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked[at + 6 : at + 6 + length]))
        found.append((masked[at] & 0x0F, payload))
        at += 6 + length
    return found
