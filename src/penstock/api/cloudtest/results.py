"""What a run gave: the file of its results, and its numbers in short."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from penstock.api.cloudtest.belonging import Belonging
from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.api.cloudtest.counters import GROUPS, USER_LOAD_OF_ALL
from penstock.errors import Conflict
from penstock.metrics.histogram import merge
from penstock.metrics.latency import Latency
from penstock.metrics.rows import Row
from penstock.metrics.summary import Summary
from penstock.model import CounterName
from penstock.runs.counters.facts import Facts
from penstock.services.kept_cloud_runs import CloudRun
from penstock.services.result_archives import DIAGNOSTICS
from penstock.services.run_counters import CounterState

_FILE = "LoadTest.ltrar.zip"
"""The name that clients expect: they check the ending, and then gunzip it."""

_SLOWEST = 5
_PERCENTILES = (50, 75, 90, 95, 99)
_TOTAL = "_Total"


def _results(call: Call) -> Response:
    run = call.services.cloud_runs.get(call.who, call.place["id"])
    base = f"{call.base}/_apis/clt/testRuns/{run.id}/CounterInstances?groupNames="
    found = None
    if run.run is not None and run.deleted is None:
        found = call.services.result_archives.find(call.who, run.run, f"{run.id}/TestResult", _FILE)
    return call.answer(
        {
            "resultsUrl": None if found is None else found.url,
            "cloudLoadTestSolutionUrl": None,
            "diagnostics": None if found is None else _diagnostics(call, run, found.logged),
            "counterGroups": [{"groupName": group, "url": base + quote(group)} for group in GROUPS],
        }
    )


def _diagnostics(call: Call, run: CloudRun, logged: datetime.datetime) -> dict[str, Any]:
    grant = call.services.result_archives.grant(call.who.team, run.id)
    return {
        "diagnosticStoreConnectionString": f"{grant.url.rpartition('/')[0]}?{grant.query}",
        "relativePathToDiagnosticFiles": f"{run.id}/TestResult/{DIAGNOSTICS}",
        "lastModifiedTime": time_of(logged),
    }


def _summary(call: Call) -> Response:
    run = call.services.cloud_runs.get(call.who, call.place["id"])
    if run.run is None or run.run.started is None:
        raise Conflict(f"run {run.id} has not begun; there are no results yet")
    report = call.services.results.report(call.who, run.run.id)
    summary = report.summary
    state = call.services.run_counters.state(call.who, run.run)
    facts = Facts() if state is None else state.intervals.facts
    told = _Told({} if report.counters is None else report.counters.totals, Belonging(facts))
    pages = summary.pages or summary.requests
    return call.answer(
        {
            "overallScenarioSummary": _users(state, summary),
            "overallTestSummary": _tests(summary, told),
            "overallPageSummary": _page("", sum(row.count for row in pages), _together(pages), told),
            "overallRequestSummary": _request(summary.total, told, is_total=True),
            "overallTransactionSummary": _transaction(
                "", sum(row.count for row in summary.groups), _together(summary.groups), told
            ),
            "topSlowPages": [_page(row.name, row.count, row.service, told) for row in _slowest(pages)],
            "topSlowRequests": [_request(row, told) for row in _slowest(summary.requests)],
            "topSlowTests": [_test(row, told) for row in _slowest(summary.journeys)],
            "topSlowTransactions": [
                _transaction(row.name, row.count, row.service, told) for row in _slowest(summary.groups)
            ],
        }
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What the rows of the summary do not say: counters over the whole run, and what belongs to what."""

    totals: Mapping[CounterName, float]
    belonging: Belonging

    def place_of(self, name: str) -> dict[str, str]:
        """Return test and scenario of a request, page or transaction; of all of them ("") none."""
        test = self.belonging.test_of(name) if name else ""
        return {"testName": test, "scenarioName": self.belonging.scenario_of(test)}

    def test_time_s(self, name: str, default: float) -> float:
        """Return the average time of a test, with the think times that were waited for; "" is all tests."""
        return self.totals.get(CounterName("LoadTest:Test", "Avg. Test Time", name or _TOTAL), default)

    def transaction_time_s(self, name: str, default: float) -> float:
        """Return the average time of a transaction, with its think times; "" is all of them."""
        return self.totals.get(CounterName("LoadTest:Transaction", "Avg. Transaction Time", name or _TOTAL), default)

    def meeting_goal(self, name: str) -> int:
        """Return how many of a hundred pages met their goal; those without one do."""
        return round(self.totals.get(CounterName("LoadTest:Page", "% Pages Meeting Goal", name or _TOTAL), 100.0))


