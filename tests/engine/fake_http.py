"""The HTTP client of the double: what becomes of a request operation when a function stands for the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

import orjson

from penstock.errors import RequestFailed
from penstock.model.retargeting import origin_of
from penstock.script.credentials import header_value
from penstock.script.operations import Credentials, Handling, RequestOptions, Until
from tests.engine.fake_cookies import Cookies

_IN_PATH = "!$%&'()*+,/:;=@[]|^~"
_IN_QUERY = "!$%&()*+,/:;=@[]|^~?{}`\\"
"""What stays as it is, by the URL standard of the WHATWG. Blanks are kept: they come from values."""

VIA = ":via"
"""Where a request says which proxy it went through; no header that can be sent has this name."""


class Said(NamedTuple):
    """A message of a WebSocket: opcode 1 is text, 2 binary."""

    opcode: int
    data: bytes


class Closing(NamedTuple):
    """The end of a WebSocket."""

    code: int
    reason: str = ""


Conversation = Callable[[Said | None], Sequence[Said | Closing]]
"""What a server says to a message; to None, when the socket is open."""


class Answer(NamedTuple):
    """What the server says; `reason` is its own phrase, `elapsed_s` how long it takes.

    One that `holds` its response never ends it, one that `breaks` closes the connection instead of answering. With a
    `conversation` a WebSocket is opened.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    reason: str | None = None
    elapsed_s: float = 0.001
    holds: bool = False
    breaks: bool = False
    conversation: Conversation | None = None


Server = Callable[[str, str, dict[str, str], bytes], Answer]
"""(method, URL, headers by lower-case name, body) → answer."""

Requests = list[tuple[str, str, dict[str, str], bytes]]


@dataclass
class FakeResponse:
    """A `penstock.script.Response`. Of `hops` it is known whether each opened a connection, and of the last one."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: str
    redirects: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    first_path: str = ""
    hops: tuple[tuple[int, bool], ...] = ()
    connects: bool = False
    events: int = 0
    error_kind: str | None = None
    error: str | None = None
    conversation: Conversation | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        if self.status == 0:
            raise RequestFailed(f"there is no response: {self.error}")
        return orjson.loads(self.body)

    def failed(self, kind: str, error: str) -> FakeResponse:
        return replace(self, error_kind=kind, error=error)


class Broken(Exception):
    """There is no answer: the server closed the connection, unless something else is said."""

    def __init__(self, kind: str = "closed", message: str = "connection closed before the response") -> None:
        super().__init__(message)
        self.kind = kind


class TooLate(Exception):
    """The user's line takes longer than the exchange may, so that the request is not even sent."""


@dataclass
class Connections:
    """What is open and idle: servers (and the proxies on the way there)."""

    idle: set[tuple[str, str]] = field(default_factory=set)


