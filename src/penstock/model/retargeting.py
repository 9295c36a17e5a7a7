"""Requests that go elsewhere than they are addressed to: whole origins are replaced, paths and queries stay.

An origin is scheme, host and port. One that is named goes to the place beside it, all others to `everywhere`, if there
is such a place. What was sent elsewhere is not looked up again, so that two origins can be exchanged.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

EVERYWHERE = "*"
"""Stands for every origin that has no place of its own."""

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Retargeting:
    """Which origins are replaced, and by which. All of them are written as `origin_of` gives them."""

    everywhere: str | None = None
    overrides: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything goes elsewhere at all."""
        return self.everywhere is not None or bool(self.overrides)

    def origin_for(self, origin: str | None) -> str | None:
        """Return where requests to an origin go instead; None: where they are addressed to."""
        return dict(self.overrides).get(origin or "", self.everywhere)

    def url_for(self, url: str) -> str:
        """Return the URL that is asked in place of this one."""
        target = self.origin_for(origin_of(url))
        if target is None:
            return url
        parts = urlsplit(url)
        return target + parts._replace(scheme="", netloc="").geturl()

    @property
    def targets(self) -> tuple[str, ...]:
        """All places that requests are sent to instead."""
        places = (self.everywhere, *(target for _, target in self.overrides))
        return tuple(dict.fromkeys(place for place in places if place is not None))

    @property
    def text(self) -> str:
        """The same as text, for `parse`: a line with the place of all, then lines with an origin and its place."""
        first = [] if self.everywhere is None else [self.everywhere]
        return "\n".join((*first, *(f"{origin} {target}" for origin, target in self.overrides)))


@lru_cache(maxsize=16)  # a run has one, and asks for it again with each response
def parse(text: str) -> Retargeting:
    """Return what `Retargeting.text` says."""
    pairs = [line.rpartition(" ")[::2] for line in text.splitlines()]
    everywhere = [target for origin, target in pairs if not origin]
    return Retargeting(everywhere[0] if everywhere else None, tuple(pair for pair in pairs if pair[0]))


def origin_of(url: str) -> str | None:
    """Return `scheme://host[:port]` of a URL in its usual form, which is the same for all spellings of an origin.

    None for what has no such beginning. WebSockets belong to the origin of the page that opens them.
    """
    try:
        parts = urlsplit(url)
        scheme, host, port = _SCHEMES.get(parts.scheme.lower()), parts.hostname, parts.port
    except ValueError:
        return None
    if scheme is None or not host or port == 0:
        return None
    try:
        host = f"[{ipaddress.IPv6Address(host)}]" if ":" in host else host.encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        return None
    return f"{scheme}://{host}" + ("" if port in (None, _PORTS[scheme]) else f":{port}")
