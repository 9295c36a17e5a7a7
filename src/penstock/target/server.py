"""Starting and ending the shop."""

from __future__ import annotations

import os
import resource
import signal
import ssl
import threading
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from penstock.errors import InvalidInput, PenstockError
from penstock.target.address import Reservation, reserve
from penstock.target.announcement import announce
from penstock.target.application import load

_STOP_WITHIN_S = 1
_LOOK_EVERY_S = 0.5
_IDLE_TIMEOUT_MS = 600_000  # longer than users think, so that the shop never closes a connection first
_MANY = 65_535  # connections at a time and worker

_LOGGING = {
    "handlers": {
        kind: {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
        for kind in ("console", "access")
    }
}


def serve(
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int | None = None,
    *,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
) -> None:
    """Serve the shop until SIGINT, SIGTERM or SIGHUP; says on stderr where it is once every worker answers.

    `workers` are processes (default: half of the cores). Port 0 takes a free one. With `tls_cert` and `tls_key`
    (PEM files) it speaks https.

    Raises `InvalidInput` when the address cannot be used or the certificate not be read, `PenstockError` when a
    worker breaks or does not start.
    """
    count = workers or max(1, len(os.sched_getaffinity(0)) // 2)
    _verify_certificate(tls_cert, tls_key)
    with reserve(host, port) as place:
        server = _Server(
            "penstock.target.application",
            address=place.address,
            port=place.port,
            interface=Interfaces.RSGI,
            workers=count,
            http=HTTPModes.auto,
            backlog=_MANY,
            backpressure=_MANY,
            http1_settings=HTTP1Settings(header_read_timeout=_IDLE_TIMEOUT_MS),
            log_level=LogLevels.error,
            log_dictconfig=_LOGGING,
            ssl_cert=tls_cert,
            ssl_key=tls_key,
            ssl_protocol_min=SSLProtocols.tls12,
            workers_kill_timeout=_STOP_WITHIN_S,
        )
        server.place = place
        _raise_file_limit()
        try:
            server.serve(target_loader=load, wrap_loader=False)
        except SystemExit as error:
            raise PenstockError("the sample shop ended because one of its workers did (see above)") from error
        if server.failure:
            raise server.failure


class _Interrupt(threading.Event):
    """What the main thread waits for; it wakes up now and then, since signals are handled by no other thread.

    Where a thread beside it receives one, as happens to a process that was suspended, nothing else would wake it.
    """

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_LOOK_EVERY_S):
            pass
        return True


class _Server(MPServer):
    """Granian's server that says when its workers are ready."""

    place: Reservation
    failure: PenstockError | None = None

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.main_loop_interrupt = _Interrupt()

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers; called by `serve`."""
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGHUP, self.signal_handler_interrupt)  # a closed terminal ends it, too
        # Only now: a thread that holds a lock while workers are forked would leave it locked in them for ever.
        threading.Thread(target=self._announce, daemon=True).start()

    def _announce(self) -> None:
        try:
            announce(self.place, self.workers, self.main_loop_interrupt.is_set, tls=bool(self.ssl_ctx[0]))
        except PenstockError as error:
            self.failure = error
            self.signal_handler_interrupt()  # type: ignore[no-untyped-call]


def _verify_certificate(cert: Path | None, key: Path | None) -> None:
    if (cert is None) != (key is None):
        raise InvalidInput("to serve https give both a certificate and its key (--tls-cert and --tls-key)")
    if cert is None or key is None:
        return
    for path in (cert, key):
        if not path.is_file():
            raise InvalidInput(f"{path}: there is no such file")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as error:
        raise InvalidInput(f"{cert} and {key} are not a certificate and its key in PEM form: {error}") from error


def _raise_file_limit() -> None:
    """Allow as many connections as the system lets this user have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