class Client:
    """The connections and the cookies of one user. Every request is noted in `requests`."""

    def __init__(
        self, settings: Mapping[str, Any], server: Server, requests: Requests, shared: Connections | None = None
    ) -> None:
        self.settings = {
            "base_url": None,
            "retarget": None,
            "target_overrides": (),
            "timeout_s": 30.0,
            "max_redirects": 10,
            "user_agent": "penstock/test",
            "accept_encoding": "gzip, deflate, br",
            "cookies": "iteration",
            "counts_redirects": False,
            "connections": "user",
            "proxy": None,
            **settings,
        }
        self.server = server
        self.requests = requests
        self.cookies = Cookies()
        self.connections = shared or Connections()
        self.browser: Mapping[str, Any] | None = None
        self.network: Mapping[str, Any] | None = None
        self.refusal: str | None = None
        self.known: dict[tuple[str, str], str] = {}
        self.connects = False
        self.left_s = 0.0

    def begin_iteration(self) -> None:
        if self.settings["cookies"] != "user":
            self.cookies.clear()
        if self.settings["connections"] == "iteration":
            self.connections.idle.clear()

    @property
    def most_per_host(self) -> int:
        """How much the user's browser has under way to one host."""
        return (self.browser and self.browser["connections_per_host"]) or 6

    def exchange(self, method: str, url: str, headers: Any, body: bytes | str | None, options: Any) -> FakeResponse:
        chosen = RequestOptions(*(options or ()))
        timeout_s = self.settings["timeout_s"] if chosen.timeout_s is None else chosen.timeout_s
        most = self.settings["max_redirects"] if chosen.max_redirects is None else chosen.max_redirects
        expected = ((200, 399),) if chosen.expected_status is None else chosen.expected_status
        handling = Handling(*(chosen.handling or ()))
        given = self._headers(headers)
        content = body.encode() if isinstance(body, str) else body
        url, userinfo = _split_userinfo(self._target(url))
        given = {"authorization": userinfo, **given} if userinfo and "authorization" not in given else given
        parts = urlsplit(url)
        response = FakeResponse(0, "", {}, b"", url, first_path=parts.path or "/")
        if (wrong := _wrong_with(url)) is not None:
            return response.failed("url", wrong)
        origin = urlsplit(url).netloc
        while True:
            self.connects, self.left_s = False, timeout_s - response.elapsed_s
            try:
                answer = self._asked_and_answered(method, url, given, content, chosen, origin)
            except (Broken, TooLate) as error:
                response = replace(response, connects=self.connects or response.connects)
                if isinstance(error, Broken):
                    return response.failed(error.kind, str(error))
                return replace(response, elapsed_s=timeout_s).failed("timeout", _in_vain(timeout_s))
            response = replace(response, connects=self.connects or response.connects)
            elapsed_s = timeout_s - self.left_s + answer.elapsed_s
            if handling.until is not None or answer.holds:
                elapsed_s, events = _read_until(answer, elapsed_s, handling.until)
                response = replace(response, events=events)
                self.connections.idle.clear()  # what was not read to its end cannot be used again
            if elapsed_s > timeout_s:
                self.connections.idle.clear()
                return replace(response, elapsed_s=timeout_s).failed("timeout", _in_vain(timeout_s))
            response = replace(response, elapsed_s=elapsed_s, url=url)
            fields = _joined(answer.headers)
            told = (value for name, value in answer.headers if name.lower() == "location")
            location = next(filter(None, told), None)
            if answer.status not in (301, 302, 303, 307, 308) or not location or len(response.redirects) >= most:
                break
            target, userinfo = _split_userinfo(urljoin(url, location))
            if answer.status < 307:
                method, content = "HEAD" if method == "HEAD" else "GET", None
                given = _without(given, "content-type", "content-length")
            if urlsplit(target).netloc != urlsplit(url).netloc:
                given = _without(given, "authorization", "cookie", "proxy-authorization", "host")
            hop = (answer.status, response.connects)
            hops, connects = ((*response.hops, hop), False) if self.settings["counts_redirects"] else ((), hop[1])
            response = replace(response, redirects=(*response.redirects, location), hops=hops, connects=connects)
            url = target
        reason = _phrase(answer.status) if answer.reason is None else answer.reason
        content = b"" if handling.discards_body else answer.body
        response = replace(response, status=answer.status, reason=reason, headers=fields, body=content)
        response.conversation = answer.conversation
        if expected and not any(least <= answer.status <= most for least, most in expected):
            if self.refusal is not None and answer.status == 401:
                return response.failed("auth", self.refusal)
            return response.failed("status", f"HTTP status {answer.status} - {_phrase(answer.status)}")
        return response

    def handshake(self, url: str, headers: Any, options: RequestOptions) -> FakeResponse:
        """Ask for a WebSocket, on a connection of its own that is never used for anything else."""
        kept, self.connections = self.connections, Connections()
        try:
            return self.exchange("GET", url, headers, None, options)
        finally:
            self.connections = kept

    def _headers(self, headers: Any) -> dict[str, str]:
        """Return the headers of a request, with those of the user's browser that it does not have."""
        pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
        own = {name.lower(): value.strip(" \t") for name, value in pairs}
        of_browser = self.browser["headers"] if self.browser else ()
        return {**{one["name"].lower(): one["value"] for one in of_browser}, **own}

    def _pass_the_line(self, ways: int, size_bytes: int = 0) -> None:
        """Let what the user's line takes go by: so many ways, and the bytes of an answer."""
        line = self.network
        if line is None:
            return
        down_s = size_bytes * 8 / (line["down_kbps"] * 1000) if line["down_kbps"] else 0.0
        self.left_s -= ways * line["latency_ms"] / 1000 + down_s

    def _asked_and_answered(
        self,
        method: str,
        url: str,
        given: Mapping[str, str],
        body: bytes | None,
        chosen: RequestOptions,
        first: str,
    ) -> Answer:
        """Ask, and answer a challenge if the request has credentials for the server that was asked first."""
        self.refusal = None
        credentials: Credentials | None = None if chosen.transport is None else chosen.transport.credentials
        if credentials is None or "authorization" in given or urlsplit(url).netloc != first:
            return self._hop(method, url, given, body, chosen)
        who = (first, credentials.user)
        said = self.known.get(who)
        answer = self._hop(method, url, {**given, "authorization": said} if said else given, body, chosen)
        if answer.status != 401 or said:
            return answer
        offers = [value for name, value in answer.headers if name.lower() == "www-authenticate"]
        if any(offer.startswith("Digest") for offer in offers):
            self.known[who] = f"Digest {credentials.user}:{credentials.password}"  # what it says is no matter here
        elif any(offer.startswith("Basic") for offer in offers) and credentials.scheme == "any":
            self.known[who] = header_value(credentials._replace(scheme="basic"))
        else:
            asked = " or ".join(offer.partition(" ")[0] for offer in offers)
            spoken = "Digest was to be spoken" if credentials.scheme == "digest" else "Digest and Basic are spoken"
            self.refusal = f"the server asks for credentials by {asked}, {spoken}" if asked else None
            return answer
        return self._hop(method, url, {**given, "authorization": self.known[who]}, body, chosen)

    def _target(self, url: str) -> str:
        url = url.lstrip("".join(map(chr, range(33))))
        path, mark, query = url.partition("#")[0].partition("?")
        url = quote(path, safe=_IN_PATH) + mark + quote(query, safe=_IN_QUERY)
        if self.settings["base_url"]:
            url = urljoin(self.settings["base_url"], url)
        target = dict(self.settings["target_overrides"]).get(origin_of(url), self.settings["retarget"])
        if target:
            parts = urlsplit(url)
            url = f"{target}{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        return url

    def _proxy(self, host: str, chosen: RequestOptions) -> str:
        """Return the proxy on the way to a host; empty: none."""
        wish, run = chosen.transport, self.settings["proxy"]
        if wish is not None and wish.proxy is not None:
            return "" if host in wish.no_proxy else wish.proxy
        return "" if run is None or host in run["no_proxy"] else run["http"] or ""

    def _hop(
        self, method: str, url: str, given: Mapping[str, str], body: bytes | None, chosen: RequestOptions
    ) -> Answer:
        parts = urlsplit(url)
        sent = {"host": parts.netloc, "user-agent": self.settings["user_agent"]}
        sent["accept-encoding"] = self.settings["accept_encoding"]
        jar = self.cookies.of(parts.hostname or "", parts.path or "/")
        if body is not None or method in ("POST", "PUT", "PATCH"):
            sent["content-length"] = str(len(body or b""))
        own = {pair.split("=")[0].strip() for pair in given.get("cookie", "").split(";")}
        jar = [pair for pair in jar if pair.split("=")[0] not in own]
        sent.update(given)
        cookies = "; ".join([*([given["cookie"]] if "cookie" in given else ()), *jar])
        if cookies:
            sent["cookie"] = cookies
        proxy = self._proxy(parts.hostname or "", chosen)
        if proxy:
            via, userinfo = _split_userinfo(proxy)
            sent[VIA] = via
            if userinfo:
                sent["proxy-authorization"] = userinfo
        answer = self._transmit(method, url, sent, body or b"", (parts.netloc, proxy), chosen)
        if method == "HEAD" or answer.status in (204, 304):
            answer = answer._replace(body=b"")
        if self.settings["cookies"] != "off":
            self.cookies.take(answer.headers, parts.hostname or "", parts.path or "/")
        return answer

    def _transmit(
        self, method: str, url: str, sent: dict[str, str], body: bytes, way: tuple[str, str], chosen: RequestOptions
    ) -> Answer:
        """Send on a connection that is open, or a new one; once more on a new one when it was closed meanwhile."""
        keeps = chosen.transport is None or chosen.transport.http_version != "1.0"
        while True:
            is_new = way not in self.connections.idle
            self.connects = self.connects or is_new
            self.connections.idle.discard(way)
            self._pass_the_line(3 if is_new else 1)
            if self.left_s < 0:
                raise TooLate
            self.requests.append((method, url, sent, body))
            answer = self.server(method, url, sent, body)
            self._pass_the_line(1, len(answer.body))
            if not answer.breaks:
                if keeps and answer.conversation is None:
                    self.connections.idle.add(way)
                return answer
            if is_new or method in ("POST", "PATCH"):
                raise Broken


