"""Running a server until it is told to stop."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from penstock.app import exporting, exposing, logs
from penstock.app.server import Server, build
from penstock.errors import InvalidInput
from penstock.services.accounts import FirstSecrets
from penstock.settings import Settings

_MANY = 2048


def serve(settings: Settings, announce: Callable[[str, FirstSecrets | None], None]) -> None:
    """Serve until SIGINT or SIGTERM; then runs and requests under way get `stop_seconds` to end.

    `announce` is called once, when the server answers, with its address and with what a first start made. Raises
    `InvalidInput` for an address or a certificate that cannot be used, and what `build` raises.
    """
    logs.configure(settings.log_level, settings.log_format)
    _verify_certificate(settings)
    if settings.metrics_address:
        _listen(*exposing.read_place(settings.metrics_address)).close()  # so that what is wrong is said at once
    if settings.otlp_endpoint:
        exporting.read_destination(settings.otlp_endpoint, os.environ, "otlp_endpoint")
    listener = _listen(settings.host, settings.port)
    try:
        url = f"{settings.scheme}://{_shown(settings.host)}:{listener.getsockname()[1]}"
        server = build(settings, settings.public_url or url)
        first = server.services.accounts.bootstrap()
        running = _Uvicorn(server, lambda: announce(url, first))
        running.run(sockets=[listener])
        if not running.started:
            raise InvalidInput("the server could not be started (see above)")
    finally:
        listener.close()


class _Uvicorn(uvicorn.Server):
    """Uvicorn's server that says when it answers."""

    def __init__(self, server: Server, announce: Callable[[], None]) -> None:
        settings = server.settings
        super().__init__(
            uvicorn.Config(
                server.app,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=_MANY,
                ssl_certfile=settings.tls_cert or None,
                ssl_keyfile=settings.tls_key or None,
                timeout_graceful_shutdown=settings.stop_seconds,
                timeout_keep_alive=75,
                ws="none",
            )
        )
        self._announce = announce

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals end the server, which then ends as a command that did what it was asked."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so; called by `run`."""
        await super().startup(sockets)
        if self.started:
            gc.freeze()  # what is there now stays: looking through it would hold up an answer every now and then
            self._announce()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise InvalidInput(f"{host}:{port}: cannot be listened on: {error.strerror}") from error
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else {"0.0.0.0": socket.gethostname()}.get(host, host)  # noqa: S104


def _verify_certificate(settings: Settings) -> None:
    if not settings.tls_cert:
        return
    for name in (settings.tls_cert, settings.tls_key):
        if not Path(name).is_file():
            raise InvalidInput(f"{name}: there is no such file")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key)
    except (ssl.SSLError, OSError) as error:
        raise InvalidInput(
            f"{settings.tls_cert} and {settings.tls_key} are not a certificate and its key in PEM form: {error}"
        ) from error
