"""Metrics in Prometheus' terms: what loads under way have given so far, with few enough names for who keeps them.

A load has at most `MOST_REQUESTS` requests of its own here, those with the most exchanges; others are summed up in one.
Latencies are counted in the fixed bounds of `BOUNDS_S`, from histograms that are exact to 0.4 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from penstock.metrics.histogram import merge as merge_histograms
from penstock.metrics.measures import Series
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.reporting.bounds import BOUNDS_S, up_to_bounds

MOST_REQUESTS = 50
OTHERS = "(others)"
"""The name that the requests beyond the most frequent ones share."""

_LABELS = ("run", "name", "team")


@dataclass(frozen=True, slots=True)
class LoadName:
    """Which load it is: the run's id, the test's name, the team's."""

    run: str
    name: str
    team: str = ""

    @property
    def labels(self) -> tuple[str, str, str]:
        """The values of the labels that all measures of a load carry."""
        return self.run, self.name, self.team


@dataclass(frozen=True, slots=True)
class RequestMeasures:
    """All exchanges of a request; `buckets` counts those of the `timed` that took up to each of `BOUNDS_S`."""

    count: int
    failed: int
    timed: int
    sum_s: float
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoadMeasures:
    """What a load has given so far; `users` and `cpu_share` (of the busiest agent's core) are of the newest second."""

    users: float
    cpu_share: float
    agents: int
    iterations: int
    failed_iterations: int
    requests: Mapping[str, RequestMeasures]

    @staticmethod
    def of(timeline: Timeline) -> LoadMeasures:
        """Return those of a load under way."""
        newest = timeline.latest()
        users, cpu_share = (0.0, 0.0) if newest is None else (newest.users, newest.cpu_share)
        return LoadMeasures._of(timeline.total, users, cpu_share)

    @staticmethod
    def in_the_end(total: Snapshot) -> LoadMeasures:
        """Return those of a load that is over, which has no users any more."""
        return LoadMeasures._of(total, 0.0, 0.0)

    @staticmethod
    def _of(total: Snapshot, users: float, cpu_share: float) -> LoadMeasures:
        return LoadMeasures(
            users=users,
            cpu_share=cpu_share,
            agents=len(total.agents),
            iterations=total.iterations.finished,
            failed_iterations=total.iterations.failed,
            requests=_requests(total),
        )


def _requests(total: Snapshot) -> dict[str, RequestMeasures]:
    return {name: _measured(series) for name, series in most_frequent(total, "request").items()}


def most_frequent(total: Snapshot, wanted: str) -> dict[str, list[Series]]:
    """Return the series of a kind by their names, the most frequent ones first; all others together as `OTHERS`."""
    series = {name: one for (kind, name), one in total.series.items() if kind == wanted}
    by_count = sorted(series, key=lambda name: (-series[name].count, name))
    found = {name: [series[name]] for name in by_count[:MOST_REQUESTS]}
    if rest := by_count[MOST_REQUESTS:]:
        found[OTHERS] = [series[name] for name in rest]
    return found


def _measured(series: list[Series]) -> RequestMeasures:
    took = merge_histograms([histogram for one in series for histogram in (one.response, one.failed_response)])
    return RequestMeasures(
        count=sum(one.count for one in series),
        failed=sum(one.failed for one in series),
        timed=took.count,
        sum_s=took.sum_ns / 1e9,
        buckets=up_to_bounds(took, BOUNDS_S),
    )


def families(loads: Iterable[tuple[LoadName, LoadMeasures]]) -> Iterator[Metric]:
    """Give the metrics of some loads."""
    users = GaugeMetricFamily("penstock_load_users", "Users of a load under way.", labels=_LABELS)
    agents = GaugeMetricFamily("penstock_load_agents", "Agents that a load was measured by.", labels=_LABELS)
    cpu = GaugeMetricFamily(
        "penstock_load_agent_cpu_ratio", "Share of a core that the busiest agent uses; near 1 it lags.", labels=_LABELS
    )
    iterations = CounterMetricFamily("penstock_load_iterations", "Iterations finished.", labels=_LABELS)
    failed = CounterMetricFamily("penstock_load_failed_iterations", "Iterations that failed.", labels=_LABELS)
    by_request = (*_LABELS, "request")
    requests = CounterMetricFamily("penstock_load_requests", "Requests, those that failed included.", labels=by_request)
    failures = CounterMetricFamily("penstock_load_failures", "Requests that failed.", labels=by_request)
    latency = HistogramMetricFamily(
        "penstock_load_latency_seconds",
        "Response latency (since due) of all requests, in seconds.",
        labels=by_request,
    )
    for load, measures in loads:
        labels = load.labels
        users.add_metric(labels, measures.users)
        agents.add_metric(labels, measures.agents)
        cpu.add_metric(labels, measures.cpu_share)
        iterations.add_metric(labels, measures.iterations)
        failed.add_metric(labels, measures.failed_iterations)
        for name, one in measures.requests.items():
            requests.add_metric((*labels, name), one.count)
            failures.add_metric((*labels, name), one.failed)
            buckets = [(str(bound), count) for bound, count in zip(BOUNDS_S, one.buckets, strict=True)]
            latency.add_metric((*labels, name), [*buckets, ("+Inf", one.timed)], one.sum_s)
    yield from (users, agents, cpu, iterations, failed, requests, failures, latency)
