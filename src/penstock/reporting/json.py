"""The summary for machines: `summary.v1`, with its schema in schema/summary.v1.json.

Seconds, bytes, and shares from 0 to 1. A latency in which nothing was measured is null. Fields are added over time,
never changed.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson

from penstock.metrics.latency import Latency
from penstock.metrics.own import MICRO, OwnMetric
from penstock.metrics.rows import CheckRow, ErrorRow, Row
from penstock.metrics.samples import Headers, Sample
from penstock.metrics.summary import Summary
from penstock.model import CounterName
from penstock.reporting import applications
from penstock.reporting.counters import sentence
from penstock.runs.counters import CounterReport
from penstock.runs.report import Report
from penstock.runs.verdict import Verdict

VERSION = 1


def render(report: Report) -> bytes:
    """Return the summary as indented JSON in UTF-8."""
    content = {
        "version": VERSION,
        "run": _run(report),
        "scenario": {
            "users": report.scenario.users,
            "duration_s": report.scenario.duration_s,
            "load": report.scenario.load,
            "iterations_per_user": report.scenario.iterations_per_user,
            "iterations_total": report.scenario.iterations_total,
            "warm_up_s": report.scenario.warm_up_s,
            "cool_down_s": report.scenario.cool_down_s,
            "journeys": list(report.scenario.journeys),
            "base_url": report.scenario.base_url,
            "target_overrides": dict(report.scenario.target_overrides),
        },
        "verdict": _verdict(report.verdict),
        **_numbers(report.summary),
        "counters": None if report.counters is None else _counters(report.counters),
        "metrics": [_own(name, own) for name, own in sorted(report.summary.snapshot.own.items())],
        "applications": _applications(report),
        "events": [{"at_s": event.at_s, "who": event.who, "what": event.what} for event in report.events],
        "findings": [finding.facts() for finding in report.findings],
    }
    return orjson.dumps(encodable(content), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _counters(counters: CounterReport) -> dict[str, Any]:
    return {
        "sample_s": counters.sample_s,
        "warnings": counters.warnings,
        "criticals": counters.criticals,
        "totals": [_counter(name, value) for name, value in counters.totals.items()],
        "samples": [
            {
                "second": sample.second,
                "seconds": sample.seconds,
                "values": [_counter(name, value) for name, value in sample.values.items()],
            }
            for sample in counters.samples
        ],
        "violations": [
            {
                "second": one.second,
                "level": one.level,
                **_counter(one.counter, one.value),
                "limit": one.limit,
                "text": sentence(one),
            }
            for one in counters.violations
        ],
        "errors": [
            {"type": one.type, "subtype": one.subtype, "count": one.count, "message": one.message}
            for one in counters.errors
        ],
    }


def _counter(name: CounterName, value: float) -> dict[str, Any]:
    return {"category": name.category, "counter": name.counter, "instance": name.instance, "value": value}


def _applications(report: Report) -> list[dict[str, Any]]:
    found = applications.lines(report)
    return [
        {
            "name": application.name,
            "kind": application.kind,
            "every_s": application.every_s,
            "counters": [
                {
                    "name": line.counter,
                    "instance": line.instance,
                    "unit": line.unit,
                    "count": line.count,
                    "last": line.last,
                    "min": line.least,
                    "avg": line.average,
                    "max": line.most,
                    "points": [
                        {
                            "second": second,
                            "seconds": seconds,
                            "count": point.count,
                            "min": point.least,
                            "avg": point.avg,
                            "max": point.most,
                        }
                        for second, seconds, point in line.points
                    ],
                }
                for line in found
                if line.application == application.name
            ],
        }
        for application in report.applications
    ]


def _own(name: str, own: OwnMetric) -> dict[str, Any]:
    trend = own.kind == "trend"
    return {
        "name": name,
        "kind": own.kind,
        "count": own.count,
        "total": own.sum_micro / MICRO,
        "min": own.least_micro / MICRO,
        "avg": own.average,
        "max": own.most_micro / MICRO,
        "last": own.last_micro / MICRO,
        **{f"p{share}": own.quantile(share / 100) if trend else None for share in (50, 90, 95, 99)},
    }


def _run(report: Report) -> dict[str, Any]:
    run = report.run
    return {
        "name": run.name,
        "file": run.file,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat(),
        "duration_s": run.duration_s,
        "arguments": list(run.arguments),
        "penstock": run.version,
        "workers": run.workers,
        "workers_why": run.workers_why,
        "nodes": [dataclasses.asdict(node) for node in run.spread.nodes] if run.spread else [],
        "start_skew_s": run.spread.start_skew_s if run.spread else None,
        "machine": {"cores": run.machine.cores, "kernel": run.machine.kernel, "python": run.machine.python},
        "end": run.end,
        "message": run.message,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    limit = verdict.failure_limit
    return {
        "passed": verdict.passed,
        "reasons": list(verdict.reasons),
        "warnings": list(verdict.warnings),
        "thresholds": [
            {
                "text": one.threshold.text,
                "metric": one.threshold.metric,
                "name": one.threshold.name,
                "comparison": one.threshold.comparison,
                "value": one.threshold.value,
                "against": None if one.threshold.against is None else str(one.threshold.against),
                "limit": one.limit,
                "window_s": one.threshold.window_s,
                "observed": one.observed,
                "passed": one.passed,
                "note": one.note,
                "kind": one.threshold.kind,
                "warning": one.threshold.warning,
                "warned": one.warned,
                "fails": one.threshold.fails,
            }
            for one in verdict.thresholds
        ],
        "failure_limit": {
            "of": limit.of,
            "failed": limit.failed,
            "count": limit.count,
            "observed": limit.observed,
            "most": limit.most,
            "passed": limit.passed,
        },
    }


def _numbers(summary: Summary) -> dict[str, Any]:
    iterations, users, health = summary.iterations, summary.users, summary.health
    return {
        "seconds": summary.seconds,
        "totals": {"requests": _measured(summary.total)},
        "requests": [_row(row) for row in summary.requests],
        "groups": [_row(row) for row in summary.groups],
        "pages": [_row(row) for row in summary.pages],
        "messages": [_row(row) for row in summary.messages],
        "journeys": [_row(row) for row in summary.journeys],
        "checks": [_check(check) for check in summary.checks],
        "errors": [_error(error) for error in summary.errors],
        "iterations": {
            "started": iterations.started,
            "finished": iterations.finished,
            "failed": iterations.failed,
            "failed_share": iterations.failed_share,
            "interrupted": iterations.interrupted,
            "late": iterations.late,
            "dropped": iterations.dropped,
        },
        "users": {"peak": users.peak, "mean": users.mean, "user_seconds": users.user_seconds},
        "generator": {
            "trustworthy": summary.trustworthy,
            "distrust": list(summary.distrust),
            "cpu_share": health.cpu_share,
            "start_lateness": _latency(health.start_lateness),
            "client_lag": _latency(health.client_lag),
            "loop_lag": _latency(health.loop_lag),
            "slow_steps": [
                {"where": step.where, "count": step.count, "longest_s": step.longest_s} for step in health.slow_steps
            ],
            "agents": [
                {
                    "source": agent.source,
                    "wall_s": agent.wall_s,
                    "cpu_share": agent.cpu_share,
                    "busy_share": agent.busy_share,
                    "rss_bytes": agent.rss_bytes,
                    "open_connections": agent.open_connections,
                    "reconnects": agent.reconnects,
                    "peak_users": agent.peak_users,
                    "out_of_descriptors": agent.out_of_descriptors,
                    "out_of_ports": agent.out_of_ports,
                }
                for agent in health.agents
            ],
        },
    }


def _row(row: Row) -> dict[str, Any]:
    return {"name": row.name, "share": row.share, **_measured(row), "checks": [_check(check) for check in row.checks]}


def _measured(row: Row) -> dict[str, Any]:
    return {
        "count": row.count,
        "failed": row.failed,
        "failed_share": row.failed_share,
        "rate": row.rate,
        "bytes_sent": row.bytes_sent,
        "bytes_received": row.bytes_received,
        "cached": row.cached,
        "statuses": dict(row.statuses),
        "all": {"count": row.count, "response": _latency(row.response), "service": _latency(row.service)},
        "successful": {
            "count": row.successful,
            "response": _latency(row.successful_response),
            "service": _latency(row.successful_service),
        },
        "connect": _latency(row.connect),
        "phases": {phase: _latency(took) for phase, took in row.phases},
    }


def _latency(latency: Latency) -> dict[str, Any] | None:
    if not latency.count:
        return None
    return {
        "count": latency.count,
        "min_s": latency.min_s,
        "avg_s": latency.avg_s,
        "stddev_s": latency.stddev_s,
        "p50_s": latency.p50_s,
        "p90_s": latency.p90_s,
        "p95_s": latency.p95_s,
        "p99_s": latency.p99_s,
        "max_s": latency.max_s,
    }


def _check(check: CheckRow) -> dict[str, Any]:
    return {
        "series_kind": check.series_kind,
        "series": check.series,
        "name": check.name,
        "held": check.held,
        "missed": check.missed,
    }


def _error(error: ErrorRow) -> dict[str, Any]:
    return {
        "series_kind": error.series_kind,
        "series": error.series,
        "kind": error.kind,
        "message": error.message,
        "count": error.count,
        "share": error.share,
        "sample": None if error.sample is None else _sample(error.sample),
    }


def _sample(sample: Sample) -> dict[str, Any]:
    request, response = sample.request, sample.response
    return {
        "second": sample.second,
        "source": sample.source,
        "request": request
        and {
            "method": request.method,
            "url": request.url,
            "original_url": request.original_url,
            "headers": _headers(request.headers),
            "body": request.body,
        },
        "response": response
        and {
            "status": response.status,
            "reason": response.reason,
            "headers": _headers(response.headers),
            "body": response.body,
        },
    }


def _headers(headers: Headers) -> list[list[str]]:
    return [list(pair) for pair in headers]


def encodable(value: Any) -> Any:
    """Return the value with texts that UTF-8 can hold: a file name on the command line may be any bytes."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {encodable(key): encodable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [encodable(item) for item in value]
    return value