def _in_vain(timeout_s: float) -> str:
    return f"no complete response within {timeout_s:g} s"


def _read_until(answer: Answer, elapsed_s: float, until: Until | None) -> tuple[float, int]:
    """Return how long a response is read (for ever, if nothing ends it), and how many events it brought."""
    if until is None:
        return float("inf"), 0
    until = Until(*until)
    events = len(re.findall(rb"(?m)^data:", answer.body))
    text = until.text.encode() if isinstance(until.text, str) else until.text
    is_enough = (until.events is not None and events >= until.events) or (text is not None and text in answer.body)
    if answer.holds and not is_enough:
        elapsed_s = float("inf") if until.seconds is None else max(until.seconds, elapsed_s)
    return elapsed_s, events


def _split_userinfo(url: str) -> tuple[str, str | None]:
    """Return a URL without `user:password@`, and what it says as a header."""
    start, slashes, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    userinfo, at, host = authority.rpartition("@")
    if not at:
        return url, None
    user, _, password = userinfo.partition(":")
    return f"{start}{slashes}{host}{slash}{path}", header_value(Credentials("basic", unquote(user), unquote(password)))


def _wrong_with(url: str) -> str | None:
    """Return why a URL cannot be asked."""
    parts = urlsplit(url)
    if not parts.scheme:
        return "a relative URL, and the run has no base URL"
    if parts.scheme not in ("http", "https"):
        return f'unsupported scheme "{parts.scheme}"; http and https are spoken'
    return None if parts.hostname else "no host in the URL"


def _without(headers: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        between = "; " if key == "set-cookie" else ", "
        joined[key] = f"{joined[key]}{between}{value}" if key in joined else value
    return joined


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unsuccessful HTTP response"
