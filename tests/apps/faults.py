"""Targets that break the rules, each in one known way."""

from __future__ import annotations

import gzip
import zlib

from tests.apps.server import Connection, Handler, Server

_LENGTH_10 = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _sends(data: bytes) -> Handler:
    def serve(connection: Connection) -> None:
        if connection.receive():
            connection.send(data)

    return serve


def _sends_and_keeps_open(data: bytes) -> Handler:
    def serve(connection: Connection) -> None:
        if connection.receive():
            connection.send(data)
            connection.drain()

    return serve


def _close_at_accept(connection: Connection) -> None:
    connection.reset()


def _reset_after_request(connection: Connection) -> None:
    connection.receive()
    connection.reset()


def _close_second(connection: Connection) -> None:
    """Answer well once, then close on the next request: what a keep-alive timeout looks like."""
    if connection.receive():
        connection.send(_LENGTH_10 + b"0123456789")
        connection.receive()


def _never_answer(connection: Connection) -> None:
    connection.drain()


def _drip(connection: Connection) -> None:
    """One byte every 50 ms, for as long as the client stays: only a timeout of the whole exchange ends it."""
    if connection.receive():
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not connection.stopping.is_set():
            connection.send(b".")
            connection.sleep(0.05)


def _endless_head(connection: Connection) -> None:
    if connection.receive():
        connection.send(b"HTTP/1.1 200 OK\r\n")
        for _ in range(20_000):  # 2 MB: more than any client should put up with
            connection.send(b"X-Filler: " + b"x" * 90 + b"\r\n")
        connection.drain()


def _endless(head: bytes, piece: bytes) -> Handler:
    """Send the head, and then the piece over and over: 64 MB, more than any client should keep."""

    def serve(connection: Connection) -> None:
        if connection.receive():
            connection.send(head)
            block = piece * (65536 // len(piece) + 1)
            for _ in range(1000):
                connection.send(block)
            connection.drain()

    return serve


def _bomb(coding: bytes, data: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s" % (coding, len(data), data)


_ZEROS = bytes(64 * 1024 * 1024)
_ZEROS_IN_BROTLI = bytes.fromhex(
    "cfffff7ff82700e2b14020f7fe9ffffffff04f00c4610180eefd3fffffffe19f0088c32200ddfbfffcffffc73f0110870500baf7ff"
)
"""What brotli's own encoder makes of them; the standard library has none."""


FAULTS: dict[str, Handler] = {
    "close-at-accept": _close_at_accept,
    "reset-after-request": _reset_after_request,
    "close-without-answer": _sends(b""),
    "close-second": _close_second,
    "never-answer": _never_answer,
    "drip": _drip,
    "garbage": _sends(b"\x00\xff\x16\x03 this is not HTTP\r\n\r\n"),
    "garbage-status": _sends(b"HTTP/1.1 abc Fine\r\nContent-Length: 0\r\n\r\n"),
    "garbage-header": _sends(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n"),
    "garbage-length": _sends(b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n0123456789"),
    "two-lengths": _sends(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 10\r\n\r\n0123456789"),
    "garbage-chunk": _sends(_CHUNKED + b"5\r\nhello\r\nzz\r\nworld\r\n0\r\n\r\n"),
    "garbage-gzip": _sends(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n0123456789"),
    "unknown-encoding": _sends(b"HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 10\r\n\r\n0123456789"),
    "close-mid-head": _sends(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "close-mid-body": _sends(_LENGTH_10 + b"0123"),
    "close-mid-chunk": _sends(_CHUNKED + b"a\r\n0123"),
    "stall-mid-body": _sends_and_keeps_open(_LENGTH_10 + b"0123"),
    "endless-head": _endless_head,
    "endless-chunks": _endless(_CHUNKED, b"5\r\nhello\r\n"),
    "endless-chunk-extension": _endless(_CHUNKED + b"5;", b"x"),
    "endless-trailers": _endless(_CHUNKED + b"0\r\n", b"X-A: b\r\n"),
    "endless-interim": _endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "endless-body": _endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "endless-status-line": _endless(b"HTTP/1.1 200 ", b"x"),
    "gzip-bomb": _sends(_bomb(b"gzip", gzip.compress(_ZEROS, 1))),
    "deflate-bomb": _sends(_bomb(b"deflate", zlib.compress(_ZEROS, 1))),
    "brotli-bomb": _sends(_bomb(b"br", _ZEROS_IN_BROTLI)),
    "double-gzip-bomb": _sends(_bomb(b"gzip, gzip", gzip.compress(gzip.compress(_ZEROS, 1)))),
    "extra-bytes": _sends_and_keeps_open(_LENGTH_10 + b"0123456789HTTP/1.1 500 Not asked for\r\n\r\n"),
    "continue-first": _sends_and_keeps_open(b"HTTP/1.1 100 Continue\r\n\r\n" + _LENGTH_10 + b"0123456789"),
    "until-close": _sends(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789"),
    "http-1-0": _sends(b"HTTP/1.0 200 OK\r\n\r\n0123456789"),
    "no-content": _sends_and_keeps_open(b"HTTP/1.1 204 No Content\r\n\r\n"),
}
"""Each way by its name. The last four are lawful, but a hasty client stumbles over them."""


class Faulty(Server):
    """A target that misbehaves as the named entry of `FAULTS` says."""

    def __init__(self, fault: str) -> None:
        super().__init__(FAULTS[fault])
