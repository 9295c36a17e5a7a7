"""What a snapshot is made of. Every part adds up exactly: whole numbers, maxima, fixed buckets; no averages, no floats.

Times that are added are whole microseconds, since sums of floating-point numbers depend on their order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from penstock.metrics.histogram import EMPTY, Histogram
from penstock.metrics.histogram import merge as merge_histograms

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Iterated:
    """Passes through journeys; `failed` are among `finished`.

    `late` and `dropped` are starts of a rate or a pace (of iterations; of requests, of a rate of requests) that waited
    for a free user, and those that waited in vain.
    """

    started: int = 0
    finished: int = 0
    failed: int = 0
    interrupted: int = 0
    late: int = 0
    dropped: int = 0


EXCHANGE_PHASES = ("pool", "dns", "tcp", "tls", "send", "wait", "receive")
"""What an exchange consists of, in the order of time: waiting for a connection of a pool, name, TCP (with a proxy's
tunnel), TLS, sending the request, waiting for the first byte of the response, receiving the rest."""


@dataclass(frozen=True, slots=True)
class Series:
    """One request, group, page, message or journey.

    `errors` counts by (kind, message), `checks` holds (held, missed) by name. `service` and `response` are of
    successful exchanges, the failed ones are apart; `connect` is of those that opened a connection, each of `phases` of
    those in which it occurred. `slept_ns` is what groups and iterations slept, which is in none of their latencies.
    `cached` are requests that a browser cache answered; they are not among `count`.
    """

    count: int = 0
    failed: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[tuple[str, str], int] = field(default_factory=dict)
    checks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    service: Histogram = EMPTY
    response: Histogram = EMPTY
    failed_service: Histogram = EMPTY
    failed_response: Histogram = EMPTY
    connect: Histogram = EMPTY
    phases: Mapping[str, Histogram] = field(default_factory=dict)
    slept_ns: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent's own state. `busy_us` is the measured time in which it used over `BUSY_SHARE` of a core.

    `out_of_descriptors` and `out_of_ports` count connections that this machine could not open.
    """

    cpu_us: int = 0
    wall_us: int = 0
    busy_us: int = 0
    rss_bytes: int = 0
    open_connections: int = 0
    reconnects: int = 0
    peak_users: int = 0
    out_of_descriptors: int = 0
    out_of_ports: int = 0


BUSY_SHARE = 0.9
"""Above this share of a core an agent counts as busy: it may no longer keep up."""


def busy_us_of(cpu_us: int, wall_us: int) -> int:
    """Return the busy time of one second: all of it or nothing."""
    return wall_us if cpu_us > BUSY_SHARE * wall_us else 0


def peak_of(active: int, user_us: int, wall_us: int) -> int:
    """Return how many users there were at most in one second, as far as is known.

    `active` is counted at its end, when the users of a short run have left; the mean is a number that was reached.
    """
    mean = user_us / wall_us if wall_us else 0.0
    return max(active, math.ceil(mean - 0.01))  # times are rounded: 1.000001 users on average are one


@dataclass(frozen=True, slots=True)
class Lags:
    """How late the generator was, by cause; `slow_steps` holds (times, longest in seconds) by place in user code."""

    start_lateness: Histogram = EMPTY
    client_lag: Histogram = EMPTY
    loop_lag: Histogram = EMPTY
    slow_steps: Mapping[str, tuple[int, float]] = field(default_factory=dict)


def merge_counts(parts: Iterable[Mapping[Key, int]]) -> dict[Key, int]:
    """Return the sums by key."""
    total: dict[Key, int] = {}
    for part in parts:
        for key, count in part.items():
            total[key] = total.get(key, 0) + count
    return total


def merge_checks(parts: Iterable[Mapping[str, tuple[int, int]]]) -> dict[str, tuple[int, int]]:
    """Return (held, missed) by name."""
    total: dict[str, tuple[int, int]] = {}
    for part in parts:
        for name, (held, missed) in part.items():
            held_before, missed_before = total.get(name, (0, 0))
            total[name] = (held_before + held, missed_before + missed)
    return total


def merge_slow_steps(parts: Iterable[Mapping[str, tuple[int, float]]]) -> dict[str, tuple[int, float]]:
    """Return (times, longest) by place."""
    total: dict[str, tuple[int, float]] = {}
    for part in parts:
        for where, (times, longest_s) in part.items():
            times_before, longest_before_s = total.get(where, (0, 0.0))
            total[where] = (times_before + times, max(longest_before_s, longest_s))
    return total


def merge_iterated(parts: Iterable[Iterated]) -> Iterated:
    """Return the sum."""
    every = list(parts)
    return Iterated(
        started=sum(part.started for part in every),
        finished=sum(part.finished for part in every),
        failed=sum(part.failed for part in every),
        interrupted=sum(part.interrupted for part in every),
        late=sum(part.late for part in every),
        dropped=sum(part.dropped for part in every),
    )


def merge_series(parts: Iterable[Series]) -> Series:
    """Return the sum."""
    every = list(parts)
    if len(every) == 1:
        return every[0]
    return Series(
        count=sum(part.count for part in every),
        failed=sum(part.failed for part in every),
        bytes_sent=sum(part.bytes_sent for part in every),
        bytes_received=sum(part.bytes_received for part in every),
        statuses=merge_counts(part.statuses for part in every),
        errors=merge_counts(part.errors for part in every),
        checks=merge_checks(part.checks for part in every),
        service=merge_histograms(part.service for part in every),
        response=merge_histograms(part.response for part in every),
        failed_service=merge_histograms(part.failed_service for part in every),
        failed_response=merge_histograms(part.failed_response for part in every),
        connect=merge_histograms(part.connect for part in every),
        phases=_merge_phases([part.phases for part in every]),
        slept_ns=sum(part.slept_ns for part in every),
        cached=sum(part.cached for part in every),
    )


def _merge_phases(parts: list[Mapping[str, Histogram]]) -> dict[str, Histogram]:
    known = [phase for phase in EXCHANGE_PHASES if any(phase in part for part in parts)]
    return {phase: merge_histograms(part[phase] for part in parts if phase in part) for phase in known}


def merge_agents(parts: Iterable[Agent]) -> Agent:
    """Return one agent over several times: times and reconnects add up, of states the highest is kept."""
    every = list(parts)
    return Agent(
        cpu_us=sum(part.cpu_us for part in every),
        wall_us=sum(part.wall_us for part in every),
        busy_us=sum(part.busy_us for part in every),
        rss_bytes=max(part.rss_bytes for part in every),
        open_connections=max(part.open_connections for part in every),
        reconnects=sum(part.reconnects for part in every),
        peak_users=max(part.peak_users for part in every),
        out_of_descriptors=sum(part.out_of_descriptors for part in every),
        out_of_ports=sum(part.out_of_ports for part in every),
    )


def merge_lags(parts: Iterable[Lags]) -> Lags:
    """Return the sum."""
    every = list(parts)
    return Lags(
        start_lateness=merge_histograms(part.start_lateness for part in every),
        client_lag=merge_histograms(part.client_lag for part in every),
        loop_lag=merge_histograms(part.loop_lag for part in every),
        slow_steps=merge_slow_steps(part.slow_steps for part in every),
    )
