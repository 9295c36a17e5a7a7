"""A suite: flows, and what surrounds each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from penstock.importers.base import Files, Findings, Overrides
from penstock.importers.document import Node
from penstock.importers.loadmill.flows import (
    Compiled,
    Surroundings,
    compile_credentials,
    compile_defaults,
    compile_flow,
    name_of,
)
from penstock.importers.loadmill.given import read_given
from penstock.importers.loadmill.headers import compile_headers
from penstock.importers.loadmill.keys import report_flow_keys, report_suite_keys
from penstock.importers.loadmill.load import compile_load
from penstock.importers.loadmill.parameters import Given, compile_overrides, compile_parameters
from penstock.importers.loadmill.pools import Pools
from penstock.importers.loadmill.reading import Members, Reader
from penstock.importers.loadmill.requests import Requests
from penstock.importers.loadmill.shared import SharedFlows
from penstock.importers.loadmill.steps import Row, compile_steps
from penstock.importers.loadmill.texts import Texts
from penstock.model import CsvData, Flow, FlowStatus, Journey, Load, Mode, Origin, Scenario, Suite

_STATUSES: dict[str, FlowStatus] = {
    "disabled": "disabled",
    "draft": "draft",
    "evaluating": "evaluating",
    "active": "active",
}
_HOOKS = ("beforeAll", "beforeEach", "afterEach", "afterAll")
_MOST_REQUESTS = 200


def compile_suite(
    members: Members, files: Files, entry: str, overrides: Overrides, findings: Findings
) -> tuple[Suite, bool]:
    """Return the suite, and whether errors concern all of it; an error in one flow blocks only that flow."""
    reader = Reader(findings, files)
    texts = Texts(findings, reader)
    report_suite_keys(members, texts)
    conf = reader.members(members.get("conf"))
    given = read_given(overrides, findings)
    shared = SharedFlows(files, entry, reader)
    hooks = _hooks(members, shared, reader)
    parameters = compile_parameters(conf.get("parameters"), texts, given)
    last = compile_overrides(given, texts)
    late = Texts(findings, reader)  # what goes with every flow's requests may read what the log-in sets
    around = Surroundings(
        login=tuple(_login(conf, members, shared, reader)),
        before_each=tuple(hooks["beforeEach"]),
        after_each=tuple(hooks["afterEach"]),
        credentials=compile_credentials(conf.get("auth"), late),
        headers=compile_headers(conf.get("authenticationHeaders"), late),
    )
    before_all = _hook("before all", hooks["beforeAll"], around, texts, entry)
    texts.report_unset()
    of_surroundings = Texts(findings, reader, texts.known)
    _look_at_surroundings(around, of_surroundings)
    late.assign_all(of_surroundings.known)
    defaults = compile_defaults(conf, overrides, texts)
    pools = Pools(overrides.pools, files, overrides.pick)
    flows = []
    inside = 0
    scope = _scope(conf, "parametersScope", reader)
    known = texts.known
    for number, node in enumerate(reader.elements(members["flows"])):
        own = Texts(findings, reader, known)
        before = len(findings.errors())
        flow = _flow(node, number, own, given, around, shared, pools, defaults.timeout_s)
        own.report_unset()
        late.assign_all(own.known)
        blocking = findings.errors()[before:]
        if blocking:
            inside += len(blocking)
            flow = (*flow[:2], replace(flow[2], blocked=str(blocking[0])))
        if scope == "suite":
            known = known | own.known
        flows.append(flow)
    after_texts = Texts(findings, reader, known.union(*[frozenset(_assigned(flow)) for flow in flows]))
    after_all = _hook("after all", hooks["afterAll"], around, after_texts, entry)
    after_texts.report_unset()
    late.report_unset()
    pools.report_unused(texts)
    if not flows:
        findings.error("invalid-value", "flows: Must be a nonempty array", members["flows"].origin)
    mode = _mode(conf, reader)
    suite = Suite(
        name=name_of(conf, entry, texts),
        dialect="loadmill",
        flows=tuple(flow for _, _, flow in sorted(flows, key=lambda one: one[:2])),
        origin=Origin(entry),
        id=reader.text(members.get("id")) or "",
        parameters=parameters,
        overrides=last,
        before_all=before_all,
        after_all=after_all,
        mode=mode,
        parameter_scope="suite" if mode == "dependent" else scope,
        cookie_scope=_cookies(conf, mode, reader),
        retries=int(reader.number(conf.get("maxFlakyFlowRetries")) or 0),
        retry_delay_s=(reader.number(conf.get("flakyFlowDelay")) or 0.0) / 1000,
        data=pools.data,
        defaults=defaults,
        is_sensitive=reader.flag(conf.get("sensitiveData")),
    )
    return suite, len(findings.errors()) > inside or not any(not flow.blocked for flow in suite.flows)


def _look_at_surroundings(around: Surroundings, texts: Texts) -> None:
    """Find what is wrong in the steps around every flow, once, and as the matter of all flows."""
    rows = list(map(Row, (*around.login, *around.before_each, *around.after_each)))
    compile_steps(rows, Requests(texts, around.credentials, around.headers), texts)


def single_flow(
    scenario: Scenario, compiled: Compiled, load: Load, members: Members, texts: Texts, data: tuple[CsvData, ...]
) -> Suite:
    """Return a flow in a file of its own as a suite of it."""
    reader = texts.reader
    name, origin = scenario.name, scenario.origin
    flow = Flow(
        id=reader.text(members.get("id")) or "",
        name=name,
        journey=Journey(name, compiled.steps, origin, makes_up_thinks=True),
        load=load,
        origin=origin,
        parameters=compiled.parameters,
        after=Journey(f"{name}, after each", compiled.after, origin) if compiled.after else None,
        data=tuple(table.name for table in data),
    )
    return Suite(
        name=name,
        dialect=scenario.dialect,
        flows=(flow,),
        origin=origin,
        overrides=compiled.overrides,
        after_all=Journey("after all", compiled.after_all, origin) if compiled.after_all else None,
        cookie_scope="off" if scenario.defaults.cookies == "off" else "flow",
        retries=int(reader.number(members.get("maxFlakyFlowRetries")) or 0),
        retry_delay_s=(reader.number(members.get("flakyFlowDelay")) or 0.0) / 1000,
        data=data,
        defaults=scenario.defaults,
        is_sensitive=scenario.is_sensitive,
    )


_Placed = tuple[float, int, Flow]


def _flow(
    node: Node,
    number: int,
    texts: Texts,
    given: Given,
    around: Surroundings,
    shared: SharedFlows,
    pools: Pools,
    timeout_s: float,
) -> _Placed:
    """Return a flow with its place: by `order`, and by where it stands among those of one order."""
    reader = texts.reader
    members = reader.members(node)
    conf = reader.members(members.get("conf")) or members
    report_flow_keys(members, conf, texts)
    origin = node.origin
    meta = reader.members(conf.get("meta"))
    name = (reader.text(meta.get("description")) or reader.text(members.get("description")) or "").strip()
    name = name or f"flow {number + 1}"
    requests = reader.elements(conf.get("requests"))
    if "requests" not in conf:
        texts.findings.error("invalid-value", "requests: Required", origin)
    elif len(requests) > _MOST_REQUESTS:
        message = f"more than {_MOST_REQUESTS} requests are refused by the vendor's servers; all of them run here"
        texts.findings.note("vendor-limit", message, origin, effect="needs attention")
    compiled = compile_flow(conf, texts, given, around, shared)
    data = pools.of(conf.get("parameterPools"), texts)
    order = reader.number(members.get("order"))
    flow = Flow(
        id=reader.text(members.get("id")) or "",
        name=name,
        journey=Journey(name, compiled.steps, origin, makes_up_thinks=True),
        load=compile_load(conf, compiled.steps, texts, timeout_s),
        origin=origin,
        status=_status(members, meta, reader),
        labels=_labels(members, meta, reader),
        parameters=compiled.parameters,
        after=Journey(f"{name}, after each", compiled.after, origin) if compiled.after else None,
        data=tuple(table.name for table in data),
    )
    return float(number) if order is None else order, number, flow


def _assigned(placed: _Placed) -> list[str]:
    """Return the parameters that a flow itself begins with."""
    return [each.variable for one in placed[2].parameters for each in one.assignments]


def _status(members: Members, meta: Members, reader: Reader) -> FlowStatus:
    """Return how ready a flow is; the toggle of older files says that it is active, or a draft."""
    for holder in (members, meta):
        for key in ("status", "testSuiteFlowStatus", "flowStatus"):
            node = holder.get(key)
            word = reader.text(node)
            if node is None or not word:
                continue
            if word.lower() in _STATUSES:
                return _STATUSES[word.lower()]
            message = f"{word!r} is no status of a flow"
            reader.findings.error("invalid-value", message, node.origin, f"known are {', '.join(_STATUSES)}")
    return "active" if reader.flag(members.get("runInCi")) else "draft"


def _labels(members: Members, meta: Members, reader: Reader) -> tuple[str, ...]:
    """Return the labels of a flow, which are written as names, or as objects that have one."""
    labels: list[str] = []
    for node in (members.get("labels"), meta.get("labels")):
        if node is None or node.value in (None, ""):
            continue
        for element in node.value if isinstance(node.value, list) else [node]:
            if isinstance(element.value, dict):
                named = element.value.get("description") or element.value.get("name")
                label = reader.text(named)
            else:
                label = reader.text(element)
            if label and label.strip() not in labels:
                labels.append(label.strip())
    return tuple(labels)


def _hooks(members: Members, shared: SharedFlows, reader: Reader) -> dict[str, list[Node]]:
    """Return the requests of each hook: those in the file, else those of the shared flow that it names."""
    given = reader.members(members.get("hooks"))
    for key in given.keys() - set(_HOOKS):
        reader.findings.warn("unknown-key", "there is no such hook", given[key].origin, effect="dropped")
    dependencies = reader.members(members.get("dependencies"))
    named = reader.members(dependencies.get("hooks"))
    hooks: dict[str, list[Node]] = {}
    for hook in _HOOKS:
        node = given.get(hook)
        if node is not None and node.value:
            parts = reader.members(node)
            conf = reader.members(parts.get("conf")) or parts
            if "requests" not in conf:
                reader.findings.error("invalid-value", "requests: Required", node.origin)
            hooks[hook] = shared.filled_in(conf, reader.elements(conf.get("requests")))
        else:
            hooks[hook] = _depended(named.get(f"{hook}Id"), f"the hook {hook}", shared, reader)
    return hooks


def _depended(node: Node | None, what: str, shared: SharedFlows, reader: Reader) -> list[Node]:
    identity = reader.text(node)
    if node is None or not identity:
        return []
    found = shared.by_id(identity)
    if found is None:
        message = f"{what} is the shared flow {identity}, which is not in the file"
        advice = "put the exported flow beside the file (its name holds the id)"
        reader.findings.error("not-available", message, node.origin, advice)
    return found or []


def _login(conf: Members, members: Members, shared: SharedFlows, reader: Reader) -> list[Node]:
    own = reader.elements(conf.get("loginFlow"))
    if own:
        return own
    described = conf.get("sharedLoginFlowDescription")
    description = reader.text(described)
    if described is not None and description:
        found = shared.by_description(description)
        if found is not None:
            return found
    login = reader.members(reader.members(members.get("dependencies")).get("login"))
    found = _depended(login.get("id"), "the login flow", shared, reader)
    if not found and described is not None and description and not reader.text(login.get("id")):
        message = f"the login flow is the shared flow {description!r}, which is not in the file"
        advice = "put the exported flow beside the file"
        reader.findings.error("not-available", message, described.origin, advice)
    return found


def _hook(name: str, nodes: list[Node], around: Surroundings, texts: Texts, entry: str) -> Journey | None:
    if not nodes:
        return None
    requests = Requests(texts, around.credentials, ())
    return Journey(name, compile_steps(list(map(Row, nodes)), requests, texts), Origin(entry, nodes[0].origin.path))


def _scope(conf: Members, key: str, reader: Reader) -> Literal["flow", "suite"]:
    node = conf.get(key)
    word = (reader.text(node) or "flow").lower()
    if word not in ("flow", "suite") and node is not None:
        reader.findings.error("invalid-value", f"{key}: Must be one of SUITE, FLOW", node.origin)
    return "suite" if word == "suite" else "flow"


def _mode(conf: Members, reader: Reader) -> Mode:
    node = conf.get("executionMode")
    word = (reader.text(node) or "independent").lower()
    if word not in ("independent", "dependent") and node is not None:
        message = "executionMode: Must be one of Dependent, Independent"
        reader.findings.error("invalid-value", message, node.origin)
    return "dependent" if word == "dependent" else "independent"


def _cookies(conf: Members, mode: Mode, reader: Reader) -> Literal["off", "flow", "suite"]:
    if not reader.flag(conf.get("useCookies")):
        return "off"
    return "suite" if mode == "dependent" else _scope(conf, "cookiesScope", reader)
