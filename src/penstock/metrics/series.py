"""The run over time: snapshots come in, from any agent and in any order; points for charts come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestPoint:
    """One request in one point; `avg_s` is the response latency over all exchanges."""

    count: int
    failed: int
    rate: float
    avg_s: float


@dataclass(frozen=True, slots=True)
class Point:
    """All agents together from `second` on, for `seconds` (1, or a power of two in long runs).

    `span_s` is the time really measured in it, which the rates are taken over: the last point may be shorter.
    Latencies are response latencies over all exchanges, failed ones included; `cpu_share` is the busiest agent's
    (1 is a core). `requests` is empty where the run has too many names to keep a curve of each.
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
    cpu_share: float
    requests: Mapping[str, RequestPoint]


class Timeline:
    """What was measured so far."""

    def points(self) -> tuple[Point, ...]:
        """Return the points in the order of time."""
        return ()

    def latest(self) -> Point | None:
        """Return the newest second that all agents have reported; None before the first."""
        return None
