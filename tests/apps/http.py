"""What a target saw and what it says: HTTP/1.1 messages with nothing tidied up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Receive = Callable[[], bytes]
"""Gives the next bytes of a connection; empty at its end."""


class BadRequest(Exception):
    """The client sent what is not an HTTP/1.1 request; targets answer 400, so that a test sees it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came over the wire.

    `target` is the request target as sent; `headers` keep order, case and repetitions; `body` is without its
    chunks; `connection` counts connections of the target from 0; `received_ns` is the monotonic time at which
    the last byte was read.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    version: str = "HTTP/1.1"
    connection: int = 0
    received_ns: int = 0

    @property
    def path(self) -> str:
        """The path of the target, still encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded pairs of the query string, in order."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def ends_connection(self) -> bool:
        """Whether its client wants no other answer on this connection (RFC 9112, 9.3)."""
        said = (self.header("connection") or "").lower()
        return said == "close" or (self.version == "HTTP/1.0" and said != "keep-alive")

    def header(self, name: str) -> str | None:
        """Return the first header of that name in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def json(self) -> Any:
        """Return the body parsed as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target sends back. A length is added unless `headers` say how the body is framed."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    reason: str | None = None

    @staticmethod
    def json(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        """Return an answer with a JSON body."""
        return Answer(status, (("Content-Type", "application/json"), *headers), json.dumps(value).encode())

    def encode(self, method: str = "GET") -> bytes:
        """Return the bytes of the response to a request of that method."""
        given = {name.lower() for name, _ in self.headers}
        bodiless = self.status < 200 or self.status in (204, 304)
        length = () if bodiless or given & {"content-length", "transfer-encoding"} else (str(len(self.body)),)
        reason = HTTPStatus(self.status).phrase if self.reason is None else self.reason
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{name}: {value}" for name, value in self.headers)]
        lines += [f"Content-Length: {value}" for value in length]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return head if bodiless or method == "HEAD" else head + self.body


@dataclass(slots=True)
class Reader:
    """Reads requests from a stream of bytes."""

    receive: Receive
    _rest: bytearray = field(default_factory=bytearray)

    def read(self) -> Request | None:
        """Return the next request; None when the client has closed between two.

        Raises `BadRequest` for what is no request, `EOFError` when the stream ends inside one.
        """
        if not self._rest and not self._fill():
            return None
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
            raise BadRequest(f"request line {first!r}")
        headers: list[tuple[str, str]] = []
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise BadRequest(f"header line {line!r}")
            headers.append((name, value.strip(" \t")))
        return Request(words[0], words[1], tuple(headers), self._body(headers), words[2])

    def _body(self, headers: list[tuple[str, str]]) -> bytes:
        codings = [value for name, value in headers if name.lower() == "transfer-encoding"]
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        if codings and lengths:
            raise BadRequest("both a length and a transfer encoding")
        if codings:
            return self._chunks()
        if not lengths:
            return b""
        if len(set(lengths)) > 1 or not lengths[0].isdecimal():
            raise BadRequest(f"content length {lengths}")
        return self._exactly(int(lengths[0]))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise BadRequest("a chunk without its end")
        while self._until(b"\r\n"):
            pass  # trailers
        return bytes(body)

    def _fill(self) -> bool:
        data = self.receive()
        self._rest += data
        return bool(data)

    def _until(self, mark: bytes) -> bytes:
        while (end := self._rest.find(mark)) < 0:
            if not self._fill():
                raise EOFError(f"the client closed inside {bytes(self._rest[:80])!r}")
        found = bytes(self._rest[:end])
        del self._rest[: end + len(mark)]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            if not self._fill():
                raise EOFError(f"the client closed after {len(self._rest)} of {size} bytes")
        found = bytes(self._rest[:size])
        del self._rest[:size]
        return found
