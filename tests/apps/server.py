"""One listening socket, one thread a connection, and an end that nothing can hold up."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from tests.apps.http import Answer, BadRequest, Reader, Request

Handler = Callable[["Connection"], None]
"""Serves one connection from its start to its end; the connection is closed when it returns."""


class Connection:
    """One accepted connection."""

    def __init__(self, sock: socket.socket, index: int, stopping: threading.Event) -> None:
        self.index = index
        self.stopping = stopping
        self._socket = sock
        self._reader = Reader(lambda: sock.recv(65536))

    @property
    def peer(self) -> str:
        """The address that it came from."""
        return str(self._socket.getpeername()[0])

    def receive(self) -> Request | None:
        """Return the next request; None when the client has closed."""
        request = self._reader.read()
        return request and replace(request, connection=self.index, received_ns=time.monotonic_ns())

    def send(self, data: bytes) -> None:
        """Send all of the bytes."""
        self._socket.sendall(data)

    def drain(self) -> None:
        """Read and forget until the client closes or the server ends."""
        while self._socket.recv(65536):
            pass

    def reset(self) -> None:
        """Close so that the client sees a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def sleep(self, seconds: float) -> None:
        """Pause; ends early when the server ends."""
        self.stopping.wait(seconds)


class Server:
    """A target: `url` while the block runs. With `context` it speaks TLS, `host` is the name in its URL.

    `place` is where it listens: an address of the loopback interface and a port (0: one that is free).
    """

    def __init__(
        self,
        handler: Handler,
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        place: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self._place = place
        self._handler = handler
        self._context = context
        self._host = host
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._accepted = 0

    @property
    def port(self) -> int:
        """The port that was taken."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"{'https' if self._context else 'http'}://{self._host}:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        return self._accepted

    def __enter__(self) -> Self:
        self._listener = socket.create_server(self._place, backlog=1024)
        self._acceptor = threading.Thread(target=self._accept, name="target-accept", daemon=True)
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        _shut(self._listener)  # wakes accept()
        self._acceptor.join(5)
        self._listener.close()
        with self._lock:
            threads = list(self._open.values())
            for sock in self._open:
                _shut(sock)  # wakes recv()
        for thread in threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                thread = threading.Thread(target=self._serve, args=(sock, self._accepted), daemon=True)
                self._accepted += 1
                self._open[sock] = thread
            thread.start()

    def _serve(self, sock: socket.socket, index: int) -> None:
        plain = sock
        try:
            if self._context:
                sock = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
                with self._lock:  # the plain one is detached now: the end of the server must find this one
                    self._open[sock] = self._open.pop(plain)
                if self._stopping.is_set():
                    return
                sock.do_handshake()
            connection = Connection(sock, index, self._stopping)
            try:
                self._handler(connection)
            except BadRequest as error:
                connection.send(Answer(400, (("Connection", "close"),), f"bad request: {error}\n".encode()).encode())
        except (OSError, EOFError):
            pass  # the client went away, or the server ends: both are the business of tests, not of the target
        finally:
            with self._lock:
                self._open.pop(sock, None)
            sock.close()


def answering(answer: Callable[[Request], Answer | bytes]) -> Handler:
    """Return a handler that keeps the connection and answers each request by a function."""

    def serve(connection: Connection) -> None:
        while request := connection.receive():
            said = answer(request)
            connection.send(said.encode(request.method) if isinstance(said, Answer) else said)
            if request.ends_connection:
                return

    return serve


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed by its own thread, or never connected
        sock.shutdown(socket.SHUT_RDWR)
