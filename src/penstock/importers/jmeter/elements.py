"""What becomes of elements that no other part of the importer speaks of: listeners, recorders, the unknown."""

from __future__ import annotations

from collections.abc import Container

from penstock.importers.fidelity import Element
from penstock.importers.jmeter import checks, extracts, groups, scopes
from penstock.importers.jmeter.http import is_defaults
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work

_LISTENERS = ("Collector", "Visualizer", "Summariser", "Listener", "Reporter", "GraphVisualizer", "ResultSaver")
_MONITORS = frozenset({"PerfMonCollector", "DbMonCollector", "JMXMonCollector"})
_CODE_LISTENERS = frozenset({"BSFListener", "BeanShellListener", "JSR223Listener"})
_NO_PART = {
    **dict.fromkeys(
        ("BoltConnectionElement", "JDBCDataSource", "LDAPArguments", "MongoSourceElement"),
        "settings for another protocol have no effect",
    ),
    "ConfigTestElement": "settings for another protocol have no effect",
    "HttpMirrorControl": "the mirror server is not started",
    "ProxyControl": "the recorder takes no part in a test",
    "WorkBench": "the workbench takes no part in a test",
}
_PLAIN = frozenset(
    {
        *("Arguments", "TestPlan", "TestFragmentController", "DNSCacheManager", "KeystoreConfig", "BoundaryExtractor"),
        *("DebugPostProcessor", "SampleTimeout"),
    }
)
"""Elements that are looked at elsewhere, or whose absence changes nothing."""


def report_elements(plan: Node, work: Work, kinds: Container[str]) -> list[Element]:
    """Report all elements that have no effect; return those that are counted: all that are switched on."""
    counted: list[Element] = []
    _look(plan, work, kinds, counted)
    return counted


def _look(node: Node, work: Work, kinds: Container[str], counted: list[Element]) -> None:
    counted.append(Element(node.kind, node.origin))
    _report(node, work, kinds)
    for child in node.children:
        if child.is_enabled:
            _look(child, work, kinds, counted)
        else:
            message = "what is switched off is left out, with all below it"
            work.findings.note("switched-off", message, child.origin, effect="needs attention")


def _report(node: Node, work: Work, kinds: Container[str]) -> None:
    kind, findings = node.kind, work.findings
    if kind == "ConfigTestElement" and is_defaults(node):
        return
    if kind in _NO_PART:
        findings.note("no-part", _NO_PART[kind], node.origin)
    elif kind in kinds or kind in _PLAIN or kind in groups.KINDS or _is_in_scope(kind):
        return
    elif kind == "BackendListener":
        message = "a backend listener is not asked; metrics of the run are given by Penstock"
        findings.note(
            "backend",
            message,
            node.origin,
            "give --metrics (a server: /metrics) for Prometheus, --otlp for OpenTelemetry",
        )
    elif kind in _MONITORS:
        message = "counters of servers are not read by the plan"
        findings.note("monitor", message, node.origin, "choose them with --counters")
    elif kind in _CODE_LISTENERS:
        message = "a script that listens to results is not run"
        findings.warn("listener", message, node.origin, effect="dropped")
    elif kind.endswith(_LISTENERS):
        message = "results are reported by Penstock itself, not by listeners of the plan"
        findings.note("listener", message, node.origin, "choose reports with --html, --json, --junit and --csv")
    elif kind.endswith(("Sampler", "Controller")):
        work.cannot_run(node, f"{kind}: there is no such element here")
    elif kind.endswith("ThreadGroup"):
        work.cannot_run(node, f"{kind}: there is no such thread group here", "use one of JMeter's own")
    else:
        message = f"{kind} is not known and has no effect"
        findings.warn("unknown-element", message, node.origin, effect="dropped")


def _is_in_scope(kind: str) -> bool:
    known = (scopes.CONFIGS, scopes.TIMERS, scopes.PRE_PROCESSORS, scopes.AT_EACH_PASS, extracts.KINDS, checks.KINDS)
    return any(kind in each for each in known)
