"""What follows the response of a page: all that it embeds, in parallel, wave after wave.

page ──▶ images, scripts, style sheets, frames      one wave: so many at a time to one host
                     │             └──▶ what frames embed
                     └──▶ what style sheets refer to
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from penstock.script import binding
from penstock.script.operations import PARALLEL, REQUEST, Handling, RequestOptions
from penstock.script.pages.cache import Cache, Entry, conditions
from penstock.script.pages.references import Reference, of_css, of_html

Operation = tuple[Any, ...]

MOST_WAVES = 8
"""How deep style sheets and frames may lead: those that lead to each other must not go on for ever."""

MOST_EMBEDDED = 1_000
"""Dependents of one page."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """How a page is made complete; see `penstock.model.Page`.

    `recorded` are request operations that belong to it besides, each with whether the browser's cache may answer it.
    """

    parses: bool = True
    uses_cache: bool = True
    connections_per_host: int | None = None
    forgives: bool = False
    recorded: tuple[tuple[Operation, bool], ...] = ()
    only: re.Pattern[str] | None = None
    without: re.Pattern[str] | None = None

    def wants(self, url: str) -> bool:
        """Whether a URL that was found by parsing is fetched."""
        if self.only is not None and self.only.fullmatch(url) is None:
            return False
        return self.without is None or self.without.fullmatch(url) is None


class Wanted(NamedTuple):
    """A dependent that is asked for. `known`: what the cache has of it, which must be validated."""

    operation: Operation
    is_cacheable: bool
    is_parsed: bool
    known: Entry | None = None

    @property
    def url(self) -> str:
        """What is asked."""
        url: str = self.operation[2]
        return url


def name_of(operation: Operation) -> str:
    """Return what the page of a request is called, and the request itself where it has no name."""
    name: str | None = operation[3]
    return name or f"{operation[1]} {urlsplit(operation[2]).path or '/'}"


def ask(operation: Operation, *, uses_cache: bool) -> Generator[Operation, Any, Any]:
    """Ask for a page itself; with `uses_cache` it may come whole out of the user's browser cache."""
    if not uses_cache or operation[1] != "GET":
        return (yield operation)
    cache, url = Cache(binding.recorder.user().browser), operation[2]
    fresh = cache.fresh(url)
    if fresh is not None and fresh.response is not None:
        binding.recorder.count_cached(name_of(operation))
        return fresh.response
    known = cache.stale(url)
    known = known if known is not None and known.response is not None else None
    response = yield _with_headers(operation, conditions(known))
    if response.ok:
        cache.store(url, response, whole=True)
    return known.response if response.status == 304 and known is not None else response


def complete(page: Any, embedding: Embedding) -> Generator[Operation, Any, None]:
    """Fetch what a page embeds, and what belongs to it besides; each URL once."""
    cache = Cache(binding.recorder.user().browser)
    wave = [
        Wanted(operation, uses_cache and operation[1] == "GET", is_parsed=False)
        for operation, uses_cache in embedding.recorded
    ]
    seen = {page.url, *(wanted.url for wanted in wave)}
    found = _found_in(page) if embedding.parses else ()
    for _ in range(MOST_WAVES):
        for one in dict.fromkeys(found):
            if one.url not in seen and len(seen) <= MOST_EMBEDDED and embedding.wants(one.url):
                seen.add(one.url)
                wave.append(_wanted(one, page.url, embedding))
        if not wave:
            return
        found = yield from _fetch(wave, embedding.connections_per_host, cache)
        wave = []


def _wanted(reference: Reference, referer: str, embedding: Embedding) -> Wanted:
    handling = Handling(False, embedding.forgives, not reference.may_refer, None)
    options = None if handling == Handling() else RequestOptions(handling=handling)
    operation = (REQUEST, "GET", reference.url, None, (("Referer", referer),), None, options)
    return Wanted(operation, embedding.uses_cache, is_parsed=reference.may_refer)


def _fetch(
    wave: list[Wanted], connections_per_host: int | None, cache: Cache
) -> Generator[Operation, Any, tuple[Reference, ...]]:
    """Fetch one wave; return what it refers to in turn."""
    found: list[Reference] = []
    asked: list[Wanted] = []
    for wanted in wave:
        fresh = cache.fresh(wanted.url) if wanted.is_cacheable else None
        if fresh is not None:
            binding.recorder.count_cached(name_of(wanted.operation))
            found += fresh.references
            continue
        known = cache.stale(wanted.url) if wanted.is_cacheable else None
        asked.append(wanted._replace(operation=_with_headers(wanted.operation, conditions(known)), known=known))
    if asked:
        responses = yield (PARALLEL, tuple(wanted.operation for wanted in asked), connections_per_host, True)
        for wanted, response in zip(asked, responses, strict=True):
            found += _keep(wanted, response, cache)
    return tuple(found)


def _keep(wanted: Wanted, response: Any, cache: Cache) -> tuple[Reference, ...]:
    """Put a response into the cache; return what it refers to."""
    if not response.ok:
        return ()
    if response.status == 304 and wanted.known is not None:
        references = wanted.known.references
    else:
        references = _found_in(response) if wanted.is_parsed else ()
    if wanted.is_cacheable:
        cache.store(wanted.url, response, references)
    return references


def _with_headers(operation: Operation, more: tuple[tuple[str, str], ...]) -> Operation:
    if not more:
        return operation
    given = operation[4] or ()
    pairs = given.items() if isinstance(given, Mapping) else given
    return (*operation[:4], (*pairs, *more), *operation[5:])


def _found_in(response: Any) -> tuple[Reference, ...]:
    """Return what a response embeds: that of HTML and of style sheets is known."""
    kind, _, parameters = response.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    charset = parameters.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or None
    if kind in ("text/html", "application/xhtml+xml"):
        return of_html(response.body, response.url, charset)
    if kind == "text/css":
        return of_css(response.body, response.url, charset)
    return ()
