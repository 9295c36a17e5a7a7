"""One HTTP exchange as a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from penstock.model.checks import Check, Validation
from penstock.model.expr import EMPTY, Rule, Text
from penstock.model.extracts import Extract
from penstock.model.origin import Origin
from penstock.model.scripts import Code
from penstock.model.transport import HttpVersion, Proxy


@dataclass(frozen=True, slots=True)
class Header:
    """A request header; names are constant, values may have holes."""

    name: str
    value: Text


@dataclass(frozen=True, slots=True)
class TextBody:
    """A body sent as text; `content_type` is used unless a header says otherwise.

    `encoding` is the name of a Python codec; a character that it does not have is sent as `?`.
    """

    text: Text
    content_type: Text | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class FormField:
    """A name and its value."""

    name: Text
    value: Text


@dataclass(frozen=True, slots=True)
class FormBody:
    """Fields joined as `name=value&…`; `encoded` says that names and values are percent-encoded first."""

    fields: tuple[FormField, ...]
    content_type: Text | None = None
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body. With `file_name`, `value` holds raw bytes as Latin-1 text.

    With `file`, the content is that file of the scenario (`Scenario.files`) and `value` is not used; `file_name` is
    what the server is told, or without one the file's own name. `makes_name_unique` puts something into that name
    which no other upload of the run has.
    """

    name: Text
    value: Text
    file_name: Text | None = None
    content_type: Text | None = None
    file: str | None = None
    makes_name_unique: bool = False


@dataclass(frozen=True, slots=True)
class MultipartBody:
    """`multipart/form-data`."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class BinaryBody:
    """A body of these bytes; without `content_type` none is sent unless a header says it."""

    content: bytes
    content_type: Text | None = None


@dataclass(frozen=True, slots=True)
class FileBody:
    """A body with the content of a file of the scenario (`Scenario.files`); the type is guessed from its name."""

    file: str
    content_type: Text | None = None


Body = TextBody | FormBody | MultipartBody | BinaryBody | FileBody


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks; used unless an authorization header or userinfo in the URL says otherwise.

    `basic` and `bearer` (the token is the `password`) are sent with the request at once, `digest` answers the server's
    challenge, and `any` answers what the server asks for: Digest or Basic. A server that asks for something else, NTLM
    or Negotiate say, fails the request by kind `auth`.
    """

    scheme: Literal["basic", "digest", "bearer", "any"] = "basic"
    user: Text = EMPTY
    password: Text = EMPTY


@dataclass(frozen=True, slots=True)
class StatusRange:
    """Statuses from `least` to `most`, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Poll:
    """Send the request again, `wait_s` apart, until the check holds, `rounds` times at most; then it fails.

    Extracts happen every round; only the last round's checks count.
    """

    until: Check
    rounds: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class Page:
    """What makes a request a page: after its response, what it embeds is fetched too, in parallel.

    `recorded` are requests that belong to the page whatever it embeds; their think times have no meaning. With
    `parses`, what HTML and style sheets refer to is fetched once each: images, style sheets, scripts, frames and
    objects; with `uses_cache` through the user's browser cache. `connections_per_host` is how many requests may be
    under way to one host (None: as the user's browser does, else 6). A dependent that fails, fails the page and the
    iteration, unless `forgives` says that one which was found by parsing does not. Of what is found by parsing, only
    URLs that match `only` as a whole are fetched, and none that matches `without` (regular expressions of Python).
    """

    parses: bool = True
    recorded: tuple[Request, ...] = ()
    uses_cache: bool = True
    connections_per_host: int | None = None
    forgives: bool = False
    only: str | None = None
    without: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A response that is read until something came, and then is a success; its end ends it, too.

    `events`: so many server-sent events; `text`: this text in the body; `seconds`: for so long. The first counts.
    It is asked for by HTTP/1.1 whatever the request or the run says, uncompressed and as `text/event-stream` unless the
    request has such headers itself.
    """

    events: int | None = None
    text: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One exchange, with what is taken from the response and what must hold of it.

    A status outside `expected_status` fails the request before extracts and checks (empty: any status is
    fine). `extracts` is a sequence of sets: all queries of a set see the variables as they were before the
    set, later sets see earlier ones. `script` runs between extracts and checks. `max_redirects` 0 means that redirects
    are not followed. `http_version` and `proxy` are those of the defaults where None. A failed request ends the
    iteration, unless the journey goes on after failures.

    `validations` are judged in order, those of the response before those of the page. `plugins` are the rules that are
    asked before the request is sent and after its page is complete. `goal_s` is the time that its page should take at
    most (0: none); it fails nothing by itself.

    With `page` it is a page. `stream` says when a response is read far enough. With `discards_body` the body is read
    and counted but not kept. `uses_cache`: the user's browser cache may answer. One that is not `is_recorded` runs and
    is judged, but has no row of its own in the results.
    """

    ALWAYS_TAGGED: ClassVar = True  # it is a step, and part of a page

    name: str
    method: str
    url: Text
    origin: Origin
    headers: tuple[Header, ...] = ()
    body: Body | None = None
    credentials: Credentials | None = None
    expected_status: tuple[StatusRange, ...] = (StatusRange(200, 399),)
    timeout_s: float | None = None
    max_redirects: int | None = None
    extracts: tuple[tuple[Extract, ...], ...] = ()
    checks: tuple[Check, ...] = ()
    poll: Poll | None = None
    script: Code | None = None
    validations: tuple[Validation, ...] = ()
    plugins: tuple[Rule, ...] = ()
    goal_s: float = 0.0
    page: Page | None = None
    stream: Stream | None = None
    discards_body: bool = False
    uses_cache: bool = False
    is_recorded: bool = True
    http_version: HttpVersion | None = None
    proxy: Proxy | None = None
