"""One point of the timeline, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from penstock.metrics.histogram import EMPTY, Histogram
from penstock.metrics.histogram import merge as merge_histograms
from penstock.metrics.own import COUNTER, MICRO, OwnMetric
from penstock.metrics.packed_rows import PackedRows
from penstock.metrics.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class RequestPoint:
    """One request in one point; `avg_s` is the response latency over all exchanges."""

    count: int
    failed: int
    rate: float
    avg_s: float


@dataclass(frozen=True, slots=True)
class CounterPoint:
    """The samples of one counter from elsewhere in one point, of which there is at least one."""

    count: int
    avg: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Point:
    """All agents together from `second` on, for `seconds` (1, or a power of two in long runs).

    `span_s` is the time really measured in it, which the rates are taken over: the last point may be shorter.
    Latencies are response latencies, where they are not called service, over all exchanges, failed ones included;
    `cpu_share` is the busiest agent's (1 is a core). `requests` is empty where the run has too many names to keep a
    curve of each. `counters` are those from elsewhere, by full name, that were read in it.
    """

    second: int
    seconds: int
    span_s: float
    users: float
    count: int
    failed: int
    rate: float
    bytes_sent: int
    bytes_received: int
    iterations: int
    failed_iterations: int
    avg_s: float
    p50_s: float
    p90_s: float
    p95_s: float
    p99_s: float
    max_s: float
    service_p50_s: float
    service_p95_s: float
    service_p99_s: float
    cpu_share: float
    requests: Mapping[str, RequestPoint]
    counters: Mapping[str, CounterPoint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a point is made of. `agents` holds (cpu, wall) microseconds, `requests` (count, failed, latency sum)."""

    user_us: int = 0
    count: int = 0
    failed: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    iterations: int = 0
    failed_iterations: int = 0
    response: Histogram = EMPTY
    service: Histogram = EMPTY
    agents: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    requests: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    counters: Mapping[str, OwnMetric] = field(default_factory=dict)

    @staticmethod
    def of(snapshot: Snapshot) -> Slot:
        """Return what a chart needs of a snapshot."""
        requests = {name: series for (kind, name), series in snapshot.series.items() if kind == "request"}
        return Slot(
            user_us=snapshot.user_us,
            count=sum(series.count for series in requests.values()),
            failed=sum(series.failed for series in requests.values()),
            bytes_sent=sum(series.bytes_sent for series in requests.values()),
            bytes_received=sum(series.bytes_received for series in requests.values()),
            iterations=snapshot.iterations.finished,
            failed_iterations=snapshot.iterations.failed,
            response=merge_histograms(
                histogram for series in requests.values() for histogram in (series.response, series.failed_response)
            ),
            service=merge_histograms(
                histogram for series in requests.values() for histogram in (series.service, series.failed_service)
            ),
            agents={source: (agent.cpu_us, agent.wall_us) for source, agent in snapshot.agents.items()},
            requests={
                name: (series.count, series.failed, series.response.sum_ns + series.failed_response.sum_ns)
                for name, series in requests.items()
            },
            counters={
                name.removeprefix(COUNTER): own for name, own in snapshot.own.items() if name.startswith(COUNTER)
            },
        )

    def __add__(self, other: Slot) -> Slot:
        agents = dict(self.agents)
        for source, (cpu_us, wall_us) in other.agents.items():
            cpu_before_us, wall_before_us = agents.get(source, (0, 0))
            agents[source] = (cpu_before_us + cpu_us, wall_before_us + wall_us)
        requests = dict(self.requests)
        for name, (count, failed, sum_ns) in other.requests.items():
            count_before, failed_before, sum_before_ns = requests.get(name, (0, 0, 0))
            requests[name] = (count_before + count, failed_before + failed, sum_before_ns + sum_ns)
        counters = dict(self.counters)
        for name, own in other.counters.items():
            counters[name] = counters[name] + own if name in counters else own
        return Slot(
            user_us=self.user_us + other.user_us,
            count=self.count + other.count,
            failed=self.failed + other.failed,
            bytes_sent=self.bytes_sent + other.bytes_sent,
            bytes_received=self.bytes_received + other.bytes_received,
            iterations=self.iterations + other.iterations,
            failed_iterations=self.failed_iterations + other.failed_iterations,
            response=self.response + other.response,
            service=self.service + other.service,
            agents=agents,
            requests=requests,
            counters=counters,
        )

    def packed(self) -> Slot:
        """Return the same in little memory."""
        if isinstance(self.requests, PackedRows):
            return self
        requests = PackedRows(self.requests)
        return replace(self, response=self.response.packed(), service=self.service.packed(), requests=requests)

    def without_requests(self) -> Slot:
        """Return the same without the curves of single requests."""
        return replace(self, requests={})

    def point(self, second: int, seconds: int) -> Point:
        """Return the point of this slot, which begins at `second` and is `seconds` wide."""
        span_us = max((wall_us for _, wall_us in self.agents.values()), default=0)
        span_s = span_us / 1e6 if span_us else float(seconds)
        p50, p90, p95, p99 = self.response.quantiles((0.5, 0.9, 0.95, 0.99))
        service_p50, service_p95, service_p99 = self.service.quantiles((0.5, 0.95, 0.99))
        return Point(
            second=second,
            seconds=seconds,
            span_s=span_s,
            users=self.user_us / 1e6 / span_s,
            count=self.count,
            failed=self.failed,
            rate=self.count / span_s,
            bytes_sent=self.bytes_sent,
            bytes_received=self.bytes_received,
            iterations=self.iterations,
            failed_iterations=self.failed_iterations,
            avg_s=self.response.mean_ns / 1e9,
            p50_s=p50 / 1e9,
            p90_s=p90 / 1e9,
            p95_s=p95 / 1e9,
            p99_s=p99 / 1e9,
            max_s=self.response.max_ns / 1e9,
            service_p50_s=service_p50 / 1e9,
            service_p95_s=service_p95 / 1e9,
            service_p99_s=service_p99 / 1e9,
            cpu_share=max((cpu_us / wall_us for cpu_us, wall_us in self.agents.values() if wall_us), default=0.0),
            requests={
                name: RequestPoint(count, failed, count / span_s, sum_ns / count / 1e9 if count else 0.0)
                for name, (count, failed, sum_ns) in sorted(self.requests.items())
            },
            counters={
                name: CounterPoint(own.count, own.average, own.least_micro / MICRO, own.most_micro / MICRO)
                for name, own in sorted(self.counters.items())
            },
        )
