"""What counters are made of: whole numbers that add up, by category and instance.

A sum of two spans gives the counters of both together, so that long runs may be told in wider samples and any number of
agents is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from penstock.metrics.histogram import EMPTY, Histogram
from penstock.metrics.measures import Series
from penstock.metrics.snapshot import Snapshot
from penstock.runs.counters import failures
from penstock.runs.counters.facts import Facts

TOTAL = "_Total"

Place = tuple[str, str]
"""(category, instance)."""


@dataclass(frozen=True, slots=True)
class Sums:
    """`numbers` by place and name; `wall_us` is the measured time of each agent, `running` iterations at its end."""

    numbers: dict[Place, dict[str, int]] = field(default_factory=dict)
    wall_us: dict[str, int] = field(default_factory=dict)
    running: int = 0

    @property
    def span_s(self) -> float:
        """Seconds that were measured."""
        return max(self.wall_us.values(), default=0) / 1e6

    def __add__(self, later: Sums) -> Sums:
        numbers = {place: dict(held) for place, held in self.numbers.items()}
        for place, held in later.numbers.items():
            known = numbers.setdefault(place, {})
            for name, number in held.items():
                known[name] = known.get(name, 0) + number
        wall_us = dict(self.wall_us)
        for source, us in later.wall_us.items():
            wall_us[source] = wall_us.get(source, 0) + us
        return Sums(numbers, wall_us, later.running)

    def only(self, instance: str) -> Sums:
        """Return the same without all other instances."""
        kept = {place: held for place, held in self.numbers.items() if place[1] == instance}
        return Sums(kept, self.wall_us, self.running)


def sums_of(snapshot: Snapshot, facts: Facts, running_before: int = 0) -> Sums:
    """Return the sums of a snapshot; `running_before` iterations were under way when it began."""
    numbers: dict[Place, dict[str, int]] = {}
    pages = {name for kind, name in snapshot.series if kind == "page"}
    of_requests: list[dict[str, int]] = []
    of_pages: list[dict[str, int]] = []
    of_tests: list[dict[str, int]] = []
    of_groups: list[dict[str, int]] = []
    of_errors: list[dict[str, int]] = []
    mixed = {name for names in facts.tests.values() for name in names}
    for (kind, name), series in snapshot.series.items():
        if kind == "request":
            of_requests.append(numbers.setdefault(("LoadTest:Request", name), _request(series)))
            if name not in pages and not name.endswith(REDIRECT):
                of_pages.append(numbers.setdefault(("LoadTest:Page", name), _page(series, facts.goals.get(name))))
        elif kind == "page":
            of_pages.append(numbers.setdefault(("LoadTest:Page", name), _page(series, facts.goals.get(name))))
        elif kind == "group":
            of_groups.append(numbers.setdefault(("LoadTest:Transaction", name), _timed(series)))
        elif kind == "iteration" and (not mixed or name in mixed):  # the others are done once a user: no tests
            of_tests.append(numbers.setdefault(("LoadTest:Test", name), _timed(series)))
        if kind in ("request", "page", "iteration"):
            of_errors.append(failures.by_type(series.errors))
    numbers["LoadTest:Request", TOTAL] = _added(of_requests)
    numbers["LoadTest:Page", TOTAL] = _added(of_pages)
    numbers["LoadTest:Transaction", TOTAL] = _added(of_groups)
    numbers["LoadTest:Errors", TOTAL] = _added(of_errors)
    iterations = snapshot.iterations
    numbers["LoadTest:Test", TOTAL] = _added(of_tests) | {"total": iterations.finished, "failed": iterations.failed}
    numbers["LoadTest:Scenario", TOTAL] = {"user_us": snapshot.user_us}
    for scenario in facts.tests if len(facts.tests) == 1 else ():
        numbers["LoadTest:Scenario", scenario] = {"user_us": snapshot.user_us}
    wall_us = {source: agent.wall_us for source, agent in snapshot.agents.items()}
    if snapshot.agents:
        busiest = max(snapshot.agents.values(), key=lambda agent: agent.cpu_us / (agent.wall_us or 1))
        numbers["Processor", TOTAL] = {"cpu_us": busiest.cpu_us, "wall_us": busiest.wall_us}
    running = running_before + iterations.started - iterations.finished - iterations.interrupted
    return Sums(numbers, wall_us, max(0, running))


REDIRECT = " (redirect)"
"""What the names of requests end with that a redirect led to: parts of a page, not pages."""


def _added(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            total[name] = total.get(name, 0) + number
    return total


def _request(series: Series) -> dict[str, int]:
    phases = series.phases
    return {
        "total": series.count,
        "failed": series.failed,
        "cached": series.cached,
        "ns": series.service.sum_ns + series.failed_service.sum_ns,
        "connect_ns": series.connect.sum_ns + phases.get("pool", EMPTY).sum_ns,
        "first_bytes": phases.get("wait", EMPTY).count,
        "first_byte_ns": phases.get("send", EMPTY).sum_ns + phases.get("wait", EMPTY).sum_ns,
        "bytes": series.bytes_received,
    }


def _page(series: Series, goal_s: float | None) -> dict[str, int]:
    numbers = {"total": series.count, "ns": series.service.sum_ns + series.failed_service.sum_ns}
    if goal_s:
        histograms = (series.service, series.failed_service)
        numbers |= {
            "goals": series.count,
            "goals_met": sum(_within(each, goal_s) for each in histograms),
            "goal_ns": round(goal_s * 1e9) * series.count,
        }
    return numbers


def _within(histogram: Histogram, goal_s: float) -> int:
    """Return how many values lie within a goal, as exactly as the buckets say."""
    return sum(count for low_ns, count in histogram.buckets.items() if low_ns <= goal_s * 1e9)


def _timed(series: Series) -> dict[str, int]:
    ns = series.service.sum_ns + series.failed_service.sum_ns
    return {"total": series.count, "failed": series.failed, "ns": ns, "slept_ns": series.slept_ns}
