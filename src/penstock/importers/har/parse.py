"""The recording as it is: its pages and entries in the order of time, nothing of it changed.

The format is HAR 1.2 with what browsers add to it (`_resourceType`, `encoding` of a posted text). Firefox, Safari and
proxies leave out what Chrome writes and the other way round: whatever is missing is guessed from what is there.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag, urljoin

from penstock.importers.base import Findings, invalid
from penstock.importers.document import Node
from penstock.importers.jsonfile import looks_like_json, read_json
from penstock.model import Origin

_ROOT = re.compile(rb'"log"\s*:\s*\{')
_TEXTUAL = re.compile(r"^(?:text/|application/(?:[\w.+-]*\+)?(?:json|xml|xhtml\+xml|javascript))", re.IGNORECASE)
_KINDS = (
    ("document", re.compile(r"^(?:text/html|application/xhtml\+xml)", re.IGNORECASE)),
    ("stylesheet", re.compile(r"^text/css", re.IGNORECASE)),
    ("script", re.compile(r"javascript|ecmascript", re.IGNORECASE)),
    ("image", re.compile(r"^image/", re.IGNORECASE)),
    ("font", re.compile(r"^(?:font/|application/(?:x-)?font)", re.IGNORECASE)),
    ("media", re.compile(r"^(?:audio|video)/", re.IGNORECASE)),
)
FRAME = "frame"
_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_OTHER_WORDS = {
    "css": "stylesheet",
    "style": "stylesheet",
    "img": "image",
    "audio": "media",
    "video": "media",
    "track": "media",
    "iframe": FRAME,
    "subdocument": FRAME,
    "sub_frame": FRAME,
    "main_frame": "document",
    "xmlhttprequest": "xhr",
}
"""The words of Firefox, Safari and of the header Sec-Fetch-Dest, as Chrome's."""

_LARGEST_NUMBER = 1e12
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser went to: the title of its window, or the URL."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A request body: its bytes where they were recorded, else the fields that a form had."""

    media_type: str
    content: bytes | None
    text: str | None
    fields: tuple[tuple[str, str], ...]
    has_files: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; `text` is None where the recording does not hold it, or where it is no text."""

    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str
    text: str | None
    redirect: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its response; times are seconds since the epoch."""

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    version: str
    posted: Posted | None
    answer: Answer
    kind: str
    page: str | None
    started_s: float
    ended_s: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class Recording:
    """All of it, entries in the order in which they were sent."""

    pages: tuple[Page, ...]
    entries: tuple[Entry, ...]
    origin: Origin


def recognises(content: bytes) -> bool:
    """Whether a file is a recording: JSON with a `log` that has entries."""
    return looks_like_json(content) and _ROOT.search(content, 0, 4096) is not None and b'"entries"' in content


def parse(content: bytes, name: str, findings: Findings) -> Recording:
    """Return the recording. An entry that cannot be read is a finding, and left out.

    Raises `InvalidInput` for what is no recording at all, `UnreadableFile` for what is no text.
    """
    reader = _Reader(findings)
    log = reader.member(read_json(content, name, findings), "log")
    listed = reader.member(log, "entries")
    if log is None or listed is None or not isinstance(listed.value, list):
        raise invalid(
            Origin(name), "this is no recording: it has no log.entries; save it anew from the browser's tools"
        )
    pages = reader.member(log, "pages")
    entries = [entry for node in listed.value if (entry := reader.entry(node)) is not None]
    return Recording(
        tuple(reader.page(node) for node in (pages.value if pages and isinstance(pages.value, list) else [])),
        tuple(sorted(entries, key=lambda entry: entry.started_s)),
        listed.origin,
    )


