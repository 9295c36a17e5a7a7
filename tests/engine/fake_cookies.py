"""The cookies of the double: so much of RFC 6265 as sites without subdomains and dates need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class _Key:
    domain: str
    is_domain: bool
    path: str
    name: str

    def is_for(self, host: str, path: str) -> bool:
        is_host = host == self.domain or (self.is_domain and host.endswith(f".{self.domain}"))
        below = self.path if self.path.endswith("/") else f"{self.path}/"
        return is_host and (path == self.path or path.startswith(below))


class Cookies:
    """Those of one user, in the order in which they came."""

    def __init__(self) -> None:
        self._values: dict[_Key, str] = {}

    def clear(self) -> None:
        self._values.clear()

    def of(self, host: str, path: str) -> list[str]:
        """Return what goes with a request: longer paths first, then what came first."""
        fitting = [(key, value) for key, value in self._values.items() if key.is_for(host, path)]
        return [f"{key.name}={value}" for key, value in sorted(fitting, key=lambda pair: -len(pair[0].path))]

    def take(self, headers: Iterable[tuple[str, str]], host: str, path: str) -> None:
        """Take what a response sets."""
        for header, text in headers:
            if header.lower() != "set-cookie":
                continue
            pair, *rest = [part.strip() for part in text.split(";")]
            said = {name.lower(): value for name, _, value in (part.partition("=") for part in rest)}
            name, _, value = pair.partition("=")
            default = path[: path.rfind("/")] or "/"
            key = _Key(said.get("domain", host), "domain" in said, said.get("path", default), name.strip())
            if said.get("max-age") == "0":
                self._values.pop(key, None)
            else:
                self._values[key] = value.strip()

    def lines(self) -> tuple[str, ...]:
        """Return them as the border has them."""
        return tuple(
            "\t".join((key.domain, "domain" if key.is_domain else "host", key.path, "any", "", key.name, value))
            for key, value in self._values.items()
        )

    def put(self, lines: Iterable[str]) -> None:
        """Put others in their place."""
        self.clear()
        for line in lines:
            domain, kind, path, _, _, name, value = line.split("\t")
            self._values[_Key(domain, kind == "domain", path, name)] = value
