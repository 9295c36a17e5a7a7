"""Runs of suites, flows and plans in the vendor's shapes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from penstock.accounts.people import Identity
from penstock.api.loadmill.wire import FLOW_STATUSES, STATUSES, in_words, milliseconds
from penstock.errors import NotFound
from penstock.library.items import Kind
from penstock.runs.state import RunState
from penstock.runs.stored import FlowRun, StoredRun
from penstock.services.bundle import Services

FlowRuns = tuple[FlowRun, ...]

_OVER = ("passed", "failed", "stopped", "error")


def plan_run_of(
    services: Services, who: Identity, run: StoredRun, *, with_flows: bool, is_grouped: bool
) -> dict[str, Any]:
    """Return a plan run; `testSuitesRuns` is there from the beginning on."""
    parts = services.past_runs.parts(who, run.id)
    return {
        "id": run.id,
        "description": run.described,
        "status": STATUSES[run.state],
        "startTime": milliseconds(run.started or run.run.created),
        "endTime": milliseconds(run.ended),
        "displayName": services.accounts.name_of(who, run.launched_by),
        "testPlanId": _kept(services, who, Kind.PLAN, run.test),
        "tags": list(run.tags),
        "url": f"{services.facts.public_url}/app/api-tests/test-plan-runs/{run.id}",
        **_error(run),
        "testSuitesRuns": [
            suite_run_of(services, who, part, is_grouped=is_grouped, with_flows=with_flows) for part in parts
        ],
    }


def suite_run_of(
    services: Services, who: Identity, run: StoredRun, *, is_grouped: bool, with_flows: bool = True
) -> dict[str, Any]:
    """Return a suite run. Hooks are among its flow runs, with `hookType`, and do not count in its numbers."""
    attempts = services.runs.flow_runs(who, run.id)
    flows = _by_flow(attempt for attempt in attempts if attempt.hook is None)
    last = [each[-1] for each in flows]
    over = [each for each in last if each.status in _OVER]
    passed = sum(each.status == "passed" for each in over)
    total = max(int(run.facts.get("flows", 0)), len(flows))
    shown: dict[str, Any] = {
        "id": run.id,
        "description": run.described,
        "startTime": milliseconds(run.started or run.run.created),
        "endTime": milliseconds(run.ended),
        "conf": {"useCookies": bool(run.facts.get("uses_cookies", True))},
        "status": STATUSES[run.state],
        "displayName": services.accounts.name_of(who, run.launched_by),
        "testSuiteId": _kept(services, who, Kind.SUITE, run.test),
        "progress": f"{len(over)}/{total}",
        "successRate": f"{round(100 * passed / len(over)) if over else 0}%",
        "avgResTime": in_words(_mean_ms(last)),
        "url": f"{services.facts.public_url}/app/api-tests/test-suite-runs/{run.id}",
        **_error(run),
    }
    if with_flows:
        entries = _by_flow(attempts)
        shown["testSuiteFlowRuns"] = (
            [_entry(each) for each in entries] if is_grouped else [_entry((one,)) for each in entries for one in each]
        )
    return shown


def flow_run_of(services: Services, who: Identity, id: str) -> dict[str, Any]:
    """Return one attempt at a flow; `result` and `redactableResult` once it is over."""
    attempt, run, described_result = services.results.flow_result(who, id)
    suite = _kept(services, who, Kind.SUITE, run.test)
    return {
        **_entry((attempt,)),
        "conf": services.kept_tests.flow_configuration(who, attempt.flow, attempt.name, run.run.created),
        "testSuiteFlowId": _kept(services, who, Kind.FLOW, attempt.flow) if attempt.flow else None,
        "testSuiteId": suite,
        "testSuiteRunId": run.id,
        **described_result,
    }


def _by_flow(attempts: Iterable[FlowRun]) -> list[FlowRuns]:
    """Return the attempts of each flow and row, in their order."""
    return [tuple(each) for _, each in groupby(attempts, key=lambda one: (one.position, one.row))]


def _entry(attempts: FlowRuns) -> dict[str, Any]:
    """Return the attempts at a flow as one flow run: with the status of the last, `FLAKY` if it passed in the end."""
    first, last = attempts[0], attempts[-1]
    status = FLOW_STATUSES[last.status]
    if status == "PASSED" and any(one.status != "passed" for one in attempts):
        status = "FLAKY"
    entry: dict[str, Any] = {
        "id": last.id,
        "startTime": milliseconds(first.started),
        "endTime": milliseconds(last.ended),
        "conf": {},
        "description": last.name if last.row is None else f"{last.name} [row {last.row}]",
        "status": status,
        "numOfRequests": int(last.facts.get("requests", 0)),
        "avgResTime": round(last.facts.get("mean_ms", 0.0)),
        "duration": in_words(last.facts.get("duration_ms", 0.0)),
        "testSuiteFlowId": last.flow,
        "testSuiteFlowStatus": str(last.facts.get("flow_status", "active")).capitalize(),
        "labels": list(last.facts.get("labels", ())),
        "runs": [
            {
                "id": one.id,
                "status": FLOW_STATUSES[one.status],
                "startTime": milliseconds(one.started),
                "endTime": milliseconds(one.ended),
            }
            for one in attempts
        ],
    }
    if last.hook is not None:
        entry["hookType"] = last.hook
    return entry


def _mean_ms(attempts: Iterable[FlowRun]) -> float:
    counted = [(one.facts.get("successful", 0), one.facts.get("mean_ms", 0.0)) for one in attempts]
    total = sum(count for count, _ in counted)
    return sum(count * mean for count, mean in counted) / total if total else 0.0


def _kept(services: Services, who: Identity, kind: Kind, id: str | None) -> str | None:
    """Return the id of what was run, unless it was deleted."""
    if id is None:
        return None
    try:
        return services.library.get(who, kind, id).id
    except NotFound:
        return None


def _error(run: StoredRun) -> dict[str, Any]:
    return {"error": {"message": run.run.why}} if run.state is RunState.ERROR else {}
