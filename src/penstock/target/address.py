"""Where the shop listens, in three forms: as asked for, as bound, as shown."""

from __future__ import annotations

import errno
import socket
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from penstock.errors import InvalidInput

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — nothing is bound here


@dataclass(frozen=True, slots=True)
class Reservation:
    """A port that is held for the workers; a context manager.

    The workers share the port among themselves (SO_REUSEPORT), and would share it with a stranger as well. So it is
    first bound without sharing, then held by a socket that never listens. `host` is as asked for, `address` numeric.
    """

    host: str
    address: str
    port: int
    holder: socket.socket

    @property
    def reachable(self) -> str:
        """A numeric address under which this machine reaches the shop."""
        return _LOOPBACK.get(self.address, self.address)

    def url(self, scheme: str) -> str:
        """Return the URL to show."""
        host = _LOOPBACK.get(self.host, self.host)
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.holder.close()


def reserve(host: str, port: int) -> Reservation:
    """Take the port, or a free one for 0.

    Raises `InvalidInput` when the host is no address of this machine or the port is not to be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise InvalidInput(f"{host!r} is no address that can be listened on: {error.strerror}") from error
    family, _, _, _, place = found[0]
    try:
        with closing(_bind(family, place)) as alone:  # fails if anyone listens, whether they would share or not
            place = alone.getsockname()
        return Reservation(host, str(place[0]), int(place[1]), _bind(family, place, socket.SO_REUSEPORT))
    except PermissionError as error:
        raise InvalidInput(f"port {port} needs rights that this user has not; choose one above 1023") from error
    except OSError as error:
        advice = (
            "choose another port, 0 takes a free one" if error.errno == errno.EADDRINUSE else "is it this machine's?"
        )
        raise InvalidInput(f"cannot listen on {host} port {port}: {error.strerror}; {advice}") from error


def _bind(family: int, place: object, *options: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in (socket.SO_REUSEADDR, *options):
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind(place)  # type: ignore[arg-type]  # whatever getaddrinfo gave
    except BaseException:
        bound.close()
        raise
    return bound
