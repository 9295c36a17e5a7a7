"""Cookies that were there before the recording began; all others are set again by the servers."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.base import Findings
from penstock.importers.har.parse import Entry
from penstock.importers.har.sites import host_of, site_of
from penstock.model import AddCookies, Cookie

_MOST_NAMES = 8


def compile_cookies(entries: Sequence[Entry], findings: Findings) -> tuple[AddCookies, ...]:
    """Return the step that puts them into the user's jar; none where there are none."""
    set_before: set[tuple[str, str]] = set()
    found: dict[tuple[str, str], Cookie] = {}
    first = None
    for entry in entries:
        host = host_of(entry.url)
        for name, value in _sent(entry):
            if (site_of(host), name) not in set_before and (host, name) not in found:
                first = first or entry
                found[host, name] = Cookie(name, value, host)
        for header, value in entry.answer.headers:
            if header.lower() == "set-cookie":
                set_before.update((site_of(host), line.partition("=")[0].strip()) for line in value.split("\n"))
    if first is None:
        return ()
    names = list(dict.fromkeys(cookie.name for cookie in found.values()))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    findings.warn(
        "recorded-cookies",
        f"no response of the recording set these cookies, so they are sent as they were: "
        f"{', '.join(names[:_MOST_NAMES])}{more}",
        first.origin,
        "a session among them ends some day; record in a private window, from the log-in on",
    )
    return (AddCookies(tuple(found.values()), first.origin),)


def _sent(entry: Entry) -> list[tuple[str, str]]:
    pairs = []
    for name, value in entry.headers:
        if name.lower() == "cookie":
            for pair in value.split(";"):
                cookie, equals, content = pair.strip().partition("=")
                if equals and cookie and "\t" not in pair:
                    pairs.append((cookie, content))
    return pairs
