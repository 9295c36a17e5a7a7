"""Loads as metrics: what a message to a collector says of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from penstock import __version__
from penstock.metrics.histogram import merge as merge_histograms
from penstock.metrics.measures import Series, merge_series
from penstock.metrics.own import COUNTER as READ
from penstock.metrics.own import MICRO, OwnMetric
from penstock.metrics.snapshot import Snapshot
from penstock.reporting.exposition import most_frequent
from penstock.reporting.otlp import kinds
from penstock.reporting.otlp.points import Kind, Points
from penstock.reporting.otlp.state import LoadState

MOST_CHECKS = 100
MOST_OWN = 100
"""Metrics of a test's own that are exported, and counters of the server under test likewise."""


def message(loads: Iterable[LoadState], now_ns: int, *, exponential: bool) -> MetricsData:
    """Return all that is to be said of some loads at a moment."""
    points = Points(now_ns, exponential=exponential)
    for load in loads:
        _Told(points, load).tell()
    resource = Resource.create({"service.name": "penstock", "service.version": __version__})
    scope = ScopeMetrics(InstrumentationScope("penstock", __version__), points.metrics(), "")
    return MetricsData([ResourceMetrics(resource, [scope], "")])


class _Told:
    """One load, told into points."""

    def __init__(self, points: Points, load: LoadState) -> None:
        self._points = points
        self._load = load
        pairs = zip(("run", "name", "team"), load.name.labels, strict=True)
        self._labels = {key: value for key, value in pairs if value}

    def tell(self) -> None:
        total = self._load.total
        self._of_load(total)
        for name, parts in most_frequent(total, "request").items():
            self._request(name, merge_series(parts))
        for kind, (label, passes, failures, latency) in kinds.OTHER_SERIES.items():
            for name, parts in most_frequent(total, kind).items():
                series, labels = merge_series(parts), {label: name}
                self._number(passes, series.count, **labels)
                self._number(failures, series.failed, **labels)
                took = merge_histograms((series.response, series.failed_response))
                self._points.histogram(latency, took, self._labels | labels, self._load.started_ns)
        self._checks(total.series)
        read = {name.removeprefix(READ): one for name, one in total.own.items() if name.startswith(READ)}
        for name, one in sorted(read.items())[:MOST_OWN]:
            self._number(kinds.COUNTER, one.last_micro / MICRO, counter=name)
        own = sorted((name, one) for name, one in total.own.items() if not name.startswith(READ))
        for name, one in own[:MOST_OWN]:
            self._own(name, one)

    def _number(self, kind: Kind, value: float, /, **labels: str) -> None:
        self._points.number(kind, value, self._labels | labels, self._load.started_ns)

    def _of_load(self, total: Snapshot) -> None:
        load, iterations = self._load, total.iterations
        self._number(kinds.USERS, load.users)
        self._number(kinds.AGENTS, len(total.agents))
        self._number(kinds.AGENT_CPU, load.cpu_share)
        for source, agent in total.agents.items():
            self._number(kinds.AGENT_CPU_TIME, agent.cpu_us / 1e6, agent=source)
            self._number(kinds.AGENT_MEMORY, agent.rss_bytes, agent=source)
        self._number(kinds.ITERATIONS, iterations.finished)
        self._number(kinds.FAILED_ITERATIONS, iterations.failed)
        self._number(kinds.INTERRUPTED_ITERATIONS, iterations.interrupted)
        self._number(kinds.LATE_STARTS, iterations.late)
        self._number(kinds.DROPPED_STARTS, iterations.dropped)
        for kind, lag in ((kinds.START_LATENESS, total.lags.start_lateness), (kinds.CLIENT_LAG, total.lags.client_lag)):
            self._points.histogram(kind, lag, self._labels, load.started_ns)

    def _request(self, name: str, series: Series) -> None:
        for status, count in _by_class(series).items():
            self._number(kinds.REQUESTS, count, request=name, status=status)
        self._number(kinds.FAILURES, series.failed, request=name)
        by_kind: dict[str, int] = {}
        for (kind, _), count in series.errors.items():
            by_kind[kind] = by_kind.get(kind, 0) + count
        for kind, count in by_kind.items():
            self._number(kinds.ERRORS, count, request=name, kind=kind)
        self._number(kinds.SENT, series.bytes_sent, request=name)
        self._number(kinds.RECEIVED, series.bytes_received, request=name)
        for latency, parts in (
            (kinds.LATENCY, (series.response, series.failed_response)),
            (kinds.SERVICE_LATENCY, (series.service, series.failed_service)),
        ):
            labels = self._labels | {"request": name}
            self._points.histogram(latency, merge_histograms(parts), labels, self._load.started_ns)

    def _checks(self, series: Mapping[tuple[str, str], Series]) -> None:
        every = [
            (name, check, counts)
            for (kind, name), one in series.items()
            if kind != "tag"  # it counts those of its requests once more
            for check, counts in one.checks.items()
        ]
        every.sort(key=lambda each: (-sum(each[2]), each[:2]))
        for name, check, (held, missed) in every[:MOST_CHECKS]:
            self._number(kinds.CHECKS, held, request=name, check=check, outcome="held")
            self._number(kinds.CHECKS, missed, request=name, check=check, outcome="missed")

    def _own(self, name: str, one: OwnMetric) -> None:
        labels = self._labels | {"metric": name}
        match one.kind:
            case "counter":
                kind = kinds.OWN_TOTAL if one.least_micro >= 0 else kinds.OWN_SUM
                self._points.number(kind, one.sum_micro / MICRO, labels, self._load.started_ns)
            case "gauge":
                self._points.number(kinds.OWN_VALUE, one.last_micro / MICRO, labels, self._load.started_ns)
            case "trend":
                self._points.histogram(kinds.OWN_TREND, one.histogram, labels, self._load.started_ns)


def _by_class(series: Series) -> dict[str, int]:
    """Return the requests by class of their status: `2xx` to `5xx`, `none` where no complete response came."""
    counts = {"none": series.count - sum(series.statuses.values())}
    for status, count in series.statuses.items():
        group = f"{status[0]}xx" if len(status) == 3 and status.isdecimal() else "none"
        counts[group] = counts.get(group, 0) + count
    return {group: count for group, count in counts.items() if count}