class _Reader:
    """Takes values by their key; whatever has another type than it should counts as missing."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def member(self, node: Node | None, key: str) -> Node | None:
        return node.value.get(key) if node is not None and isinstance(node.value, dict) else None

    def text(self, node: Node | None, key: str) -> str:
        member = self.member(node, key)
        return member.value if member is not None and isinstance(member.value, str) else ""

    def number(self, node: Node | None, key: str) -> float:
        member = self.member(node, key)
        value: Any = None if member is None else member.value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number and abs(value) < _LARGEST_NUMBER else 0.0

    def pairs(self, node: Node | None, key: str) -> tuple[tuple[str, str], ...]:
        member = self.member(node, key)
        items = member.value if member is not None and isinstance(member.value, list) else []
        return tuple((name, self.text(item, "value")) for item in items if (name := self.text(item, "name")))

    def page(self, node: Node) -> Page:
        return Page(self.text(node, "id"), self.text(node, "title"))

    def entry(self, node: Node) -> Entry | None:
        request, response = self.member(node, "request"), self.member(node, "response")
        url = self.text(request, "url").partition("#")[0]
        started_s = _seconds(self.text(node, "startedDateTime"))
        missing = "request.url" if not url else "startedDateTime" if started_s is None else None
        if missing is not None or started_s is None:
            message = f"the entry has no {missing} that can be read and is left out"
            self._findings.warn("unreadable-entry", message, node.origin, effect="dropped")
            return None
        answer, headers = self._answer(response, url), self.pairs(request, "headers")
        return Entry(
            url=url,
            method=self.text(request, "method").upper() or "GET",
            headers=headers,
            version=self.text(request, "httpVersion").lower(),
            posted=self._posted(self.member(request, "postData")),
            answer=answer,
            kind=_kind(self.text(node, "_resourceType"), _header(headers, "sec-fetch-dest"), answer.media_type),
            page=self.text(node, "pageref") or None,
            started_s=started_s,
            ended_s=started_s + max(0.0, self.number(node, "time")) / 1000,
            origin=node.origin,
        )

    def _answer(self, node: Node | None, url: str) -> Answer:
        content = self.member(node, "content")
        headers = self.pairs(node, "headers")
        media_type = self.text(content, "mimeType")
        text = self.member(content, "text")
        held = text.value if text is not None and isinstance(text.value, str) else None
        if held is not None and self.text(content, "encoding") == "base64":
            raw = _decoded(held) if _TEXTUAL.match(media_type) else None
            held = None if raw is None else raw.decode("utf-8", "replace")
        target = self.text(node, "redirectURL") or _header(headers, "location")
        return Answer(
            status=int(self.number(node, "status")),
            headers=headers,
            media_type=media_type,
            text=held,
            redirect=_joined(url, target),
        )

    def _posted(self, node: Node | None) -> Posted | None:
        if node is None or not isinstance(node.value, dict):
            return None
        member = self.member(node, "text")
        text = member.value if member is not None and isinstance(member.value, str) else None
        content = None if text is None else text.encode("utf-8", "replace")
        if text is not None and "base64" in (self.text(node, "encoding"), self.text(node, "_encoding")):
            content, text = _decoded(text), None
        params = self.member(node, "params")
        listed = params.value if params is not None and isinstance(params.value, list) else []
        return Posted(
            media_type=self.text(node, "mimeType"),
            content=content,
            text=text,
            fields=self.pairs(node, "params"),
            has_files=any(self.text(each, "fileName") for each in listed),
            origin=node.origin,
        )


def _seconds(written: str) -> float | None:
    try:
        return datetime.fromisoformat(written).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return None


def _joined(url: str, target: str) -> str:
    try:
        return urldefrag(urljoin(url, target)).url if target else ""
    except ValueError:
        return ""


def _header(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for each, value in headers if each.lower() == name), "")


def _kind(said: str, destination: str, media_type: str) -> str:
    """Return what asked: by the browser's own word, by what it told the server, or by the type that came back."""
    if destination.lower() in _FRAMES:
        return FRAME
    word = said.lower() or destination.lower()
    if word and word != "empty":
        return _OTHER_WORDS.get(word, word)
    return next((kind for kind, pattern in _KINDS if not destination and pattern.search(media_type)), "fetch")
