"""Frames on a stream socket between an agent and its runner: four bytes of length (big-endian), then JSON."""

from __future__ import annotations

import socket
import struct
from typing import Any

import orjson

_LENGTH = struct.Struct(">I")


def pack(message: bytes) -> bytes:
    """Return the message as a frame."""
    return _LENGTH.pack(len(message)) + message


def send(to: socket.socket, message: dict[str, Any]) -> None:
    """Write one message, waiting as long as it takes."""
    to.sendall(pack(orjson.dumps(message)))


def receive(source: socket.socket) -> dict[str, Any] | None:
    """Read one message; None when the other side has closed."""
    head = _exactly(source, _LENGTH.size)
    if head is None:
        return None
    body = _exactly(source, _LENGTH.unpack(head)[0])
    if body is None:
        return None
    message: dict[str, Any] = orjson.loads(body)
    return message


def _exactly(source: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        piece = source.recv(size - len(parts))
        if not piece:
            return None
        parts += piece
    return bytes(parts)
