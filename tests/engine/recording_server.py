"""A real HTTP/1.1 server in front of the same function that the double calls; it notes what it is asked.

It is a proxy as well (what it is asked for by absolute URL, or through a tunnel, it answers itself) and speaks
WebSocket where the function opens a conversation.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State
from websockets.utils import accept_key

from tests.engine.fake_http import VIA, Answer, Closing, Requests, Said, Server
from tests.engine.fake_sockets import Heard

LONGEST_S = 10.0
"""So long nobody waits for the other side."""


class Recording:
    """Where the server listens, what answers, and what was asked: (method, target, headers, body)."""

    def __init__(self) -> None:
        self.server: Server
        self.origin = ""
        self.requests: Requests = []
        self.heard: Heard = []
        self._open = 0
        self._changed = threading.Condition()

    def begin(self, server: Server) -> None:
        """Answer by another function from now on, and forget what was asked."""
        self.server = server
        self.requests.clear()
        self.heard.clear()

    def wait_until_idle(self) -> None:
        """Wait until all connections are closed: what is still to be noted is noted then."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._open == 0, LONGEST_S), "a connection stays open"

    @contextmanager
    def connection(self) -> Iterator[None]:
        """One more while the block runs."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._changed:
            self._open += more
            self._changed.notify_all()


@contextmanager
def recording_server() -> Iterator[Recording]:
    """Serve on a free port of the loopback until the block ends."""
    recording = Recording()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = LONGEST_S
        tunnel: dict[str, str] | None = None  # what was said when it was asked for

        def handle(self) -> None:
            with recording.connection(), contextlib.suppress(ConnectionError):
                super().handle()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): _utf8(value) for name, value in self.headers.items()}
            parts = urlsplit(self.path)
            target = self.path
            headers.update(self.tunnel or {})
            if parts.scheme:
                headers[VIA] = recording.origin
                target = self.path.removeprefix(f"{parts.scheme}://{parts.netloc}")
            recording.requests.append((self.command, target, headers, body))
            answer = recording.server(self.command, f"http://{headers['host']}{target}", headers, body)
            if answer.elapsed_s > 0.01:
                time.sleep(answer.elapsed_s)
            if answer.conversation is not None:
                self.converse(answer)
            elif answer.breaks:
                self.close_connection = True
            else:
                self.respond(answer)

        def respond(self, answer: Answer) -> None:
            self.send_response(answer.status, answer.reason)
            for name, value in answer.headers:
                self.send_header(name, value)
            has_body = self.command != "HEAD" and answer.status not in (204, 304)
            if answer.holds:
                self.send_header("Transfer-Encoding", "chunked")
            elif answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if has_body and answer.holds:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(answer.body), answer.body) if answer.body else b"")
                self.connection.recv(1)  # until the client has had enough
                self.close_connection = True
            elif has_body:
                self.wfile.write(answer.body)

        def converse(self, answer: Answer) -> None:
            self.send_response(101)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", accept_key(self.headers["Sec-WebSocket-Key"]))
            self.end_headers()
            self.close_connection = True
            _converse(self.connection, urlsplit(self.path).path, answer, recording.heard)

        def do_CONNECT(self) -> None:
            said = {
                name.lower(): value for name, value in self.headers.items() if name.lower().startswith("proxy-auth")
            }
            self.tunnel = {**said, VIA: recording.origin}
            self.send_response(200)
            self.end_headers()  # what comes through the tunnel comes to this server

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 — their names

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        recording.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield recording
        finally:
            server.shutdown()
            thread.join()


def _converse(connection: socket.socket, path: str, answer: Answer, heard: Heard) -> None:
    """Say what the conversation says until one side ends it."""
    assert answer.conversation is not None
    protocol = Protocol(Side.SERVER, state=State.OPEN)
    _say(protocol, answer.conversation(None))
    while True:
        for data in protocol.data_to_send():
            connection.sendall(data)
        if protocol.close_rcvd is not None or protocol.eof_sent:
            return
        data = connection.recv(65536)
        if not data:
            return
        protocol.receive_data(data)
        for frame in protocol.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                message = Said(int(frame.opcode), bytes(frame.data))
                heard.append((path, *message))
                if protocol.state is State.OPEN:  # the end may have come with it
                    _say(protocol, answer.conversation(message))
            elif frame.opcode is Opcode.CLOSE and protocol.close_rcvd_then_sent and protocol.close_rcvd is not None:
                code = int(protocol.close_rcvd.code)
                if code != CloseCode.GOING_AWAY:  # a socket was left open: nobody waits until the server has heard it
                    heard.append((path, 8, str(code).encode()))


def _say(protocol: Protocol, messages: Sequence[Said | Closing]) -> None:
    for said in messages:
        if isinstance(said, Closing):
            protocol.send_close(said.code, said.reason)
        elif said.opcode == Opcode.TEXT:
            protocol.send_text(said.data)
        else:
            protocol.send_binary(said.data)


def _utf8(value: str) -> str:
    """Return a header that the library has read as Latin-1."""
    sent = value.encode("latin-1")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:  # what Latin-1 can hold is sent as that
        return value
