"""A suite as JSON: Loadmill's shape of a suite run, with the runs of its flows whole."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import orjson

from penstock.metrics import numbers
from penstock.reporting.suite.sequences import redactable_result, sequence_result
from penstock.runs.suite_report import Attempt, FlowResult, SuiteReport

_STATUSES = {
    "passed": "PASSED",
    "failed": "FAILED",
    "flaky": "FLAKY",
    "stopped": "STOPPED",
    "error": "FAILED",
    "not run": "STOPPED",
}


def render(report: SuiteReport) -> bytes:
    """Return the report as JSON."""
    return orjson.dumps(describe(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def describe(report: SuiteReport) -> dict[str, Any]:
    """Return the report as plain values."""
    flows = report.flows
    passed = sum(result.has_passed for result in flows)
    finished = sum(result.status != "not run" for result in flows)
    return {
        "version": 1,
        "id": report.run_id,
        "description": report.description,
        "status": report.status.upper(),
        "startTime": _ms(report.started),
        "endTime": _ms(report.ended),
        "conf": {"useCookies": report.suite.cookie_scope != "off"},
        "displayName": report.launched_by,
        "testSuiteId": report.suite.id or None,
        "progress": f"{finished}/{len(flows)}",
        "successRate": f"{round(100 * passed / len(flows)) if flows else 0}%",
        "avgResTime": numbers.latency(report.mean_response_s),
        "file": report.file,
        "findings": [str(finding) for finding in report.findings],
        "testSuiteFlowRuns": [flow_run(result) for result in report.results],
    }


def flow_run(result: FlowResult) -> dict[str, Any]:
    """Return one flow with all of its attempts."""
    requests = [request for request in (result.last.requests if result.last else ()) if not request.failures]
    described: dict[str, Any] = {
        "id": result.id,
        "description": result.title,
        "kind": result.kind,
        "status": _STATUSES[result.status],
        "row": result.row,
        "values": dict(result.values),
        "testSuiteFlowStatus": None if result.flow is None else result.flow.status.capitalize(),
        "labels": [] if result.flow is None else list(result.flow.labels),
        "numOfRequests": len(result.last.requests) if result.last else 0,
        "avgResTime": round(1000 * sum(request.elapsed_s for request in requests) / len(requests)) if requests else 0,
        "duration": numbers.latency(result.last.duration_s) if result.last else "0 ms",
        "startTime": min(_starts(result), default=None),
        "endTime": max(_ends(result.attempts), default=None),
        "runs": [_attempt(attempt, result) for attempt in result.attempts],
    }
    if result.last is not None:
        described |= results_of(result.last, result)
    return described


def results_of(attempt: Attempt, result: FlowResult) -> dict[str, Any]:
    """Return `result` and `redactableResult` of one attempt; with what was done after it, both have two parts."""
    recording = attempt.recording
    if recording is None:
        return {"result": {"resolvedRequests": [], "failures": {}, "err": attempt.error}, "redactableResult": []}
    flow = sequence_result(result.journey, recording)
    values = redactable_result(result.journey, recording)
    after = None if result.flow is None else result.flow.after
    if attempt.after is None or after is None:
        return {"result": flow, "redactableResult": values}
    return {
        "result": {"flow": flow, "afterEach": sequence_result(after, attempt.after)},
        "redactableResult": {"flow": values, "afterEach": redactable_result(after, attempt.after)},
    }


def _attempt(attempt: Attempt, result: FlowResult) -> dict[str, Any]:
    status = "PASSED" if attempt.has_passed else "STOPPED" if attempt.is_stopped else "FAILED"
    return {
        "status": status,
        "startTime": attempt.recording.started_ms if attempt.recording else None,
        "endTime": max(_ends((attempt,)), default=None),
        "reason": attempt.reason,
        **results_of(attempt, result),
    }


def _starts(result: FlowResult) -> Iterable[int]:
    return (attempt.recording.started_ms for attempt in result.attempts if attempt.recording is not None)


def _ends(attempts: tuple[Attempt, ...]) -> Iterable[int]:
    return (
        each.started_ms + round(1000 * each.duration_s)
        for attempt in attempts
        for each in (attempt.recording, attempt.after)
        if each is not None
    )


def _ms(moment: datetime.datetime) -> int:
    return round(moment.timestamp() * 1000)