def _users(state: CounterState | None, summary: Summary) -> dict[str, Any]:
    """Return the users of the run: the least and the most of them on average over an interval."""
    loads: list[int] = []
    if state is not None:
        with state.lock:
            loads = [reading.raw for reading in state.intervals.readings.get(USER_LOAD_OF_ALL, ())]
    names = list(state.intervals.facts.tests) if state is not None else []
    return {
        "scenarioName": names[0] if len(names) == 1 else "",
        "minUserLoad": min(loads, default=0),
        "maxUserLoad": max(loads, default=summary.users.peak),
    }


def _slowest(rows: tuple[Row, ...]) -> list[Row]:
    return sorted(rows, key=lambda row: -row.service.avg_s)[:_SLOWEST]


def _together(rows: tuple[Row, ...]) -> Latency:
    """Return the latency of all these rows as one."""
    return Latency.of(merge(row.service.histogram for row in rows))


def _percentiles(latency: Latency) -> list[dict[str, float]]:
    return [
        {"percentile": percentile, "percentileValue": value_ns / 1e9}
        for percentile, value_ns in zip(
            _PERCENTILES, latency.histogram.quantiles(one / 100 for one in _PERCENTILES), strict=True
        )
    ]


def _request(row: Row, told: _Told, *, is_total: bool = False) -> dict[str, Any]:
    return {
        "requestUrl": "" if is_total else row.name,
        **told.place_of("" if is_total else row.name),
        "totalRequests": row.count,
        "passedRequests": row.count - row.failed,
        "failedRequests": row.failed,
        "averageResponseTime": row.service.avg_s,
        "requestsPerSec": row.rate,
        "percentileData": _percentiles(row.service),
    }


def _tests(summary: Summary, told: _Told) -> dict[str, Any]:
    finished, failed = summary.iterations.finished, summary.iterations.failed
    latency = _together(summary.journeys)
    return {
        "testName": "",
        "scenarioName": "",
        "totalTests": finished,
        "passedTests": finished - failed,
        "failedTests": failed,
        "averageTestTime": told.test_time_s("", latency.avg_s),
        "percentileData": _percentiles(latency),
    }


def _test(row: Row, told: _Told) -> dict[str, Any]:
    return {
        "testName": row.name,
        "scenarioName": told.belonging.scenario_of(row.name),
        "totalTests": row.count,
        "passedTests": row.count - row.failed,
        "failedTests": row.failed,
        "averageTestTime": told.test_time_s(row.name, row.service.avg_s),
        "percentileData": _percentiles(row.service),
    }


def _page(name: str, count: int, latency: Latency, told: _Told) -> dict[str, Any]:
    return {
        "pageUrl": name,
        **told.place_of(name),
        "totalPages": count,
        "averagePageTime": latency.avg_s,
        "percentagePagesMeetingGoal": told.meeting_goal(name),
        "percentileData": _percentiles(latency),
    }


def _transaction(name: str, count: int, latency: Latency, told: _Told) -> dict[str, Any]:
    return {
        "transactionName": name,
        **told.place_of(name),
        "totalTransactions": count,
        "averageTransactionTime": told.transaction_time_s(name, latency.avg_s),
        "averageResponseTime": latency.avg_s,
        "percentileData": _percentiles(latency),
    }


ROUTES = [
    route("GET", "/_apis/clt/testruns/{id}/results", _results),
    route("GET", "/_apis/clt/testruns/{id}/resultsummary", _summary),
]
