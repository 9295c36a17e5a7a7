"""A real server that notes over what each request came to it: HTTP/1.1 and HTTP/2, plain and TLS, on one port.

It answers by the function that the double calls. HTTP/2 is spoken with whom ALPN or the preface says.
"""

from __future__ import annotations

import socket
import ssl
from typing import NamedTuple, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from tests.apps import Answer as Response
from tests.apps import Connection
from tests.apps import Server as Listener
from tests.engine.fake_http import Answer
from tests.engine.recording_server import Recording

PREFACE = b"PRI"
"""So HTTP/2 begins where it is spoken without having been agreed on; no method of HTTP/1.1 does."""


class Sight(NamedTuple):
    """A request as it came. `connection` counts those that asked something; `client` is a certificate's subject."""

    method: str
    target: str
    host: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    protocol: str
    peer: str
    client: str
    connection: int


class Witness(Recording):
    """Serves while the block runs. With a `context` it speaks TLS; `host` is the name in its URL.

    `keeps_old`: connections of HTTP/1.0 stay open, too. So many streams of a connection as `awaited` must be there
    before any of them is answered.
    """

    def __init__(self, context: ssl.SSLContext | None, host: str, *, keeps_old: bool = False) -> None:
        super().__init__()
        self.awaited = 1
        self._keeps_old = keeps_old
        self.sights: list[Sight] = []
        self._connections: list[int] = []
        self._listener = Listener(self._serve, context, host)

    def __enter__(self) -> Witness:
        self._listener.__enter__()
        self.origin = self._listener.url
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.__exit__(None, None, None)

    def seen(self) -> list[Sight]:
        """Return what came since the last call, once all connections are closed."""
        self.wait_until_idle()
        seen = list(self.sights)
        self.sights.clear()
        self._connections.clear()
        return seen

    def _serve(self, connection: Connection) -> None:
        with self.connection():
            sock = connection._socket
            if isinstance(sock, ssl.SSLSocket):
                speaks_http2 = sock.selected_alpn_protocol() == "h2"
            else:
                speaks_http2 = sock.recv(len(PREFACE), socket.MSG_PEEK | socket.MSG_WAITALL) == PREFACE
            if speaks_http2:
                self._speak_http2(connection)
            else:
                self._speak_http1(connection)

    def _speak_http1(self, connection: Connection) -> None:
        while (request := connection.receive()) is not None:
            headers = {name.lower(): value for name, value in request.headers}
            answer = self._answer(connection, request.version, request.method, request.target, headers, request.body)
            keeps = (("Connection", "keep-alive"),) if self._keeps_old else ()
            response = Response(answer.status, (*answer.headers, *keeps), answer.body).encode(request.method)
            connection.send(response.replace(b"HTTP/1.1", request.version.encode(), 1))
            if request.ends_connection and not keeps:
                return

    def _speak_http2(self, connection: Connection) -> None:
        session = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        session.initiate_connection()
        connection.send(session.data_to_send())
        asked: dict[int, tuple[dict[str, str], bytearray]] = {}
        complete: list[int] = []
        while data := connection._socket.recv(65536):
            for event in session.receive_data(data):
                match event:
                    case RequestReceived():
                        asked[event.stream_id] = (_joined(cast("list[tuple[str, str]]", event.headers)), bytearray())
                    case DataReceived():
                        asked[event.stream_id][1].extend(event.data)
                        session.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case StreamEnded():
                        complete.append(event.stream_id)
            if len(complete) >= self.awaited:
                for stream in sorted(complete):  # a body may end behind what was asked later
                    headers, body = asked.pop(stream)
                    headers["host"] = headers[":authority"]
                    answer = self._answer(
                        connection, "HTTP/2", headers[":method"], headers[":path"], headers, bytes(body)
                    )
                    fields = [(name.lower(), value) for name, value in answer.headers]
                    session.send_headers(stream, [(":status", str(answer.status)), *fields])
                    session.send_data(stream, answer.body, end_stream=True)
                complete.clear()
            connection.send(session.data_to_send())

    def _answer(
        self, connection: Connection, protocol: str, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        if connection.index not in self._connections:
            self._connections.append(connection.index)
        sock = connection._socket
        secured = f"{sock.version()} " if isinstance(sock, ssl.SSLSocket) else ""
        certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
        self.requests.append((method, target, headers, body))
        self.sights.append(
            Sight(
                method,
                target,
                headers["host"],
                tuple(headers.items()),
                body,
                secured + protocol,
                connection.peer,
                str(certificate["subject"]) if certificate else "",
                self._connections.index(connection.index),
            )
        )
        return self.server(method, f"{self.origin}{target}", headers, body)


def _joined(fields: list[tuple[str, str]]) -> dict[str, str]:
    """Return headers by name; HTTP/2 may send each cookie by itself."""
    headers: dict[str, str] = {}
    for name, value in fields:
        headers[name] = f"{headers[name]}; {value}" if name == "cookie" and name in headers else value
    return headers
