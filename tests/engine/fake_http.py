"""The HTTP client of the fake loop: what becomes of a request operation when a function stands for the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import orjson

from penstock.errors import RequestFailed
from penstock.model.retargeting import origin_of
from penstock.script.credentials import header_value
from penstock.script.operations import RequestOptions

_IN_PATH = "!$%&'()*+,/:;=@[]|^~"
_IN_QUERY = "!$%&()*+,/:;=@[]|^~?{}`\\"
"""What stays as it is, by the URL standard of the WHATWG. Blanks are kept: they come from values."""


class Answer(NamedTuple):
    """What the server says; `reason` is its own phrase, `elapsed_s` how long it takes."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    reason: str | None = None
    elapsed_s: float = 0.001


Server = Callable[[str, str, dict[str, str], bytes], Answer]
"""(method, URL, headers by lower-case name, body) → answer."""


@dataclass
class FakeResponse:
    """A `penstock.script.Response`."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: str
    redirects: tuple[str, ...]
    elapsed_s: float
    first_path: str
    hops: tuple[int, ...] = ()
    error_kind: str | None = None
    error: str | None = None

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


class Client:
    """The connections and the cookies of one user. Every request is noted in `requests`."""

    def __init__(
        self, settings: Mapping[str, Any], server: Server, requests: list[tuple[str, str, dict[str, str], bytes]]
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
            **settings,
        }
        self.server = server
        self.requests = requests
        self.cookies: dict[tuple[str, str], str] = {}
        self.refusal: str | None = None
        self.known: dict[tuple[str, str], str] = {}

    def begin_iteration(self) -> None:
        if self.settings["cookies"] != "user":
            self.cookies.clear()

    def cookie_lines(self) -> tuple[str, ...]:
        """Return the cookies as the loop tells them; this client only knows those of one host."""
        return tuple(f"{host}\thost\t/\tany\t\t{name}\t{value}" for (host, name), value in self.cookies.items())

    def set_cookies(self, lines: tuple[str, ...]) -> None:
        """Put others in their place."""
        self.cookies.clear()
        for line in lines:
            host, *_, name, value = line.split("\t")
            self.cookies[host, name] = value

    def exchange(self, method: str, url: str, headers: Any, body: bytes | str | None, options: Any) -> FakeResponse:
        chosen = RequestOptions(*(options or ()))
        timeout_s = self.settings["timeout_s"] if chosen.timeout_s is None else chosen.timeout_s
        most = self.settings["max_redirects"] if chosen.max_redirects is None else chosen.max_redirects
        expected = ((200, 399),) if chosen.expected_status is None else chosen.expected_status
        pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
        given = {name.lower(): value.strip(" \t") for name, value in pairs}
        content = body.encode() if isinstance(body, str) else body
        url = self._target(url)
        parts = urlsplit(url)
        response = FakeResponse(0, "", {}, b"", url, (), 0.0, parts.path or "/")
        if (wrong := _wrong_with(url)) is not None:
            return replace(response, error_kind="url", error=wrong)
        origin = urlsplit(url).netloc
        while True:
            answer = self._asked_and_answered(method, url, given, content, chosen, origin)
            elapsed_s = response.elapsed_s + answer.elapsed_s
            if elapsed_s > timeout_s:
                text = f"Timeout of {round(timeout_s * 1000)}ms exceeded"
                return replace(response, elapsed_s=timeout_s, error_kind="timeout", error=text)
            response = replace(response, elapsed_s=elapsed_s, url=url)
            fields = _joined(answer.headers)
            location = fields.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location or len(response.redirects) >= most:
                break
            target = urljoin(url, location)
            if answer.status < 307:
                method, content = "HEAD" if method == "HEAD" else "GET", None
                given = _without(given, "content-type", "content-length")
            if urlsplit(target).netloc != urlsplit(url).netloc:
                given = _without(given, "authorization", "cookie")
            response = replace(
                response, redirects=(*response.redirects, location), hops=(*response.hops, answer.status)
            )
            url = target
        reason = _phrase(answer.status) if answer.reason is None else answer.reason
        response = replace(response, status=answer.status, reason=reason, headers=fields, body=answer.body)
        if expected and not any(least <= answer.status <= most for least, most in expected):
            if self.refusal is not None and answer.status == 401:
                return replace(response, error_kind="auth", error=self.refusal)
            text = f"HTTP status {answer.status} - {_phrase(answer.status)}"
            return replace(response, error_kind="status", error=text)
        return response

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
        credentials = None if chosen.transport is None else chosen.transport.credentials
        if credentials is None or "authorization" in given or urlsplit(url).netloc != first:
            return self._hop(method, url, given, body)
        who = (first, credentials.user)
        said = self.known.get(who)
        answer = self._hop(method, url, {**given, "authorization": said} if said else given, body)
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
        return self._hop(method, url, {**given, "authorization": self.known[who]}, body)

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

    def _hop(self, method: str, url: str, given: Mapping[str, str], body: bytes | None) -> Answer:
        parts = urlsplit(url)
        sent = {"host": parts.netloc, "user-agent": self.settings["user_agent"]}
        sent["accept-encoding"] = self.settings["accept_encoding"]
        jar = [f"{name}={value}" for (host, name), value in self.cookies.items() if host == parts.hostname]
        if jar:
            sent["cookie"] = "; ".join(jar)
        if body is not None or method in ("POST", "PUT", "PATCH"):
            sent["content-length"] = str(len(body or b""))
        own = {pair.split("=")[0].strip() for pair in given.get("cookie", "").split(";")}
        sent.update(given)
        if "cookie" in given:
            jar = [pair for pair in jar if pair.split("=")[0] not in own]
            sent["cookie"] = "; ".join([given["cookie"], *jar])
        self.requests.append((method, url, sent, body or b""))
        answer = self.server(method, url, sent, body or b"")
        if method == "HEAD" or answer.status in (204, 304):
            answer = answer._replace(body=b"")
        if self.settings["cookies"] != "off":
            for name, value in answer.headers:
                if name.lower() == "set-cookie":
                    key, _, kept = value.partition(";")[0].partition("=")
                    self.cookies[parts.hostname or "", key.strip()] = kept.strip()
        return answer


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
