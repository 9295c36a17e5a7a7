"""HTTP requests of journeys: `await http.get(url)` and its siblings."""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Iterable, Mapping
from types import CoroutineType, coroutine
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson

from penstock.script import binding
from penstock.script.credentials import authorization
from penstock.script.operations import (
    PARALLEL,
    REQUEST,
    STREAM_HEADERS,
    STREAM_VERSION,
    Credentials,
    Handling,
    Headers,
    RequestOptions,
    Transport,
    Until,
    perform,
)
from penstock.script.uploads import Upload, multipart


class Response(Protocol):
    """The response to a request. A failed request also gives one, with `error` set: nothing is raised."""

    @property
    def status(self) -> int:
        """HTTP status, also of a request that failed by it; 0 if no complete response came."""

    @property
    def reason(self) -> str:
        """The server's phrase for the status, such as `Not Found`; may be empty."""

    @property
    def ok(self) -> bool:
        """Whether the request succeeded: a complete response with an expected status. Checks do not change it."""

    @property
    def error(self) -> str | None:
        """Why the request failed, in words; None if it did not."""

    @property
    def error_kind(self) -> str | None:
        """The kind of failure (docs/guide/http.md lists them), such as `timeout` or `status`; else None."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers by lower-case name. Repeated ones are joined by `, ` (`set-cookie` by `; `)."""

    @property
    def body(self) -> bytes:
        """The body, decompressed. Empty if no complete response came, and with `discard`."""

    @property
    def text(self) -> str:
        """The body as text, in the charset of its content type, else UTF-8 with replacement characters."""

    @property
    def url(self) -> str:
        """The last URL requested, after redirects."""

    @property
    def redirects(self) -> tuple[str, ...]:
        """The targets of the redirects that were followed, in order, as the servers wrote them."""

    @property
    def elapsed_s(self) -> float:
        """Service latency: seconds from the first byte sent to the last byte received, redirects included."""

    def json(self) -> Any:
        """Return the body parsed as JSON.

        Raises `RequestFailed` if no complete response came, `ValueError` if the body is not JSON.
        """


def _options(
    timeout: float | None,
    redirects: int | None,
    expect: int | Iterable[int] | str | None,
    transport: Transport | None,
    handling: Handling | None = None,
    tags: tuple[str, ...] | None = None,
) -> RequestOptions | None:
    if all(given is None for given in (timeout, redirects, expect, transport, handling, tags)):
        return None
    ranges: tuple[tuple[int, int], ...] | None = None
    if expect is None:
        pass
    elif expect == "any":
        ranges = ()
    elif isinstance(expect, int):
        ranges = ((expect, expect),)
    elif isinstance(expect, str):
        raise ValueError(f"expect={expect!r}: give a status, several statuses, or 'any'")
    else:
        ranges = tuple((status, status) for status in expect)
    if isinstance(tags, str):
        raise TypeError(f"tags={tags!r}: give a tuple of strings, like ({tags!r},)")
    return RequestOptions(timeout, redirects, ranges, transport, handling, tags and tuple(tags))


def _transport(
    auth: Credentials | None, proxy: str | None, http_version: str | None, certificate: str | None
) -> Transport | None:
    if certificate is not None:
        certificate = binding.beside(certificate)
    given = Transport(auth, proxy, (), http_version, certificate)
    return None if given == Transport() else given


