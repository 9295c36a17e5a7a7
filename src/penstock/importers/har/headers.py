"""Which recorded headers are sent again. Those that the connection, the cookie jar and the cache set are not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from penstock.importers.base import Findings
from penstock.importers.har.filling import Filling
from penstock.importers.har.parse import Entry
from penstock.model import Header

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SET_BY_THE_CONNECTION = frozenset(
    {"accept-encoding", "connection", "content-length", "cookie", "expect", "host", "http2-settings", "keep-alive"}
    | {"te", "trailer", "transfer-encoding", "upgrade", "user-agent", "content-type"}
)
_OF_THE_CACHE = frozenset({"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"})


def user_agent_of(entries: Sequence[Entry]) -> str | None:
    """Return what the browser called itself most often."""
    named = Counter(
        value for entry in entries for name, value in entry.headers if name.lower() == "user-agent" and value
    )
    return named.most_common(1)[0][0] if named else None


def compile_headers(entry: Entry, filling: Filling, findings: Findings) -> tuple[Header, ...]:
    """Return the headers of a request, without those that are set anew each time."""
    headers = []
    for name, value in entry.headers:
        lowered = name.lower()
        if lowered in _SET_BY_THE_CONNECTION or name.startswith(":") or lowered.startswith("proxy-"):
            continue
        if lowered in _OF_THE_CACHE:
            message = f"{name} is left out: each user has a cache of its own, empty at first"
            findings.note("cache-header", message, entry.origin, effect="approximated")
            continue
        if not _NAME.fullmatch(name) or "\r" in value or "\n" in value or "\0" in value:
            findings.warn("invalid-header", f"the header {name!r} cannot be sent", entry.origin, effect="dropped")
            continue
        headers.append(Header(name, filling.header(value)))
    return tuple(headers)


def report_secrets(entry: Entry, headers: tuple[Header, ...], findings: Findings) -> None:
    """Say where a request logs in with what was valid on the day of the recording."""
    for header in headers:
        if header.name.lower() == "authorization" and not header.value.holes:
            findings.note(
                "recorded-credentials",
                "Authorization is sent as it was recorded",
                entry.origin,
                "record from the log-in on, so that the token is taken from its response; or change it in the scenario",
                effect="approximated",
            )
