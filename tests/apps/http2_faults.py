"""Servers that break the rules of HTTP/2, each in one known way, frame by frame."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import repeat

from tests.apps.server import Connection, Server

DATA, HEADERS, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
ACK = END_STREAM = 1
END_HEADERS, PADDED, PRIORITY = 4, 8, 32
_OK = b"\x88"  # HPACK: :status 200


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _header(name: bytes, value: bytes) -> bytes:
    return b"\x00" + _integer(len(name), 7) + name + _integer(len(value), 7) + value


def _integer(value: int, bits: int) -> bytes:
    most = (1 << bits) - 1
    if value < most:
        return bytes([value])
    out, value = [most], value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def _continuations() -> Iterator[bytes]:
    yield frame(HEADERS, 0, 1, _OK)
    yield from repeat(frame(CONTINUATION, 0, 1, _header(b"x-a", b"b" * 1000)), 60_000)


def _indexed() -> Iterator[bytes]:
    """One large header in the table, referred to again and again."""
    yield frame(HEADERS, 0, 1, _OK + b"\x40" + _integer(3, 7) + b"x-a" + _integer(3900, 7) + b"b" * 3900)
    yield from repeat(frame(CONTINUATION, 0, 1, b"\xbe" * 16000), 2000)


FAULTS: dict[str, Callable[[], Iterator[bytes]]] = {
    "goaway": lambda: iter([frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0))]),
    "goaway-with-an-error": lambda: iter([frame(GOAWAY, 0, 0, struct.pack(">II", 0, 2))]),
    "reset": lambda: iter([frame(RESET, 0, 1, struct.pack(">I", 2))]),
    "refused-stream": lambda: iter([frame(RESET, 0, 1, struct.pack(">I", 7))]),
    "settings-flood": lambda: repeat(frame(SETTINGS, 0, 0), 1_000_000),
    "ping-flood": lambda: repeat(frame(PING, 0, 0, bytes(8)), 1_000_000),
    "empty-data-flood": lambda: (
        one for one in (frame(HEADERS, END_HEADERS, 1, _OK), *repeat(frame(DATA, 0, 1), 500_000))
    ),
    "reset-flood": lambda: repeat(frame(RESET, 0, 1, struct.pack(">I", 8)), 500_000),
    "push": lambda: iter([frame(PUSH, END_HEADERS, 1, struct.pack(">I", 2) + b"\x82\x84\x87\x41\x01a")]),
    "continuation-flood": _continuations,
    "header-bomb": _indexed,
    "garbage": lambda: iter([b"HTTP/1.1 400 Bad Request\r\n\r\n"]),
    "frame-too-large": lambda: iter([b"\xff\xff\xff" + struct.pack(">BBI", DATA, 0, 1) + bytes(1000)]),
    "beyond-the-window": lambda: iter(
        [frame(HEADERS, END_HEADERS, 1, _OK), *repeat(frame(DATA, 0, 1, bytes(16384)), 2000)]
    ),
    "endless-interim": lambda: repeat(frame(HEADERS, END_HEADERS, 1, b"\x08\x03103"), 500_000),
    "zero-window": lambda: iter([frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0))]),
    "half-a-body": lambda: iter([frame(HEADERS, END_HEADERS, 1, _OK), frame(DATA, 0, 1, b"half")]),
}
"""Each way by its name: what is sent once a request has come. Of those below, all but the last three are lawful."""


class FaultyHttp2(Server):
    """A target that misbehaves as the named entry of `FAULTS` says, on each connection; `keeps_open` afterwards."""

    def __init__(self, fault: str, *, keeps_open: bool = True) -> None:
        super().__init__(self._serve_one)
        self._fault = fault
        self._keeps_open = keeps_open

    def _serve_one(self, connection: Connection) -> None:
        sock = connection._socket
        seen = b""
        while frame(HEADERS, 0, 1)[3:4] not in {seen[at : at + 1] for at in _kinds(seen)}:
            piece = sock.recv(65536)
            if not piece:
                return
            seen += piece
        connection.send(frame(SETTINGS, 0, 0) if self._fault != "zero-window" else b"")
        connection.send(frame(SETTINGS, ACK, 0) if self._fault != "garbage" else b"")
        buffer = bytearray()
        for one in FAULTS[self._fault]():
            buffer += one
            if len(buffer) > 60_000:
                connection.send(bytes(buffer))
                buffer.clear()
        connection.send(bytes(buffer))
        if self._keeps_open:
            connection.drain()


def _kinds(seen: bytes) -> Iterator[int]:
    """Yield where the kinds of the frames stand that have come, behind the client's preface."""
    at = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    while at + 9 <= len(seen):
        yield at + 3
        at += 9 + int.from_bytes(seen[at : at + 3], "big")


def _answered(*frames: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(frames)


_BODY = frame(DATA, END_STREAM, 1, b"0123456789")
_LENGTH = _header(b"content-length", b"10")

FAULTS |= {
    "padded": _answered(
        frame(HEADERS, END_HEADERS | PADDED, 1, b"\x05" + _OK + bytes(5)),
        frame(DATA, END_STREAM | PADDED, 1, b"\xff" + b"0123456789" + bytes(255)),
    ),
    "continued": _answered(
        frame(HEADERS, 0, 1, _OK), frame(CONTINUATION, 0, 1), frame(CONTINUATION, END_HEADERS, 1, _LENGTH), _BODY
    ),
    "with-priority": _answered(frame(HEADERS, END_HEADERS | PRIORITY, 1, bytes(4) + b"\x0f" + _OK), _BODY),
    "trailers": _answered(
        frame(HEADERS, END_HEADERS, 1, _OK),
        frame(DATA, 0, 1, b"0123456789"),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, _header(b"x-sum", b"1")),
    ),
    "interim-first": _answered(
        frame(HEADERS, END_HEADERS, 1, b"\x08\x03103"), frame(HEADERS, END_HEADERS, 1, _OK + _LENGTH), _BODY
    ),
    "unknown-frames": _answered(
        frame(0xBE, 0xFF, 0, b"x" * 99),
        frame(HEADERS, END_HEADERS, 1, _OK),
        frame(0xBE, 0, 1),
        frame(DATA, 0, 1),
        frame(PING, 0, 0, bytes(8)),
        _BODY,
    ),
    "last-answer": _answered(
        frame(GOAWAY, 0, 0, struct.pack(">II", 1, 0)), frame(HEADERS, END_HEADERS, 1, _OK + _LENGTH), _BODY
    ),
    "answered-enough": _answered(
        frame(HEADERS, END_HEADERS, 1, _OK + _LENGTH), _BODY, frame(RESET, 0, 1, struct.pack(">I", 0))
    ),
    "settings-anew": _answered(
        frame(SETTINGS, 0, 0, struct.pack(">HIHI", 1, 0, 4, 0)),
        frame(HEADERS, END_HEADERS, 1, _OK),
        frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 20)),
        _BODY,
    ),
    "no-content": _answered(frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x89")),
    "not-modified": _answered(frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x8b" + _LENGTH)),
    "short-of-its-length": _answered(
        frame(HEADERS, END_HEADERS, 1, _OK + _LENGTH), frame(DATA, END_STREAM, 1, b"0123")
    ),
    "beyond-its-length": _answered(
        frame(HEADERS, END_HEADERS, 1, _OK + _LENGTH), frame(DATA, END_STREAM, 1, b"0123456789a")
    ),
    "headers-of-a-connection": _answered(
        frame(HEADERS, END_HEADERS, 1, _OK + _header(b"transfer-encoding", b"chunked")), _BODY
    ),
}
