"""A configuration as a scenario: the document as a whole."""

from __future__ import annotations

from pathlib import PurePosixPath

from penstock.importers.base import NO_OVERRIDES, Files, Findings, Imported, Overrides
from penstock.importers.document import Node, elements_of
from penstock.importers.loadmill.headers import compile_headers
from penstock.importers.loadmill.keys import report_keys
from penstock.importers.loadmill.load import compile_load
from penstock.importers.loadmill.parameters import compile_overrides, compile_parameters
from penstock.importers.loadmill.parse import parse
from penstock.importers.loadmill.pools import compile_pools
from penstock.importers.loadmill.reading import Members, Reader
from penstock.importers.loadmill.requests import Requests
from penstock.importers.loadmill.steps import compile_steps
from penstock.importers.loadmill.texts import Texts
from penstock.model import BasicCredentials, Defaults, Journey, Origin, Population, Scenario, Text

TIMEOUT_S = 60.0
"""Of a request that sets none; 25 s on the vendor's later servers."""

MAX_REDIRECTS = 5
MAX_FAILURES = 0.5
"""Share of failed iterations above which a load test is failed."""

_MOST_REQUESTS = 100
_MAX_BODY_BYTES = 20 * 1024 * 1024


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile a load-test configuration, or an exported flow, which has the same keys.

    Raises `InvalidInput` for what is no configuration at all, `UnreadableFile`.
    """
    findings = Findings()
    members = parse(files.read(entry), entry, findings)
    texts = Texts(findings, Reader(findings))
    origin = Origin(entry)
    report_keys(members, texts)
    name = _name(members, entry, texts)
    defaults = [
        *compile_parameters(members.get("parameters"), texts),
        *compile_parameters(members.get("scopeParameters"), texts),
        *compile_overrides(overrides.parameters, texts),
    ]
    data = compile_pools(members.get("parameterPools"), overrides.pools, texts)
    headers = compile_headers(members.get("authenticationHeaders"), texts)
    requests = Requests(texts, _credentials(members.get("auth"), texts), headers)
    steps = compile_steps(_login(members, texts), _requests(members, texts), requests, texts)
    timeout_s = TIMEOUT_S if overrides.timeout_s is None else overrides.timeout_s
    load = compile_load(members, steps, texts, timeout_s)
    texts.report_unset()
    scenario = Scenario(
        name=name,
        dialect="loadmill",
        journeys=(Journey(name, (*defaults, *steps), origin, makes_up_thinks=True),),
        populations=(Population(name, load),),
        origin=origin,
        data=data,
        defaults=Defaults(
            timeout_s=timeout_s,
            max_redirects=MAX_REDIRECTS,
            cookies="iteration" if texts.reader.flag(members.get("useCookies")) else "off",
            accept_encoding="gzip, deflate",
            max_body_bytes=_MAX_BODY_BYTES,
        ),
        max_failures=MAX_FAILURES,
    )
    return Imported(scenario, findings.all(), findings.fidelity(elements_of(members)))


def _name(members: Members, entry: str, texts: Texts) -> str:
    meta = texts.reader.members(members.get("meta"))
    description = texts.reader.text(meta.get("description"))
    return (description or "").strip() or PurePosixPath(entry).stem


def _requests(members: Members, texts: Texts) -> list[Node]:
    """Return the requests of the test itself."""
    node = members["requests"]
    own = texts.reader.elements(node)
    if not own:
        texts.findings.error("invalid-value", "Must be a nonempty array", node.origin)
    if len(own) > _MOST_REQUESTS:
        message = f"more than {_MOST_REQUESTS} requests are refused by the vendor's servers; all of them run here"
        texts.findings.note("vendor-limit", message, node.origin, effect="needs attention")
    return own


def _login(members: Members, texts: Texts) -> list[Node]:
    """Return the requests of the login flow, unless it is to be skipped."""
    if texts.reader.flag(members.get("skipLoginFlow")):
        return []
    return texts.reader.elements(members.get("loginFlow"))


def _credentials(node: Node | None, texts: Texts) -> BasicCredentials | None:
    members = texts.reader.members(node)
    for key in members.keys() - {"user", "password"}:
        texts.findings.note("unknown-key", "the key is not known and has no effect", members[key].origin)
    user, password = (texts.reader.text(members.get(key)) or "" for key in ("user", "password"))
    for key, value in (("user", user), ("password", password)):
        if "${" in value:
            message = f"the {key} is sent as it is written; expressions are not computed in it"
            texts.findings.warn("not-an-expression", message, members[key].origin, effect="needs attention")
    return BasicCredentials(Text.constant(user), Text.constant(password)) if user or password else None
