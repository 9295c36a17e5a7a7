"""What becomes of every key. A key that is named nowhere here is read elsewhere, or unknown."""

from __future__ import annotations

from penstock.importers.document import Node
from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.texts import Texts

READ_BY_CONFIGURATION = frozenset(
    {
        "requests",
        "meta",
        "duration",
        "concurrency",
        "rps",
        "rampUp",
        "maxIterations",
        "iterationDelay",
        "parameters",
        "scopeParameters",
        "parameterPools",
        "useCookies",
        "auth",
        "loginFlow",
        "skipLoginFlow",
        "authenticationHeaders",
        "afterEachRequests",
        "maxFlakyFlowRetries",
        "flakyFlowDelay",
        "sensitiveData",
        "cookies",
        "id",
    }
)
READ_BY_SUITES = frozenset({"id", "conf", "flows", "hooks", "dependencies"})
READ_BY_CONFS_OF_SUITES = frozenset(
    {
        "meta",
        "parameters",
        "auth",
        "useCookies",
        "loginFlow",
        "sharedLoginFlowDescription",
        "authenticationHeaders",
        "parametersScope",
        "cookiesScope",
        "executionMode",
        "maxFlakyFlowRetries",
        "flakyFlowDelay",
        "sensitiveData",
    }
)
READ_BY_FLOWS = frozenset(
    {"id", "order", "runInCi", "conf", "labels", "status", "testSuiteFlowStatus", "flowStatus", "description"}
)
READ_BY_STEPS = frozenset(
    {
        "url",
        "method",
        "description",
        "type",
        "headers",
        "postData",
        "postFormData",
        "graphqlPostData",
        "file",
        "extract",
        "assert",
        "expectedStatus",
        "timeout",
        "delay",
        "stopBefore",
        "skipBefore",
        "loop",
        "disabled",
        "noRedirects",
        "postScript",
        "httpVersion",
        "wait",
        "action",
        "messagesToRetrieve",
        "maxExtractionsResolutionTime",
        "id",
        "meta",
    }
)

NOTED = {
    "async": "has no effect on a load test",
    "cachePenetration": "only concerns load from browsers; requests are sent as they are written",
    "domainsWhiteList": "is computed by the vendor's servers; no domain is refused here",
    "notifications": "are not sent; look at the exit code, or at the report",
    "targetedCountries": "are not available: load comes from where Penstock runs",
    "useProxy": "has no effect: load comes from where Penstock runs",
    "useStaticIp": "has no effect: load comes from where Penstock runs",
    "alwaysDistributed": "has no effect; --agents says how many agents share the load",
}
"""Keys of the configuration without a part in what is sent or judged here."""

WARNED = {
    "monitoredEnv": "the metrics of that environment are not shown",
    "xmlDecode": "values taken from XML stay as they are written there",
}
"""Keys whose loss a reader of the results may notice."""

UNAVAILABLE = {
    "afterAllRequests": "requests after all flows belong to the hooks of the suite, not to one of its flows",
    "serviceDefinitionId": "gRPC requests are not run",
}
"""Keys without which the test would be another one."""

STEP_NOTED = {
    "useCookies": "is overruled by the same key of the configuration",
    "auth": "is overruled by the same key of the configuration",
    "cachePenetration": "is overruled by the same key of the configuration",
}

STEP_UNAVAILABLE = {
    "grpc": "gRPC requests are not run",
    "headedMode": "steps in a browser (Playwright) are not run",
}


def report_keys(members: Members, texts: Texts) -> None:
    """Find the keys of a configuration that are not carried over."""
    _report(members, READ_BY_CONFIGURATION | {"afterAllRequests"}, NOTED, WARNED, UNAVAILABLE, texts)
    _report_meta(members, frozenset({"description", "dependencies", "dependenciesData"}), texts)


def report_suite_keys(members: Members, texts: Texts) -> None:
    """Find the keys of a suite that are not carried over."""
    _report(members, READ_BY_SUITES, {}, {}, {}, texts)
    conf = texts.reader.members(members.get("conf"))
    _report(conf, READ_BY_CONFS_OF_SUITES, NOTED, WARNED, UNAVAILABLE, texts)
    _report_meta(conf, frozenset({"description"}), texts)


def report_flow_keys(members: Members, conf: Members, texts: Texts) -> None:
    """Find the keys of a flow of a suite that are not carried over."""
    if conf is not members:
        _report(members, READ_BY_FLOWS, {}, {}, {}, texts)
        _report(conf, READ_BY_CONFIGURATION, NOTED, WARNED, UNAVAILABLE, texts)
    else:
        _report(conf, READ_BY_CONFIGURATION | READ_BY_FLOWS, NOTED, WARNED, UNAVAILABLE, texts)
    known = frozenset({"description", "dependencies", "dependenciesData", "labels", "status", "flowStatus"})
    _report_meta(conf, known, texts)


def _report_meta(members: Members, known: frozenset[str], texts: Texts) -> None:
    meta = texts.reader.members(members.get("meta"))
    for key in meta.keys() - known:
        texts.findings.note("unknown-key", "the key is not known and has no effect", meta[key].origin)


def report_step_keys(members: Members, texts: Texts) -> None:
    """Find the keys of a request that are not carried over."""
    _report(members, READ_BY_STEPS, STEP_NOTED, {}, STEP_UNAVAILABLE, texts)


def _report(
    members: Members,
    read: frozenset[str],
    noted: dict[str, str],
    warned: dict[str, str],
    unavailable: dict[str, str],
    texts: Texts,
) -> None:
    for key, node in members.items():
        if key in read:
            continue
        if key in noted:
            if not _is_empty(node):
                texts.findings.note("no-effect", f"{key} {noted[key]}", node.origin)
        elif key in warned:
            if not _is_empty(node):
                texts.findings.warn("no-effect", warned[key], node.origin, effect="dropped")
        elif key in unavailable:
            if not _is_empty(node):
                texts.findings.error("not-available", unavailable[key], node.origin)
        else:
            texts.findings.note("unknown-key", "the key is not known and has no effect", node.origin)


def _is_empty(node: Node) -> bool:
    """Whether a value says nothing: real exports are full of such keys."""
    return node.value is None or node.value is False or node.value in ("", [], {})
