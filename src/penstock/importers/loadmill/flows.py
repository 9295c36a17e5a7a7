"""What a suite, a flow and a load-test configuration have in common: parameters, and rows of requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from penstock.importers.base import Overrides
from penstock.importers.document import Node
from penstock.importers.loadmill.cookies import compile_cookies
from penstock.importers.loadmill.headers import compile_headers
from penstock.importers.loadmill.parameters import Given, compile_overrides, compile_parameters
from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.requests import Requests
from penstock.importers.loadmill.shared import SharedFlows
from penstock.importers.loadmill.steps import Row, compile_steps
from penstock.importers.loadmill.texts import Texts
from penstock.model import Credentials, Defaults, Header, Journey, Origin, ParameterSet, Step, Text

TIMEOUT_S = 60.0
"""Of a request that sets none; 25 s on the vendor's later servers."""

MAX_REDIRECTS = 5
_MAX_BODY_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a suite gives to each of its flows; a configuration, and a flow in a file of its own, has none of it."""

    login: tuple[Node, ...] = ()
    before_each: tuple[Node, ...] = ()
    after_each: tuple[Node, ...] = ()
    credentials: Credentials | None = None
    headers: tuple[Header, ...] = ()


@dataclass(slots=True)
class Compiled:
    """A flow: its own parameters, the caller's, the row of all steps, those done after it in any case, and at last."""

    parameters: tuple[ParameterSet, ...]
    overrides: tuple[ParameterSet, ...]
    steps: tuple[Step, ...]
    after: tuple[Step, ...] = field(default=())
    after_all: tuple[Step, ...] = field(default=())


ALONE = Surroundings()


def compile_flow(
    members: Members, texts: Texts, overrides: Given, around: Surroundings, shared: SharedFlows
) -> Compiled:
    """Return the steps of a flow with those around it.

    The rows of login, before each and the flow are numbered through, and one may jump into another.
    """
    parameters = (
        *compile_parameters(members.get("parameters"), texts, overrides),
        *compile_parameters(members.get("scopeParameters"), texts, overrides),
    )
    own_overrides = compile_overrides(overrides, texts)
    headers = merged(around.headers, compile_headers(members.get("authenticationHeaders"), texts))
    credentials = compile_credentials(members.get("auth"), texts) or around.credentials
    requests = Requests(texts, credentials, headers)
    login = () if texts.reader.flag(members.get("skipLoginFlow")) else _login(members, texts) or around.login
    own = texts.reader.elements(members.get("requests"))
    rows = [
        *map(Row, login),
        *map(Row, around.before_each),
        *(Row(node, is_own=True) for node in shared.filled_in(members, own)),
    ]
    steps = (*compile_cookies(members.get("cookies"), texts), *compile_steps(rows, requests, texts))
    after_each = [*around.after_each, *texts.reader.elements(members.get("afterEachRequests"))]
    after = compile_steps(list(map(Row, after_each)), requests, texts) if after_each else ()
    at_last = texts.reader.elements(members.get("afterAllRequests")) if around is ALONE else []
    after_all = compile_steps(list(map(Row, at_last)), requests, texts) if at_last else ()
    return Compiled(parameters, own_overrides, steps, after, after_all)


def journey(name: str, parameters: tuple[ParameterSet, ...], steps: tuple[Step, ...], origin: Origin) -> Journey:
    """Return the journey of a flow as a test of its own."""
    return Journey(name, (*(each.as_step() for each in parameters), *steps), origin, makes_up_thinks=True)


def merged(first: tuple[Header, ...], last: tuple[Header, ...]) -> tuple[Header, ...]:
    """Return the headers of two lists; of a name in both that of the last."""
    names = {header.name.lower() for header in last}
    return (*(header for header in first if header.name.lower() not in names), *last)


def _login(members: Members, texts: Texts) -> tuple[Node, ...]:
    return tuple(texts.reader.elements(members.get("loginFlow")))


def name_of(members: Members, entry: str, texts: Texts) -> str:
    """Return the description, or the name of the file where there is none."""
    meta = texts.reader.members(members.get("meta"))
    description = texts.reader.text(meta.get("description"))
    return (description or "").strip() or PurePosixPath(entry).stem or "flows"


def compile_defaults(members: Members, overrides: Overrides, texts: Texts) -> Defaults:
    """Return what holds for all requests."""
    return Defaults(
        timeout_s=TIMEOUT_S if overrides.timeout_s is None else overrides.timeout_s,
        max_redirects=MAX_REDIRECTS,
        cookies="iteration" if texts.reader.flag(members.get("useCookies")) else "off",
        accept_encoding="gzip, deflate",
        http_version="1.1",
        max_body_bytes=_MAX_BODY_BYTES,
    )


def compile_credentials(node: Node | None, texts: Texts) -> Credentials | None:
    """Return user and password for all requests, as they are written."""
    members = texts.reader.members(node)
    for key in members.keys() - {"user", "password"}:
        texts.findings.note("unknown-key", "the key is not known and has no effect", members[key].origin)
    user, password = (texts.reader.text(members.get(key)) or "" for key in ("user", "password"))
    for key, value in (("user", user), ("password", password)):
        if "${" in value:
            message = f"the {key} is sent as it is written; expressions are not computed in it"
            texts.findings.warn("not-an-expression", message, members[key].origin, effect="needs attention")
    return Credentials("basic", Text.constant(user), Text.constant(password)) if user or password else None
