"""Entries become what the engine does.

A redirect that is followed is no request of its own, and what a page embeds is a part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from penstock.importers.base import Findings
from penstock.importers.har.parse import FRAME, REDIRECTS, Answer, Entry
from penstock.importers.har.sites import Sites

_EMBEDDED = frozenset({"stylesheet", "script", "image", "font", "media", "texttrack", "manifest", FRAME})
_REDIRECT_WITHIN_S = 2.0
"""A browser follows at once; what asks for the same URL later does so by itself."""


@dataclass(slots=True)
class Exchange:
    """A request with the response that ended it, behind all redirects, and what its page embeds."""

    entry: Entry
    answer: Answer
    ended_s: float
    max_redirects: int | None = None
    embedded: list[Exchange] = field(default_factory=list)


def exchanges_of(entries: Sequence[Entry], sites: Sites, findings: Findings) -> list[Exchange]:
    """Return what a user asks for, in order; entries are those of the test's own sites."""
    exchanges: list[Exchange] = []
    awaited: dict[str, Exchange] = {}
    pages: dict[str | None, Exchange] = {}
    for entry in entries:
        follower = awaited.pop(entry.url, None)
        if follower is not None and entry.started_s - follower.ended_s <= _REDIRECT_WITHIN_S:
            _follow(follower, entry, awaited, sites, findings)
            continue
        exchange = Exchange(entry, entry.answer, entry.ended_s)
        page = pages.get(entry.page)
        if page is not None and entry.kind in _EMBEDDED and entry.method == "GET":
            page.embedded.append(exchange)
        else:
            exchanges.append(exchange)
            if entry.kind == "document":
                pages[entry.page] = exchange
        _follow(exchange, entry, awaited, sites, findings)
    return exchanges


def _follow(exchange: Exchange, entry: Entry, awaited: dict[str, Exchange], sites: Sites, findings: Findings) -> None:
    """Take an entry's response as the exchange's own, and wait for the next one where it is a redirect."""
    exchange.answer, exchange.ended_s = entry.answer, max(exchange.ended_s, entry.ended_s)
    target = entry.answer.redirect
    if entry.answer.status not in REDIRECTS or not target:
        return
    if sites.holds(target):
        awaited[target] = exchange
        return
    exchange.max_redirects = 0
    findings.warn(
        "redirect-to-another-site",
        f"the redirect to {target.partition('?')[0]} is not followed, since that is another site",
        entry.origin,
        "what that site would do, a single sign-on for example, has to be done in another way",
    )
