"""Requests in the order of time: grouped by the pages that they belong to, with the user's pauses between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from penstock.importers.har.parse import Page
from penstock.importers.har.requests import Draft
from penstock.model import Group, Step, Think

_SHORTEST_S = 0.1
"""A shorter pause is the browser's, not the user's."""

_LONGEST_NAME = 100


def steps_of(drafts: Sequence[Draft], pages: Sequence[Page]) -> list[Step]:
    """Return the steps of the journey: a group for each page that the browser went to and what was asked for on it."""
    titles = _titles(drafts, pages)
    steps: list[Step] = []
    ended_s: float | None = None
    for visit in _visits(drafts):
        inside: list[Step] = []
        for draft in visit:
            pause_s = 0.0 if ended_s is None else round(draft.exchange.entry.started_s - ended_s, 3)
            if pause_s >= _SHORTEST_S:
                (inside or steps).append(Think(pause_s, pause_s, draft.request.origin))
            inside.append(draft.finished())
            ended_s = max(ended_s or 0.0, draft.ended_s)
        first = visit[0]
        if first.is_page and len(inside) > 1:
            name = titles.get(first.exchange.entry.page or "") or _title(first.exchange.entry.url)
            steps.append(Group(name, tuple(inside), first.request.origin))
        else:
            steps.extend(inside)
    return steps


def _visits(drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
    """Part the requests where the browser goes to another page."""
    visit: list[Draft] = []
    for draft in drafts:
        if visit and (draft.is_page or draft.exchange.entry.page != visit[0].exchange.entry.page):
            yield visit
            visit = []
        visit.append(draft)
    if visit:
        yield visit


def _titles(drafts: Sequence[Draft], pages: Sequence[Page]) -> dict[str, str]:
    """Return the titles of pages by their id. Some tools have one page for a whole window: that names no visit."""
    visits = Counter(draft.exchange.entry.page for draft in drafts if draft.is_page)
    return {page.id: _title(page.title) for page in pages if visits[page.id] == 1}


def _title(title: str) -> str:
    """Return the title of a page; of one that is its URL, as Chrome writes it, the path."""
    try:
        parts = urlsplit(title)
        shown = (parts.path or "/") if parts.scheme in ("http", "https") else title
    except ValueError:
        shown = title
    return " ".join(shown.split())[:_LONGEST_NAME]
