"""The browser cache of one user: what may be used again, what must be asked about, what is forgotten.

Rules of RFC 9111 for a private cache: `Cache-Control` (no-store, no-cache, max-age), `Expires`, `Pragma`, `Age`,
`Vary: *`, validation by `ETag` and `Last-Modified`, and where nothing is said a tenth of the time since
`Last-Modified`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from penstock.script.pages.references import Reference

MOST_ENTRIES = 1_000
"""What one browser keeps; the oldest goes first."""

LONGEST_GUESS_S = 86_400.0
"""How long a response is taken for fresh that does not say itself."""


class Entry(NamedTuple):
    """What is kept of a response. `references` are those of a style sheet or frame, `response` all of it, if wanted."""

    fresh_until: float
    etag: str | None
    modified: str | None
    references: tuple[Reference, ...] = ()
    response: Any = None


class Cache:
    """A view of what the loop keeps for a user, `Recorder.user().browser`."""

    __slots__ = ("_entries", "_now")

    def __init__(self, kept: dict[str, Entry], now: float | None = None) -> None:
        self._entries = kept
        self._now = time.time() if now is None else now

    def fresh(self, url: str) -> Entry | None:
        """Return what can be used without asking."""
        entry = self._entries.get(url)
        return entry if entry is not None and entry.fresh_until > self._now else None

    def stale(self, url: str) -> Entry | None:
        """Return what can be used once the server says that it is still the same."""
        entry = self._entries.get(url)
        return entry if entry is not None and (entry.etag or entry.modified) else None

    def store(self, url: str, response: Any, references: tuple[Reference, ...] = (), *, whole: bool = False) -> None:
        """Keep what a response lets be kept; a 304 renews what is there."""
        known = self._entries.pop(url, None)
        headers = response.headers
        if response.status == 304 and known is not None:
            headers = {**_validators(known), **headers}
            references, response_kept = known.references, known.response
        elif response.status == 200:
            response_kept = response if whole else None
        else:
            return
        lifetime_s = lifetime(headers, self._now)
        etag, modified = headers.get("etag"), headers.get("last-modified")
        if lifetime_s is None or (lifetime_s <= 0 and not etag and not modified):
            return
        self._entries[url] = Entry(self._now + lifetime_s, etag, modified, references, response_kept)
        if len(self._entries) > MOST_ENTRIES:
            del self._entries[next(iter(self._entries))]


def _validators(entry: Entry) -> dict[str, str]:
    pairs = (("etag", entry.etag), ("last-modified", entry.modified))
    return {name: value for name, value in pairs if value}


def conditions(entry: Entry | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that ask whether what is there is still the same."""
    if entry is None:
        return ()
    pairs = (("If-None-Match", entry.etag), ("If-Modified-Since", entry.modified))
    return tuple((name, value) for name, value in pairs if value)


def lifetime(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds a response is fresh (0: it must be asked about); None when it may not be kept."""
    said = _directives(headers.get("cache-control", ""))
    if "no-store" in said or headers.get("vary", "").strip() == "*":
        return None
    if "no-cache" in said:
        return 0.0
    age_s = _number(headers.get("age")) or 0.0
    max_age_s = _number(said.get("max-age"))
    if max_age_s is not None:
        return max_age_s - age_s
    if "no-cache" in headers.get("pragma", "").lower() and not said:
        return 0.0
    date = _date(headers.get("date"))
    if "expires" in headers:
        expires = _date(headers["expires"])
        return 0.0 if expires is None else expires - (now if date is None else date) - age_s
    modified = _date(headers.get("last-modified"))
    if modified is None:
        return 0.0
    return min(max(0.0, ((now if date is None else date) - modified) / 10), LONGEST_GUESS_S) - age_s


def _directives(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs if name.strip()}


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None


def _date(text: str | None) -> float | None:
    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
