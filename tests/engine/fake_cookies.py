"""The cookies of the double: so much of RFC 6265 as sites without subdomains and dates need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class _Key:
    """What makes two cookies the same one (RFC 6265, section 5.3); whether it is for a whole domain does not."""

    domain: str
    path: str
    name: str


@dataclass(frozen=True)
class _Cookie:
    domain: str
    is_domain: bool
    path: str
    name: str
    value: str

    @property
    def key(self) -> _Key:
        return _Key(self.domain, self.path, self.name)

    def is_for(self, host: str, path: str) -> bool:
        is_host = host == self.domain or (self.is_domain and host.endswith(f".{self.domain}"))
        below = self.path if self.path.endswith("/") else f"{self.path}/"
        return is_host and (path == self.path or path.startswith(below))


class Cookies:
    """Those of one user, in the order in which they came."""

    def __init__(self) -> None:
        self._cookies: dict[_Key, _Cookie] = {}

    def clear(self) -> None:
        self._cookies.clear()

    def of(self, host: str, path: str) -> list[str]:
        """Return what goes with a request: longer paths first, then what came first."""
        fitting = [cookie for cookie in self._cookies.values() if cookie.is_for(host, path)]
        return [f"{cookie.name}={cookie.value}" for cookie in sorted(fitting, key=lambda cookie: -len(cookie.path))]

    def take(self, headers: Iterable[tuple[str, str]], host: str, path: str) -> None:
        """Take what a response sets."""
        for header, text in headers:
            if header.lower() != "set-cookie":
                continue
            pair, *rest = [part.strip() for part in text.split(";")]
            said = {name.lower(): value for name, _, value in (part.partition("=") for part in rest)}
            name, _, value = pair.partition("=")
            default = path[: path.rfind("/")] or "/"
            cookie = _Cookie(
                said.get("domain", host), "domain" in said, said.get("path", default), name.strip(), value.strip()
            )
            if said.get("max-age") == "0":
                self._cookies.pop(cookie.key, None)
            else:
                self._cookies[cookie.key] = cookie

    def lines(self) -> tuple[str, ...]:
        """Return them as the border has them."""
        return tuple(
            "\t".join(
                (each.domain, "domain" if each.is_domain else "host", each.path, "any", "", each.name, each.value)
            )
            for each in self._cookies.values()
        )

    def put(self, lines: Iterable[str]) -> None:
        """Put others in their place."""
        self.clear()
        for line in lines:
            domain, kind, path, _, _, name, value = line.split("\t")
            cookie = _Cookie(domain, kind == "domain", path, name, value)
            self._cookies[cookie.key] = cookie
