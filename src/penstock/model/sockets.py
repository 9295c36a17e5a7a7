"""WebSockets as steps: open, send, wait for a message, close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.checks import Check
from penstock.model.expr import Text
from penstock.model.extracts import Extract
from penstock.model.origin import Origin
from penstock.model.requests import Header


@dataclass(frozen=True, slots=True)
class SocketOpen:
    """Open a WebSocket that later steps of the iteration call by the text `socket` (a name, or its URL).

    The handshake counts as a request under `name`. One that is open under this name already is closed first, or with
    `unless_open` left as it is. What is open at the end of the iteration is closed.
    """

    socket: Text
    url: Text
    name: str
    origin: Origin
    headers: tuple[Header, ...] = ()
    subprotocols: tuple[str, ...] = ()
    timeout_s: float | None = None
    unless_open: bool = False


@dataclass(frozen=True, slots=True)
class SocketSend:
    """Send one message; one of kind `binary` has the UTF-8 bytes of the text. A socket that is not open fails it."""

    socket: Text
    message: Text
    origin: Origin
    kind: Literal["text", "binary"] = "text"


@dataclass(frozen=True, slots=True)
class SocketWait:
    """Wait for a message in which all extracts find something and for which all checks hold; without any, for the next.

    The messages looked at are the last `latest` that came on this socket, before the step too, and those that come
    while it waits, each once. When `timeout_s` is over, the newest is what the extracts and checks are judged by, and
    without a message the step fails. It counts as a message under `name`, timed from the last one sent.
    """

    socket: Text
    name: str
    origin: Origin
    timeout_s: float = 5.0
    latest: int = 1
    extracts: tuple[tuple[Extract, ...], ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class SocketClose:
    """Close a WebSocket and wait for the server's answer to that; one that is not open is left alone."""

    socket: Text
    origin: Origin
