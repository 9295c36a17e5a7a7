"""The line that says that the shop is open. It is true for every worker."""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection

import orjson

from penstock.errors import PenstockError
from penstock.target.address import Reservation
from penstock.target.routes import ROUTES

READY_WITHIN_S = 15.0


def announce(place: Reservation, workers: int, is_ending: Callable[[], bool], *, tls: bool) -> None:
    """Ask until all workers have answered (each new connection meets any of them), then say so on stderr.

    Raises `PenstockError` when they do not answer in time; returns in silence once the server is ending.
    """
    deadline = time.monotonic() + READY_WITHIN_S
    met: set[int] = set()
    while len(met) < workers:
        if is_ending():
            return
        if time.monotonic() > deadline:
            raise PenstockError(
                f"the sample shop did not start: {len(met)} of {workers} workers answer after {READY_WITHIN_S:.0f} s"
            )
        try:
            met.add(_ask(place, tls=tls))
        except (OSError, HTTPException):
            time.sleep(0.02)
    url = place.url("https" if tls else "http")
    count = "1 worker" if workers == 1 else f"{workers} workers"
    sys.stderr.write(f"Sample shop at {url} ({count}, Ctrl-C ends it): {' '.join(ROUTES)}\n")
    sys.stderr.flush()


def _ask(place: Reservation, *, tls: bool) -> int:
    """Return the process id of the worker that answered."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the shop asks itself, by address
    context.verify_mode = ssl.CERT_NONE
    with closing(
        HTTPSConnection(place.reachable, place.port, timeout=2, context=context)
        if tls
        else HTTPConnection(place.reachable, place.port, timeout=2)
    ) as client:
        client.request("GET", "/health")
        return int(orjson.loads(client.getresponse().read())["worker"])
