"""The tables of a report: what CSV and Parquet files hold, one table a file; `_ms` are milliseconds.

requests, one row a request, page, message, group and journey, and first (`kind` total) all requests together:

    kind, name, count, failed, failed_share, rate_per_s, bytes_sent, bytes_received, cached (by browser caches,
    not in count), statuses (`200:897 503:3`), then for each of response (from when it was due), service (from when it
    was sent), successful_response and successful_service: _min_ms, _avg_ms, _p50_ms, _p90_ms, _p95_ms, _p99_ms,
    _max_ms; empty where nothing was measured

timeline, one row a point in time:

    second (where it begins), seconds (how wide it is), users, requests, failed, rate_per_s, iterations,
    failed_iterations, bytes_sent, bytes_received, avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms (response latency
    over all requests), cpu_share (of the busiest agent)

errors, one row a kind of failure of a request, message or journey, with the first one kept as a sample:

    series_kind, series, error_kind, message, count, share (of all failures), sample_second, sample_method, sample_url,
    sample_status, sample_body (its first 500 characters)

counters and violations, of tests with counters (the names of Visual Studio):

    second, seconds (empty in both: the whole run), category, counter, instance, value
    second, level, category, counter, instance, value, limit, text

metrics, of tests with metrics of their own, one row a metric:

    name, kind (trend, counter, gauge), count (of values), total, min, avg, p50, p90, p95, p99 (of a trend), max, last

application_counters, of runs with counters of the server under test, one row a counter and point of the timeline:

    second, seconds, application, counter, instance, unit, samples, avg, min, max
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from penstock.metrics.latency import Latency
from penstock.metrics.own import MICRO, OwnMetric
from penstock.metrics.points import Point
from penstock.metrics.rows import ErrorRow, Row
from penstock.reporting import applications
from penstock.reporting.counters import sentence
from penstock.runs.counters import CounterReport, Violation
from penstock.runs.report import Report

Cell = str | int | float | None

_BODY_SIGNS = 500
_FIGURES = ("min", "avg", "p50", "p90", "p95", "p99", "max")
_LATENCIES = ("response", "service", "successful_response", "successful_service")

REQUEST_COLUMNS = (
    *("kind", "name", "count", "failed", "failed_share", "rate_per_s", "bytes_sent", "bytes_received", "cached"),
    "statuses",
    *(f"{latency}_{figure}_ms" for latency in _LATENCIES for figure in _FIGURES),
)
TIMELINE_COLUMNS = (
    *("second", "seconds", "users", "requests", "failed", "rate_per_s", "iterations", "failed_iterations"),
    *("bytes_sent", "bytes_received", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms", "cpu_share"),
)
ERROR_COLUMNS = (
    *("series_kind", "series", "error_kind", "message", "count", "share"),
    *("sample_second", "sample_method", "sample_url", "sample_status", "sample_body"),
)

COUNTER_COLUMNS = ("second", "seconds", "category", "counter", "instance", "value")
APPLICATION_COLUMNS = (
    *("second", "seconds", "application", "counter", "instance", "unit", "samples", "avg", "min", "max"),
)
METRIC_COLUMNS = ("name", "kind", "count", "total", "min", "avg", "p50", "p90", "p95", "p99", "max", "last")
VIOLATION_COLUMNS = ("second", "level", "category", "counter", "instance", "value", "limit", "text")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns; a column holds texts or numbers, or both."""

    columns: tuple[str, ...]
    rows: tuple[Sequence[Cell], ...]


