"""A proxy: passes requests on by their absolute URL, and tunnels (CONNECT)."""

from __future__ import annotations

import contextlib
import socket
import threading
from base64 import b64encode
from urllib.parse import quote, urlsplit

from tests.apps.server import Connection, Server


class Proxy(Server):
    """Notes in `asked` what it is asked for (`GET http://…`, `CONNECT host:port`).

    With `user` and `password` it lets nobody through who does not say them; `refuses` is a status that every tunnel is
    refused with.
    """

    def __init__(self, user: str | None = None, password: str = "", refuses: int | None = None) -> None:
        super().__init__(self._serve_one)
        self.asked: list[str] = []
        self._refuses = refuses
        self._who = None if user is None else f"{quote(user)}:{quote(password)}"
        self._expected = None if user is None else f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"

    @property
    def url_for_clients(self) -> str:
        """Its URL, with who may ask."""
        return self.url if self._who is None else self.url.replace("://", f"://{self._who}@")

    def forget(self) -> list[str]:
        """Return what it was asked so far, and begin anew."""
        asked, self.asked = self.asked, []
        return asked

    def _serve_one(self, connection: Connection) -> None:
        while request := connection.receive():
            self.asked.append(f"{request.method} {request.target}")
            if self._expected is not None and request.header("proxy-authorization") != self._expected:
                connection.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                continue
            if request.method == "CONNECT":
                if self._refuses is not None:
                    connection.send(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % self._refuses)
                    return
                host, _, port = request.target.rpartition(":")
                with socket.create_connection((host.strip("[]"), int(port)), 5) as other:
                    connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    _join(connection._socket, other)
                return
            self._pass_on(connection, request)

    def _pass_on(self, connection: Connection, request: object) -> None:
        target = request.target  # type: ignore[attr-defined]
        parts = urlsplit(target)
        path = target.partition("://")[2].partition("/")[2]
        with socket.create_connection((parts.hostname or "", parts.port or 80), 5) as other:
            head = f"{request.method} /{path} HTTP/1.1\r\n"  # type: ignore[attr-defined]
            for name, value in request.headers:  # type: ignore[attr-defined]
                if not name.lower().startswith("proxy-") and name.lower() != "connection":
                    head += f"{name}: {value}\r\n"
            other.sendall(f"{head}Connection: close\r\nVia: 1.1 test\r\n\r\n".encode("latin-1") + request.body)  # type: ignore[attr-defined]
            answer = b""
            while piece := other.recv(65536):
                answer += piece
        connection.send(answer.replace(b"Connection: close\r\n", b""))


def _join(one: socket.socket, other: socket.socket) -> None:
    def copy(source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                to.sendall(piece)
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=copy, args=(other, one), daemon=True)
    thread.start()
    copy(one, other)
    thread.join(5)
