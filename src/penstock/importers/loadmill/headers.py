"""Request headers."""

from __future__ import annotations

import re

from penstock.importers.document import Node
from penstock.importers.loadmill.texts import Texts
from penstock.model import Header, Text

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RESERVED = frozenset(
    {
        "accept-charset",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "keep-alive",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Refused by every version of the vendor. Accept-Encoding, User-Agent and TE were too, at first."""


def compile_headers(node: Node | None, texts: Texts) -> tuple[Header, ...]:
    """Return the headers of an object, or of an array of objects; of a name given twice the last counts."""
    headers: dict[str, Header] = {}
    for element in texts.reader.elements(node):
        for name, value in texts.reader.members(element).items():
            header = _header(name, value, texts)
            if header is not None:
                headers.pop(name.lower(), None)
                headers[name.lower()] = header
    return tuple(headers.values())


def merge_headers(own: tuple[Header, ...], overriding: tuple[Header, ...]) -> tuple[Header, ...]:
    """Return the headers of a request with those that the configuration puts over every request."""
    names = {header.name.lower() for header in overriding}
    return (*(header for header in own if header.name.lower() not in names), *overriding)


def _header(name: str, node: Node, texts: Texts) -> Header | None:
    lowered = name.lower()
    if not _TOKEN.fullmatch(name):
        texts.findings.error("invalid-header", f"Invalid header name: {name!r}", node.origin)
        return None
    reserved = lowered in _RESERVED or lowered.startswith("proxy-")
    if reserved or (lowered.startswith("sec-") and not lowered.startswith("sec-websocket")):
        message = f"{name}: This header may not be set manually"
        texts.findings.error("reserved-header", message, node.origin, "remove it; what is needed is set by itself")
        return None
    text = texts.of(node)
    if text is not None and any("\n" in part or "\r" in part for part in text.parts if isinstance(part, str)):
        texts.findings.error("invalid-header", f"Malformed header: {name!r} holds a line break", node.origin)
        return None
    return Header(name, text or Text())