@coroutine
def _steps(steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Make operations, handed over one by one, something to await."""
    return (yield from steps)


def _operation(request: object) -> Any:
    """Return what a request would hand over if it were awaited."""
    operation = None
    if isinstance(request, CoroutineType) and request.cr_code is perform.__code__:
        operation = request.send(None)
    if operation is None or operation[0] != REQUEST:
        raise TypeError("http.parallel takes requests that are not awaited, such as http.get(...), and nothing else")
    return operation


class Http:
    """Requests of the current user, on its connections and with its cookies."""

    __slots__ = ()

    def request(
        self,
        method: str,
        url: str,
        *,
        name: str | None = None,
        headers: Headers | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        body: bytes | str | None = None,
        files: Mapping[str, Upload | bytes] | None = None,
        discard: bool = False,
        timeout: float | None = None,
        redirects: int | None = None,
        expect: int | Iterable[int] | str | None = None,
        auth: Credentials | tuple[str, str] | None = None,
        proxy: str | None = None,
        http_version: str | None = None,
        certificate: str | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> Awaitable[Response]:
        """Send a request; await it for its `Response`.

        `url` may be relative to the base URL of the run. `name` is the row in the results (by default `GET /path`);
        give one where the URL contains ids. `params` are added to its query.

        The body is one of `json`, `form` (URL-encoded) and `body`. With `files`, such as
        `{"photo": upload("photo.jpg")}`, it is a multipart form with the fields of `form`.

        `timeout` is seconds for the whole request (by default 30), `redirects` how many to follow (10), and `expect`
        the statuses that count as success: one, several, or `"any"` (by default 200 to 399). With `discard` the body of
        the response is read and counted, but not kept.

        `auth` is `basic(user, password)`, `digest(user, password)`, `bearer(token)`, or a pair of user and password
        that answers a challenge by Digest or Basic. `proxy` is the URL of a proxy (empty: none). `http_version` is
        `auto`, `1.0`, `1.1`, `2` or `2-prior-knowledge`. `certificate` is a PEM file with the client's certificate
        chain and key, relative to the flow.py. The run's own settings apply to whatever is not given.

        The request also counts under each of its `tags`, for thresholds like `p95[tag:pay] < 1s`.

        Raises `ValueError` for more than one body and for an `expect` that is not understood, `TypeError` for `tags`
        that are no tuple.
        """
        if auth is not None:
            headers, auth = authorization(auth, headers)
        transport = _transport(auth, proxy, http_version, certificate)
        if params:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(params, doseq=True)}"
        if files is not None:
            if json is not None or body is not None:
                raise ValueError("files go with form alone, not with json or body")
            kind, body = multipart(form or {}, files)
            pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers or ())
            headers = (*(pair for pair in pairs if pair[0].lower() != "content-type"), ("Content-Type", kind))
        elif json is not None or form is not None:
            if (json is not None) + (form is not None) + (body is not None) > 1:
                raise ValueError("give only one of json, form and body")
            kind = "application/json" if json is not None else "application/x-www-form-urlencoded"
            pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers or ())
            if not any(key.lower() == "content-type" for key, _ in pairs):
                headers = (*pairs, ("Content-Type", kind))
            body = orjson.dumps(json) if json is not None else urlencode(form or {}, doseq=True)
        options = _options(
            timeout, redirects, expect, transport, Handling(discards_body=True) if discard else None, tags
        )
        return perform((REQUEST, method, url, name, headers, body, options))

    def stream(
        self,
        url: str,
        *,
        method: str = "GET",
        events: int | None = None,
        text: str | None = None,
        seconds: float | None = None,
        name: str | None = None,
        headers: Headers | None = None,
        body: bytes | str | None = None,
        timeout: float | None = None,
    ) -> Awaitable[Response]:
        """Read a response until so many server-sent `events` or a `text` arrived, or for so many `seconds`.

        The first of these ends the stream, and so does the end of the response; each is success. `events(response)`
        returns the events. The time to the first event has a row of its own, `NAME (first event)`. Streams are
        requested by HTTP/1.1 and uncompressed. The request fails after `timeout` seconds if none of them happened (by
        default as for requests, with `seconds` 30 s later).
        """
        pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers or ())
        given = {key.lower() for key, _ in pairs}
        pairs = (*pairs, *(pair for pair in STREAM_HEADERS if pair[0].lower() not in given))
        if timeout is None and seconds is not None:
            timeout = seconds + 30
        transport = Transport(http_version=STREAM_VERSION)
        options = _options(timeout, None, None, transport, Handling(until=Until(events, text, seconds)))
        return perform((REQUEST, method, url, name, pairs, body, options))

    async def parallel(
        self, requests: Iterable[Awaitable[Response]], *, connections_per_host: int | None = None
    ) -> list[Response]:
        """Send several requests at once; returns the responses in the order of the requests.

        Do not await the requests themselves: `await http.parallel([http.get("/a"), http.get("/b")])`. At most
        `connections_per_host` run at a time per host (by default as the user's browser, else 6). Each counts under its
        own name. Until the next await, `check(..., response=...)` says which of them is judged. Raises `TypeError` for
        anything but requests.
        """
        given = tuple(requests)
        try:
            operations = tuple(_operation(request) for request in given)
        except BaseException:
            for request in given:
                if isinstance(request, CoroutineType):
                    request.close()  # it is not forgotten: it cannot be awaited any more
            raise
        responses: list[Response] = await perform((PARALLEL, operations, connections_per_host, False))
        return responses

    async def page(
        self,
        url: str,
        *,
        name: str | None = None,
        also: Iterable[Awaitable[Response]] = (),
        parse: bool = True,
        cache: bool = True,
        forgive: bool = False,
        connections_per_host: int | None = None,
        **options: Any,
    ) -> Response:
        """Get a page and its resources, as a browser does; returns the response of the page itself.

        The images, scripts, style sheets, frames and objects that its HTML and style sheets refer to are requested in
        parallel, each once, through the user's browser cache unless `cache` is false. `also` are further requests (not
        awaited) that belong to the page; with `parse=False` there are only these. At most `connections_per_host` run at
        a time per host (by default as the user's browser, else 6).

        The page has a row of its own, from its first byte sent to the last byte of all. A resource that fails also
        fails the page and the iteration; with `forgive`, one that was found by parsing fails only its own row. All
        other options are those of `get`, for the page itself.
        """
        from penstock.script.pages.visit import Embedding, ask, complete, name_of

        operation = _operation(self.get(url, name=name, **options))
        recorded = tuple((_operation(request), False) for request in also)
        embedding = Embedding(parse, cache, connections_per_host, forgive, recorded)
        binding.recorder.enter_page(name_of(operation))
        try:
            response: Response = await _steps(ask(operation, uses_cache=False))
            if response.ok:
                await _steps(complete(response, embedding))
        finally:
            binding.recorder.exit_group()
        return response

    def get(self, url: str, *, name: str | None = None, **options: Any) -> Awaitable[Response]:
        """Send a GET; see `request`."""
        if not options:  # the hot path of most journeys
            return perform((REQUEST, "GET", url, name, None, None, None))
        return self.request("GET", url, name=name, **options)

    def post(self, url: str, **options: Any) -> Awaitable[Response]:
        """Send a POST; see `request`."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> Awaitable[Response]:
        """Send a PUT; see `request`."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> Awaitable[Response]:
        """Send a PATCH; see `request`."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> Awaitable[Response]:
        """Send a DELETE; see `request`."""
        return self.request("DELETE", url, **options)

    def head(self, url: str, **options: Any) -> Awaitable[Response]:
        """Send a HEAD; see `request`."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Any) -> Awaitable[Response]:
        """Send an OPTIONS; see `request`."""
        return self.request("OPTIONS", url, **options)


http = Http()
