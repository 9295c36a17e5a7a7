"""Which servers a recording is a test of. A browser talks to many others on the way: counters, advertisers, fonts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from penstock.importers.base import Findings
from penstock.importers.har.parse import Entry

ALL = "all"


class Sites:
    """The site that was recorded, and the hosts that were named besides; load on anything else would hit strangers."""

    def __init__(self, entries: Sequence[Entry], named: str | None) -> None:
        first = next((entry for entry in entries if entry.kind == "document"), entries[0] if entries else None)
        self.own = "" if first is None else site_of(host_of(first.url))
        self._named = tuple(name.strip().lower() for name in (named or "").split(",") if name.strip())

    def holds(self, url: str) -> bool:
        """Whether requests to that URL belong to the test."""
        host = host_of(url)
        if site_of(host) == self.own or ALL in self._named:
            return True
        return any(host == name or host.endswith(f".{name}") for name in self._named)

    def kept(self, entries: Sequence[Entry], findings: Findings) -> list[Entry]:
        """Return the entries that belong to the test; what is left out is a warning a host."""
        strangers = Counter(host_of(entry.url) for entry in entries if not self.holds(entry.url))
        told: set[str] = set()
        kept = []
        for entry in entries:
            host = host_of(entry.url)
            if host not in strangers:
                kept.append(entry)
            elif host in told:
                findings.note("other-site", "a request to another site is left out", entry.origin)
            else:
                told.add(host)
                count = strangers[host]
                requests = "one request" if count == 1 else f"{count} requests"
                message = f"{requests} to {host}, which does not belong to {self.own}, {'is' if count == 1 else 'are'}"
                advice = f"if that server is yours, add the parameter hosts={host} (several with commas, or {ALL})"
                findings.warn("other-site", f"{message} left out", entry.origin, advice, effect="dropped")
        return kept


def host_of(url: str) -> str:
    """Return the host of a URL, empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


@cache
def site_of(host: str) -> str:
    """Return what hosts of one owner have in common: `example.co.uk` of `www.example.co.uk`; of an address itself."""
    try:
        ip_address(host)
    except ValueError:
        return _suffixes().privatesuffix(host) or host
    return host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
