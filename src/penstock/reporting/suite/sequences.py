"""Recordings in the shape of Loadmill's results: resolved requests, failures by their index, parameters after each."""

from __future__ import annotations

from typing import Any

from penstock.model import (
    Check,
    CssQuery,
    EdnQuery,
    Extract,
    HeaderQuery,
    Journey,
    JsonPathQuery,
    Query,
    RegexQuery,
    Request,
    TextQuery,
    Variable,
    XPathQuery,
)
from penstock.reporting.suite.failures import histogram
from penstock.reporting.suite.rows import Row, elsewhere, rows_of
from penstock.runs.recording import Pairs, RecordedRequest, Recording

_CONDITIONS = {
    "contains": "contains",
    "not_contains": "notContains",
    "equals": "equals",
    "not_equals": "notEquals",
    "matches": "matches",
    "greater": "greater",
    "lesser": "lesser",
    "json_schema": "JSONSchema",
    "json_contains": "JSONContains",
    "xml_contains": "XMLContains",
}


def sequence_result(journey: Journey, recording: Recording) -> dict[str, Any]:
    """Return one iteration: `failures`, `resolvedRequests` and their statistics."""
    rows = rows_of(journey, recording)
    failures = {}
    stats = {}
    started = 0
    for index, row in enumerate(rows):
        found = histogram(row)
        if found:
            failures[str(index)] = {"numFailures": 1, "histogram": found}
        if row.was_done:
            started = index
        if row.rounds and not row.failures:
            stats[str(index)] = {"resTimes": [round(row.rounds[-1].elapsed_s * 1000)]}
    rest = elsewhere(journey, recording)
    result: dict[str, Any] = {
        "failures": failures,
        "avgResTime": _mean([time for each in stats.values() for time in each["resTimes"]]),
        "successfulHits": len(stats),
        "lastStartedIndex": started,
        "requestStats": stats,
        "resolvedRequests": [_resolved(row) for row in rows],
        "err": None,
    }
    if rest:
        result["err"] = rest[0].message
        if not failures:
            failures["-1"] = {"numFailures": 1, "histogram": {rest[0].message: 1}}
    return result


def redactable_result(journey: Journey, recording: Recording) -> list[dict[str, Any]]:
    """Return the parameters after each request, index by index as `resolvedRequests`."""
    return [
        {"postParameters": _parameters(row.last.variables) if row.last is not None else []}
        for row in rows_of(journey, recording)
    ]


def _resolved(row: Row) -> dict[str, Any]:
    step = row.step
    checks: tuple[Check, ...] = getattr(step, "checks", ())
    extracts: tuple[tuple[Extract, ...], ...] = getattr(step, "extracts", ())
    written: dict[str, Any] = {
        "description": row.name,
        "assert": [_assertion(check) for check in checks],
        "extract": [{one.variable: _query(one.query)} for each in extracts for one in each],
    }
    if isinstance(step, Request):
        written |= {"method": step.method, "url": step.url.source}
        if step.script is not None:
            written["postScript"] = step.script.source
    if row.is_omitted:
        written["disabled"] = True
    last = row.last
    if last is None:
        return written
    written["postParameters"] = _parameters(last.variables)
    if last.output:
        written["stdout"] = list(last.output)
    if not isinstance(last, RecordedRequest):
        return written
    written |= {
        "method": last.method,
        "url": last.url,
        "headers": [{name.lower(): value} for name, value in last.headers],
    }
    if last.body:
        kind = next((value for name, value in last.headers if name.lower() == "content-type"), "")
        written["postData"] = {"mimeType": kind, "text": last.body}
    if last.round > 1:
        written["retried"] = last.round - 1
    response = last.response
    if response is not None:
        written["response"] = {
            "type": next((value for name, value in response.headers if name == "content-type"), ""),
            "text": response.body,
            "status": response.status,
            "statusText": response.reason,
            "headers": [{name: value} for name, value in response.headers],
        }
    return written


def _assertion(check: Check) -> dict[str, Any]:
    name = check.subject.name if isinstance(check.subject, Variable) else ""
    written: dict[str, Any] = {"check": name}
    for condition in check.conditions:
        if condition.operator == "is_false":
            written["falsy"] = True
        elif condition.operator in _CONDITIONS:
            written[_CONDITIONS[condition.operator]] = condition.expected.source
    if not check.enforced:
        written["disabled"] = True
    return written


def _query(query: Query) -> Any:
    match query:
        case TextQuery(text):
            return text.source
        case JsonPathQuery(path):
            return {"jsonPath": path.source}
        case HeaderQuery(name):
            return {"header": name.source}
        case XPathQuery(path):
            return {"xPath": path.source}
        case EdnQuery(path):
            return {"edn": path.source}
        case CssQuery(selector, attribute):
            css = selector.source
            return {"jQuery": css if attribute is None else {"query": css, "attr": attribute.source}}
        case RegexQuery(pattern, of):
            inner = {} if of is None else _query(of)
            return {**(inner if isinstance(inner, dict) else {}), "regex": pattern.source}
        case _:
            return {}


def _parameters(variables: Pairs) -> list[dict[str, str]]:
    """Return one-entry objects by name, as readers of these results look them up."""
    return [{name: value} for name, value in sorted(variables)]


def _mean(times: list[int]) -> float:
    return round(sum(times) / len(times), 1) if times else 0
