"""Ports of the loopback interface that mean the same as long as a test needs them.

A port that was free a moment ago may be somebody else's now: whoever listens at port 0, or connects to anywhere, is
given one of the range that the system hands out.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 100
_drawn = random.SystemRandom()


def lasting_port() -> int:
    """Return a free port below those that the system hands out: a server may leave it and come back."""
    first_handed_out = int(_HANDED_OUT.read_text().split()[0]) if _HANDED_OUT.exists() else 32_768
    for _ in range(_TRIES):
        port = _drawn.randrange(first_handed_out // 2, first_handed_out)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port of the loopback interface is free")


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port that refuses connections: it is taken, so nobody else listens there, and nobody does."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
