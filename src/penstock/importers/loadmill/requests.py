"""One request: what is sent, what is taken, what must hold."""

from __future__ import annotations

import re

from penstock.importers.document import Node
from penstock.importers.loadmill.bodies import compile_body
from penstock.importers.loadmill.checks import compile_check, compile_checks
from penstock.importers.loadmill.headers import compile_headers, merge_headers
from penstock.importers.loadmill.queries import compile_extracts
from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.scripts import compile_script
from penstock.importers.loadmill.texts import Texts
from penstock.model import Credentials, Examine, Header, Hole, HttpVersion, Origin, Poll, Request, StatusRange, Text

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_STATUSES: dict[str, tuple[StatusRange, ...]] = {
    # 101 counts as a success too, but only answers an upgrade, which no request of this kind asks for.
    "SUCCESS": (StatusRange(200, 399),),
    "ERROR": (StatusRange(400, 599),),
    "ANY": (),
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST = re.compile(r"(?:https?://)?(?:[^/?#@]*@)?([^/?#:\s]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?=[/?#]|$)", re.IGNORECASE)
_OTHER_PROTOCOLS = {"grpc": "gRPC"}
_VERSIONS: dict[str, HttpVersion] = {"HTTP/1.1": "1.1", "HTTP/2.0": "2"}
_LOOP_KEYS = frozenset({"assert", "iterations", "wait"})
_MOST_ROUNDS = 100
_ROUND_WAIT_MS = 1000.0
_LONGEST_URL = 100


class Requests:
    """Compiles requests with what the configuration says for all of them.

    Its headers override those of the requests of the flow itself, not of what logs in and prepares.
    """

    def __init__(self, texts: Texts, credentials: Credentials | None, headers: tuple[Header, ...]) -> None:
        self.texts = texts
        self._credentials = credentials
        self._headers = headers
        self._names: set[str] = set()

    def compile(self, members: Members, origin: Origin, *, is_own: bool = True) -> Request:
        """Return the request; what it cannot say is a finding."""
        reader = self.texts.reader
        url = self._url(members.get("url"), origin)
        method = self._method(members)
        loop = members.get("loop")
        timeout_ms = reader.number(members.get("timeout")) or None
        reader.limit(members.get("timeout"), timeout_ms, 100, 360_000)
        return Request(
            name=self.name(reader.text(members.get("description")), method, url),
            method=method,
            url=url,
            origin=origin,
            headers=merge_headers(compile_headers(members.get("headers"), self.texts), self._headers if is_own else ()),
            body=compile_body(members, self.texts),
            credentials=self._credentials,
            http_version=self._http_version(members.get("httpVersion")),
            expected_status=self._expected_status(members.get("expectedStatus")),
            timeout_s=None if timeout_ms is None else timeout_ms / 1000,
            max_redirects=0 if reader.flag(members.get("noRedirects")) else None,
            extracts=compile_extracts(members.get("extract"), self.texts),
            checks=compile_checks(members.get("assert"), self.texts),
            script=compile_script(members.get("postScript"), self.texts),
            poll=None if loop is None or loop.value in (None, "") else self._poll(loop),
        )

    def _url(self, node: Node | None, origin: Origin) -> Text:
        text = self.texts.of(node)
        if text is None or node is None or not text.source.strip():
            self.texts.findings.error("missing-url", "url: Required", origin)
            return Text()
        start = text.parts[0]
        if isinstance(start, Hole):
            return text
        scheme = _SCHEME.match(start)
        protocol = scheme[1].lower() if scheme else "http"
        if protocol in _OTHER_PROTOCOLS:
            message = f"{_OTHER_PROTOCOLS[protocol]} requests are not available yet"
            self.texts.findings.error("not-available", message, node.origin)
        elif protocol not in ("http", "https"):
            message = f"Invalid URL: the protocol {protocol} is not known"
            self.texts.findings.error("invalid-url", message, node.origin)
        elif start.startswith("/") or (scheme is not None and start[scheme.end() :].startswith("/")):
            message = "Missing protocol or host name"
            advice = "write the whole URL; --base-url can replace its host for a run"
            self.texts.findings.error("missing-host", message, node.origin, advice)
        elif not text.holes and not _HOST.match(start):
            self.texts.findings.error("invalid-url", "Invalid URL", node.origin)
        return text

    def _method(self, members: Members) -> str:
        node = members.get("method")
        method = self.texts.reader.text(node) or "GET"
        if node is not None and method not in METHODS:
            message = f"Not a valid HTTP method: {method!r}"
            self.texts.findings.error("invalid-method", message, node.origin, f"known are {', '.join(METHODS)}")
        if "graphqlPostData" in members and method == "GET":
            return "POST"
        return method

    def _http_version(self, node: Node | None) -> HttpVersion | None:
        word = self.texts.reader.text(node)
        if not word or node is None:
            return None
        if word not in _VERSIONS:
            message = f"{word!r} is no version of HTTP"
            self.texts.findings.error("invalid-value", message, node.origin, f"known are {', '.join(_VERSIONS)}")
        return _VERSIONS.get(word)

    def _expected_status(self, node: Node | None) -> tuple[StatusRange, ...]:
        word = self.texts.reader.text(node) or "SUCCESS"
        if word not in _STATUSES and node is not None:
            message = f"Not a valid HTTP response status option: {word!r}"
            self.texts.findings.error("invalid-value", message, node.origin, f"known are {', '.join(_STATUSES)}")
        return _STATUSES.get(word, _STATUSES["SUCCESS"])

    def _poll(self, node: Node) -> Poll | None:
        reader = self.texts.reader
        members = reader.members(node)
        for key in members.keys() - _LOOP_KEYS:
            self.texts.findings.note("unknown-key", "the key is not known and has no effect", members[key].origin)
        condition = members.get("assert")
        if condition is None:
            self.texts.findings.error("invalid-value", "loop assert: Required", node.origin)
            return None
        until = compile_check(condition, self.texts)
        iterations = members.get("iterations")
        rounds = reader.number(iterations) or 1
        if rounds > _MOST_ROUNDS and iterations is not None:
            message = f"the loop is cut to {_MOST_ROUNDS} iterations, as it is by the vendor"
            self.texts.findings.warn("loop-cut", message, iterations.origin)
        wait_ms = reader.number(members.get("wait")) or _ROUND_WAIT_MS
        reader.limit(members.get("wait"), wait_ms, 500, 120_000)
        return None if until is None else Poll(until, int(min(rounds, _MOST_ROUNDS)), wait_ms / 1000)

    def examine(self, members: Members, origin: Origin) -> Examine:
        """Return a step that extracts from the response before it and judges what was extracted."""
        description = self.texts.reader.text(members.get("description"))
        return Examine(
            name=self.name(description or "Extract and assert", "", Text()),
            origin=origin,
            extracts=compile_extracts(members.get("extract"), self.texts),
            checks=compile_checks(members.get("assert"), self.texts),
            script=compile_script(members.get("postScript"), self.texts),
        )

    def name(self, description: str | None, method: str, url: Text) -> str:
        """Return a name of its own for the request: requests are told apart by their place, so names must differ."""
        name = (description or "").strip() or f"{method} {path_of(url)}"
        unique, number = name, 2
        while unique in self._names:
            unique, number = f"{name} ({number})", number + 1
        self._names.add(unique)
        return unique


def path_of(url: Text) -> str:
    """Return the path of a URL as it is written, without host and query; a URL that is one usage stays whole."""
    masked = "".join("\0" if isinstance(part, Hole) else part for part in url.parts)
    scheme = re.match(r"[^/?#]*://", masked)
    start = scheme.end() if scheme else 0
    slash = masked.find("/", start)
    end = min((at for mark in "?#" if (at := masked.find(mark, start)) >= 0), default=len(masked))
    holes = iter(url.holes)
    filled = [
        "".join(next(holes).source if character == "\0" else character for character in piece)
        for piece in (masked[: max(slash, 0)], masked[max(slash, 0) : end])
    ]
    if slash < 0 or slash > end:
        return filled[1] if masked.startswith("\0") else "/"
    return filled[1][:_LONGEST_URL]
