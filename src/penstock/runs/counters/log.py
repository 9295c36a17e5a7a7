"""The counters of a run: sampled while it goes on, judged at each sample, told at its end.

Samples lie end to end from the start of the run. One is closed when every agent has reported its last second. Only the
measured part counts: what a warm-up or a cool-down gives is in no sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from penstock.metrics.snapshot import Snapshot, merge
from penstock.model import CounterName, CounterRule, CounterSettings
from penstock.runs.counters import failures
from penstock.runs.counters.facts import Facts
from penstock.runs.counters.failures import Failures
from penstock.runs.counters.rules import Level, judge
from penstock.runs.counters.sums import TOTAL, Sums, sums_of
from penstock.runs.counters.values import values_of

MOST_SAMPLES = 1000
"""How many samples are told: neighbours are joined when there would be more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters of all instances together, from `second` on for `seconds`."""

    second: int
    seconds: int
    values: Mapping[CounterName, float]


@dataclass(frozen=True, slots=True)
class Violation:
    """A counter that broke a rule in one sample."""

    second: int
    level: Level
    counter: CounterName
    value: float
    limit: float
    rule: CounterRule


@dataclass(frozen=True, slots=True)
class CounterReport:
    """All counters of a run. `violations` are the first of each rule, `warnings` and `criticals` the number of all."""

    sample_s: int
    samples: tuple[Sample, ...]
    totals: Mapping[CounterName, float]
    violations: tuple[Violation, ...]
    warnings: int
    criticals: int
    errors: tuple[Failures, ...]


class CounterLog:
    """Follows a run. The order in which snapshots of different agents come does not matter."""

    def __init__(self, settings: CounterSettings, facts: Facts) -> None:
        self._settings = settings
        self._facts = facts
        self._width = max(1, math.ceil(settings.sample_s))
        self._open: dict[int, list[Snapshot]] = {}
        self._closed_until = 0
        self._running = 0
        self._samples: list[tuple[int, int, Sums, int]] = []  # second, seconds, sums of all, violations
        self._joined = 1
        self._violations: list[Violation] = []
        self._kept: dict[CounterRule, int] = {}
        self._counts: dict[Level, int] = {"warning": 0, "critical": 0}

    def add(self, snapshot: Snapshot, complete: int | None) -> None:
        """Take in a snapshot of the measured part; `complete` is the newest second that all agents have reported."""
        if snapshot.span is None:
            return
        index = max(snapshot.span[0] // self._width, self._closed_until)
        self._open.setdefault(index, []).append(snapshot)
        while complete is not None and (self._closed_until + 1) * self._width <= complete + 1:
            self._close(self._closed_until)
            self._closed_until += 1

    def report(self, total: Snapshot) -> CounterReport:
        """Close what is open and tell all; to be called once, with the sum of all snapshots."""
        for index in sorted(self._open):
            self._close(index)
        counts = self._counts
        sums = sums_of(total, self._facts)
        return CounterReport(
            sample_s=self._width,
            samples=tuple(
                Sample(second, seconds, values_of(held, violations))
                for second, seconds, held, violations in self._samples
            ),
            totals=values_of(sums, sum(counts.values())),
            violations=tuple(self._violations),
            warnings=counts["warning"],
            criticals=counts["critical"],
            errors=failures.table(
                series for (kind, _), series in total.series.items() if kind in ("request", "page", "iteration")
            ),
        )

    def _close(self, index: int) -> None:
        snapshots = self._open.pop(index, [])
        if not snapshots:
            return
        sums = sums_of(merge(snapshots), self._facts, self._running)
        self._running = sums.running
        second = index * self._width
        missed = judge(values_of(sums), self._settings.rules)
        for one in missed:
            self._counts[one.level] += 1
            self._kept[one.rule] = self._kept.get(one.rule, 0) + 1
            if self._kept[one.rule] <= self._settings.most_violations:
                self._violations.append(Violation(second, one.level, one.counter, one.value, one.limit, one.rule))
        self._samples.append((second, self._width, sums.only(TOTAL), len(missed)))
        if len(self._samples) > MOST_SAMPLES:
            self._join()

    def _join(self) -> None:
        """Make one sample of each two neighbours."""
        joined: list[tuple[int, int, Sums, int]] = []
        for place in range(0, len(self._samples) - 1, 2):
            first, second = self._samples[place], self._samples[place + 1]
            seconds = second[0] + second[1] - first[0]
            joined.append((first[0], seconds, first[2] + second[2], first[3] + second[3]))
        self._samples = [*joined, *self._samples[2 * len(joined) :]]