def tables_of(report: Report) -> dict[str, Table]:
    """Return the tables by name; those of counters and metrics only where there are some."""
    summary = report.summary
    rows = (
        summary.total,
        *summary.requests,
        *summary.pages,
        *summary.messages,
        *summary.groups,
        *summary.journeys,
    )
    found = {
        "requests": Table(REQUEST_COLUMNS, tuple(_request(row, total=row is summary.total) for row in rows)),
        "timeline": Table(TIMELINE_COLUMNS, tuple(map(_point, report.points))),
        "errors": Table(ERROR_COLUMNS, tuple(map(_error, summary.errors))),
    }
    if own := applications.others(report):
        found["metrics"] = Table(METRIC_COLUMNS, tuple(_metric(name, one) for name, one in sorted(own.items())))
    if report.counters is not None:
        found["counters"] = Table(COUNTER_COLUMNS, tuple(_counters(report.counters)))
        found["violations"] = Table(VIOLATION_COLUMNS, tuple(map(_violation, report.counters.violations)))
    if report.applications:
        found["application_counters"] = Table(APPLICATION_COLUMNS, tuple(_application_counters(report)))
    return found


def _request(row: Row, *, total: bool) -> Sequence[Cell]:
    latencies = (row.response, row.service, row.successful_response, row.successful_service)
    return [
        "total" if total else row.kind,
        row.name,
        row.count,
        row.failed,
        row.failed_share,
        row.rate,
        row.bytes_sent,
        row.bytes_received,
        row.cached,
        " ".join(f"{status}:{count}" for status, count in row.statuses),
        *(figure for latency in latencies for figure in _figures(latency)),
    ]


def _figures(latency: Latency) -> Sequence[Cell]:
    if not latency.count:
        return [None] * len(_FIGURES)
    seconds = (
        latency.min_s,
        latency.avg_s,
        latency.p50_s,
        latency.p90_s,
        latency.p95_s,
        latency.p99_s,
        latency.max_s,
    )
    return [value_s * 1e3 for value_s in seconds]


def _point(point: Point) -> Sequence[Cell]:
    latencies = (point.avg_s, point.p50_s, point.p90_s, point.p95_s, point.p99_s, point.max_s)
    return [
        point.second,
        point.seconds,
        point.users,
        point.count,
        point.failed,
        point.rate,
        point.iterations,
        point.failed_iterations,
        point.bytes_sent,
        point.bytes_received,
        *(value_s * 1e3 if point.count else None for value_s in latencies),
        point.cpu_share,
    ]


def _error(error: ErrorRow) -> Sequence[Cell]:
    sample = error.sample
    request = sample.request if sample else None
    response = sample.response if sample else None
    return [
        error.series_kind,
        error.series,
        error.kind,
        error.message,
        error.count,
        error.share,
        sample.second if sample else None,
        request.method if request else None,
        request.url if request else None,
        response.status if response else None,
        (response.body or "")[:_BODY_SIGNS] if response else None,
    ]


def _metric(name: str, own: OwnMetric) -> Sequence[Cell]:
    shares = (0.5, 0.9, 0.95, 0.99)
    quantiles = (own.quantile(share) if own.kind == "trend" else None for share in shares)
    least, most, last = (micro / MICRO for micro in (own.least_micro, own.most_micro, own.last_micro))
    return [name, own.kind, own.count, own.sum_micro / MICRO, least, own.average, *quantiles, most, last]


def _counters(counters: CounterReport) -> Iterator[Sequence[Cell]]:
    """Give the counters of the whole run, then those of each sample."""
    for name, value in counters.totals.items():
        yield [None, None, name.category, name.counter, name.instance, value]
    for sample in counters.samples:
        for name, value in sample.values.items():
            yield [sample.second, sample.seconds, name.category, name.counter, name.instance, value]


def _application_counters(report: Report) -> Iterator[Sequence[Cell]]:
    for line in applications.lines(report):
        for second, seconds, point in line.points:
            names = (line.application, line.counter, line.instance, line.unit)
            yield [second, seconds, *names, point.count, point.avg, point.least, point.most]


def _violation(one: Violation) -> Sequence[Cell]:
    name = one.counter
    return [one.second, one.level, name.category, name.counter, name.instance, one.value, one.limit, sentence(one)]
