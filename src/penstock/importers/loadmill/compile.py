"""A file as a whole: a load-test configuration or a flow becomes a scenario, a suite becomes a suite."""

from __future__ import annotations

from penstock.errors import UnreadableFile
from penstock.importers.base import FOLDER, NO_OVERRIDES, Files, Findings, Imported, Overrides, without_collection
from penstock.importers.document import Node, elements_of
from penstock.importers.loadmill.flows import ALONE, compile_defaults, compile_flow, journey, name_of
from penstock.importers.loadmill.given import read_given
from penstock.importers.loadmill.keys import report_keys
from penstock.importers.loadmill.load import LOAD_KEYS, compile_load
from penstock.importers.loadmill.parse import is_suite, parse, read_document
from penstock.importers.loadmill.pools import Pools
from penstock.importers.loadmill.reading import Members, Reader
from penstock.importers.loadmill.shared import SharedFlows
from penstock.importers.loadmill.suites import compile_suite, single_flow
from penstock.importers.loadmill.texts import Texts
from penstock.model import Origin, Population, Scenario

MAX_FAILURES = 0.5
"""Share of failed iterations above which a load test is failed."""

_MOST_REQUESTS = 100


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile a load-test configuration, an exported flow, which has the same keys, or a suite.

    Raises `InvalidInput` for what is none of these at all, `UnreadableFile`.
    """
    with without_collection():
        return _compile(files, entry, overrides)


def compile_folder(files: Files, overrides: Overrides = NO_OVERRIDES) -> Imported:
    """Compile the flows of a folder as one suite, in the order of their names; sets of parameters are left aside.

    Raises as `compile`, and `UnreadableFile` when there is no flow.
    """
    with without_collection():
        findings = Findings()
        root = Node({}, FOLDER)
        flows: list[Node] = []
        for name in files.names:
            if not name.lower().endswith((".yaml", ".yml")):
                continue
            conf = read_document(files.read(name), name, findings)
            if isinstance(conf.value, dict) and "requests" in conf.value:
                on = Node(True, name, None, "", 1)
                flows.append(Node({"conf": conf, "runInCi": on}, name, None, "", 1))
        if not flows:
            raise UnreadableFile("the folder holds no flows")
        root.value = {"flows": Node(flows, FOLDER, root, "flows")}
        return _compile_suite(root.value, files, FOLDER, overrides, findings)


def _compile(files: Files, entry: str, overrides: Overrides) -> Imported:
    findings = Findings()
    content = files.read(entry)
    members = parse(content, entry, findings)
    if is_suite(members):
        return _compile_suite(members, files, entry, overrides, findings)
    return _compile_one(members, files, entry, overrides, findings)


def _compile_suite(members: Members, files: Files, entry: str, overrides: Overrides, findings: Findings) -> Imported:
    suite, is_blocked = compile_suite(members, files, entry, overrides, findings)
    fidelity = findings.fidelity(elements_of(members))
    count = len(suite.flows)
    able = sum(not flow.blocked for flow in suite.flows)
    return Imported(None, findings.all(), fidelity, count, able, suite=suite, runs_once=True, is_blocked=is_blocked)


def _compile_one(members: Members, files: Files, entry: str, overrides: Overrides, findings: Findings) -> Imported:
    texts = Texts(findings, Reader(findings, files))
    report_keys(members, texts)
    _report_number(members["requests"], texts)
    shared = SharedFlows(files, entry, texts.reader)
    compiled = compile_flow(members, texts, read_given(overrides, findings), ALONE, shared)
    pools = Pools(overrides.pools, files, overrides.pick)
    data = pools.of(members.get("parameterPools"), texts)
    data = (*data, *pools.report_unused(texts))
    name, origin = name_of(members, entry, texts), Origin(entry)
    defaults = compile_defaults(members, overrides, texts)
    load = compile_load(members, compiled.steps, texts, defaults.timeout_s)
    if compiled.after_all:
        message = "these are done once, after the flow is done as an API test; under load there is no such moment"
        texts.findings.warn("not-under-load", message, members["afterAllRequests"].origin, effect="approximated")
    texts.report_unset()
    parameters = (*compiled.parameters, *compiled.overrides)
    scenario = Scenario(
        name=name,
        dialect="loadmill",
        journeys=(journey(name, parameters, (*compiled.steps, *compiled.after), origin),),
        populations=(Population(name, load),),
        origin=origin,
        data=data,
        defaults=defaults,
        max_failures=MAX_FAILURES,
        is_sensitive=texts.reader.flag(members.get("sensitiveData")),
    )
    suite = single_flow(scenario, compiled, load, members, texts, data)
    runs_once = entry.lower().endswith((".yaml", ".yml")) and members.keys().isdisjoint(LOAD_KEYS)
    fidelity = findings.fidelity(elements_of(members))
    is_blocked = bool(findings.errors())
    return Imported(scenario, findings.all(), fidelity, suite=suite, runs_once=runs_once, is_blocked=is_blocked)


def _report_number(node: Node, texts: Texts) -> None:
    own = texts.reader.elements(node)
    if not own:
        texts.findings.error("invalid-value", "Must be a nonempty array", node.origin)
    if len(own) > _MOST_REQUESTS:
        message = f"more than {_MOST_REQUESTS} requests are refused by the vendor's servers; all of them run here"
        texts.findings.note("vendor-limit", message, node.origin, effect="needs attention")
