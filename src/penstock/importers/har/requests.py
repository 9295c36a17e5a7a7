"""One exchange as a request: what it sends, what is taken from its response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from penstock.importers.base import Findings
from penstock.importers.har.exchanges import Exchange
from penstock.importers.har.filling import Filling
from penstock.importers.har.headers import compile_headers, report_secrets
from penstock.importers.har.learned import Brought, Learned
from penstock.model import Body, Page, Request, StatusRange

_GOOD = StatusRange(200, 399)
_LONGEST_NAME = 100


@dataclass(slots=True)
class Draft:
    """A request before all is known that later ones take from its response."""

    exchange: Exchange
    request: Request
    brought: Brought
    embedded: list[Draft] = field(default_factory=list)

    @property
    def is_page(self) -> bool:
        """Whether the browser showed it as a page."""
        return self.exchange.entry.kind == "document"

    @property
    def ended_s(self) -> float:
        """When the last byte of it came, and of all that belongs to it."""
        return max(self.exchange.ended_s, *(each.ended_s for each in self.embedded), 0.0)

    def finished(self) -> Request:
        """Return the request as it is in the end."""
        recorded = tuple(each.finished() for each in self.embedded)
        return replace(
            self.request,
            extracts=self.brought.sets,
            checks=self.brought.checks,
            page=Page(parses=False, recorded=recorded) if recorded else None,
        )


class Requests:
    """Makes the requests of a recording, in their order."""

    def __init__(self, given: Mapping[str, str], findings: Findings) -> None:
        self._findings = findings
        self._learned = Learned()
        self._learned.reserve(iter(given))
        self._filling = Filling(self._learned, given)

    @property
    def used(self) -> set[str]:
        """The names of given parameters that a request sends."""
        return self._filling.used

    def draft(self, exchange: Exchange) -> Draft:
        """Return a request with what its page embeds, and take note of what its response brings."""
        draft = self._draft(exchange)
        embedded = [self._draft(each, uses_cache=True) for each in exchange.embedded]
        self._learned.bring(exchange.answer, draft.brought)
        draft.embedded.extend(embedded)
        return draft

    def _draft(self, exchange: Exchange, *, uses_cache: bool = False) -> Draft:
        entry = exchange.entry
        url, path = self._filling.url(entry.url)
        headers = compile_headers(entry, self._filling, self._findings)
        report_secrets(entry, headers, self._findings)
        request = Request(
            name=f"{entry.method} {path}"[:_LONGEST_NAME],
            method=entry.method,
            url=url,
            origin=entry.origin,
            headers=headers,
            body=self._body(exchange),
            expected_status=self._expected(exchange),
            max_redirects=exchange.max_redirects,
            uses_cache=uses_cache,
        )
        return Draft(exchange, request, Brought(entry.origin))

    def _body(self, exchange: Exchange) -> Body | None:
        posted = exchange.entry.posted
        if posted is None:
            return None
        body = self._filling.body(posted)
        if posted.has_files:
            message = "browsers do not record the content of files that are uploaded"
            advice = "write the upload in a flow.py (penstock convert makes one of the recording)"
            self._findings.warn("missing-file", message, posted.origin, advice)
        elif body is None and (posted.media_type or posted.fields):
            message = "the body was not recorded; the request is sent without"
            self._findings.warn("missing-body", message, posted.origin, effect="dropped")
        return body

    def _expected(self, exchange: Exchange) -> tuple[StatusRange, ...]:
        status = exchange.answer.status
        if 200 <= status <= 399:
            return (_GOOD,)
        message = f"the server answered with {status} when this was recorded; that is taken as right"
        self._findings.note("recorded-failure", message, exchange.entry.origin, effect="needs attention")
        return (_GOOD, StatusRange(status, status))
