"""Counters of a run while it goes on: sums at the ends of intervals, from its beginning, as samples of counters.

Unlike `CounterLog`, which tells everything at the end of a run, this can be asked at any time, and keeps of each
interval only the few sums that its users' counters are made of.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from penstock.metrics.own import COUNTER
from penstock.metrics.snapshot import Snapshot, merge
from penstock.model import CounterName, CounterSettings
from penstock.runs.applications import Application
from penstock.runs.counters.facts import Facts
from penstock.runs.counters.failures import subtype_of, type_of
from penstock.runs.counters.rules import Missed, judge
from penstock.runs.counters.sums import REDIRECT, Sums, sums_of
from penstock.runs.counters.values import values_of

MOST_INSTANCES = 500
"""Counters of more instances (pages, requests, tests) than these are not kept, but for those of all together."""

_TICKS = 10_000_000
"""Parts of a second that times are counted in."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A counter at the end of an interval: `raw` and `base` add up from the beginning, `value` is of the interval."""

    raw: int
    base: int
    value: float


@dataclass(frozen=True, slots=True)
class Counter:
    """What is told of a counter: an average over what ended, a rate, or a number as it stands."""

    category: str
    name: str
    kind: str
    raw: str = ""
    base: str = ""


AVERAGES_AND_RATES = (
    Counter("LoadTest:Test", "Avg. Test Time", "average", "ns slept_ns", "total"),
    Counter("LoadTest:Page", "Avg. Page Time", "average", "ns", "total"),
    Counter("LoadTest:Request", "Avg. Response Time", "average", "ns", "total"),
    Counter("LoadTest:Transaction", "Avg. Transaction Time", "average", "ns slept_ns", "total"),
    Counter("LoadTest:Test", "Tests/Sec", "rate", "total"),
    Counter("LoadTest:Page", "Pages/Sec", "rate", "total"),
    Counter("LoadTest:Request", "Requests/Sec", "rate", "total"),
    Counter("LoadTest:Transaction", "Transactions/Sec", "rate", "total"),
    Counter("LoadTest:Test", "Failed Tests/Sec", "rate", "failed"),
    Counter("LoadTest:Request", "Failed Requests/Sec", "rate", "failed"),
    Counter("LoadTest:Errors", "Errors/Sec", "rate", "*"),
)
USER_LOAD = Counter("LoadTest:Scenario", "User Load", "number")
PROCESSOR = Counter("Processor", "% Processor Time", "number")
KINDS = {(one.category, one.name): one.kind for one in (*AVERAGES_AND_RATES, USER_LOAD, PROCESSOR)}


@dataclass(frozen=True, slots=True)
class ViolationSeen:
    """A rule that an interval broke."""

    interval: int
    missed: Missed


@dataclass(slots=True)
class FailureSeen:
    """Failures of one series for one reason: how often, and in which second the last one was."""

    count: int = 0
    second: int = 0


NOT_READ = Reading(0, 0, 0.0)
"""Stands in the intervals before a counter is there at all."""

APPLICATION = "Application:"
"""What the category of a counter of an application begins with; its name follows."""


def is_of_application(name: CounterName) -> bool:
    """Return whether a counter is that of an application, and not of the load test itself."""
    return name.category.startswith(APPLICATION)


FailureKey = tuple[str, str, str, str, str]
"""Type, subtype, kind of series, name of series, message."""


@dataclass(slots=True)
class Intervals:
    """Follows a run. Seconds are taken in once, in order; interval n ends `n * width` seconds after the start.

    `readings` hold a counter's interval 1 and those behind it; interval 0 is the line they begin at. `ends` are the
    seconds at which intervals ended. Counters of `applications` have in each interval the average of its samples, and
    where there was none the one before.
    """

    settings: CounterSettings
    facts: Facts
    applications: tuple[Application, ...] = ()
    readings: dict[CounterName, list[Reading]] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    violations: list[ViolationSeen] = field(default_factory=list)
    failures: dict[FailureKey, FailureSeen] = field(default_factory=dict)
    _open: list[Snapshot] = field(default_factory=list)
    _sums: dict[CounterName, tuple[int, int]] = field(default_factory=dict)
    _running: int = 0
    _newest: int = -1

    @property
    def width(self) -> int:
        """Seconds of an interval."""
        return max(1, math.ceil(self.settings.sample_s))

    @property
    def closes_at(self) -> int:
        """The second at which the open interval will have ended."""
        return (len(self.ends) + 1) * self.width

    def add(self, snapshot: Snapshot) -> None:
        """Take in a second."""
        if snapshot.span is None or snapshot.phase != "main":
            return
        first, last = snapshot.span
        self.close_until(first - 1)
        self._open.append(snapshot)
        self._newest = max(self._newest, last)
        self._note_failures(snapshot, last)

    def close_until(self, complete: int) -> None:
        """Close the intervals of which the second `complete`, and all before it, were taken in."""
        while complete + 1 >= self.closes_at:
            self._close(self.closes_at)

    def close(self) -> None:
        """Close what is open: the run is over."""
        if self._open:
            self._close(self._newest + 1)

    def _close(self, end: int) -> None:
        snapshots, self._open = self._open, []
        seconds = end - (self.ends[-1] if self.ends else 0)
        self.ends.append(end)
        sums = sums_of(merge(snapshots), self.facts, self._running) if snapshots else Sums()
        self._running = sums.running
        if snapshots:
            missed = judge(values_of(sums), self.settings.rules)
            self.violations.extend(ViolationSeen(len(self.ends), one) for one in missed)
        told = {**self._told(sums, seconds), **self._of_applications(snapshots)}
        for name in {*self.readings, *told}:
            known = self.readings.get(name)
            if known is None:
                if len(self.readings) >= MOST_INSTANCES and name.instance != "_Total":
                    continue
                known = self.readings[name] = [NOT_READ] * (len(self.ends) - 1)
            raw, base = self._sums.get(name, (0, 0))
            unread = known[-1] if is_of_application(name) and known else Reading(raw, base, 0.0)
            known.append(told.get(name) or unread)

    def _of_applications(self, snapshots: list[Snapshot]) -> Mapping[CounterName, Reading]:
        found: dict[CounterName, Reading] = {}
        read = merge(replace(one, series={}, samples=()) for one in snapshots).own if self.applications else {}
        for key, own in read.items():
            name = key.removeprefix(COUNTER)
            for application in self.applications if key.startswith(COUNTER) else ():
                if (counter := application.counter(name)) is not None:
                    instance = name.removeprefix(f"{application.name}/{counter.name}").removeprefix("/") or "_Total"
                    value = CounterName(APPLICATION + application.name, counter.name, instance)
                    found[value] = Reading(round(own.average), 0, own.average)
        return found

    def _told(self, sums: Sums, seconds: int) -> Mapping[CounterName, Reading]:
        told: dict[CounterName, Reading] = {}
        for (category, instance), numbers in sums.numbers.items():
            for counter in AVERAGES_AND_RATES:
                if counter.category == category and not instance.endswith(REDIRECT):
                    name = CounterName(category, counter.name, instance)
                    told[name] = self._added(name, counter, numbers, seconds)
        if "user_us" in (users := sums.numbers.get(("LoadTest:Scenario", "_Total"), {})) and sums.span_s:
            load = round(users["user_us"] / 1e6 / sums.span_s)
            told[CounterName("LoadTest:Scenario", "User Load", "_Total")] = Reading(load, 0, float(load))
        if (processor := sums.numbers.get(("Processor", "_Total"))) and processor["wall_us"]:
            used = 100 * processor["cpu_us"] / processor["wall_us"]
            told[CounterName("Processor", "% Processor Time", "_Total")] = Reading(round(used), 0, round(used, 2))
        return told

    def _added(self, name: CounterName, counter: Counter, numbers: Mapping[str, int], seconds: int) -> Reading:
        if counter.kind == "average":
            ticks = sum(numbers.get(part, 0) for part in counter.raw.split()) * _TICKS // 1_000_000_000
            count = numbers.get(counter.base, 0)
            value = ticks / _TICKS / count if count else 0.0
        else:
            ticks, count = sum(numbers.values()) if counter.raw == "*" else numbers.get(counter.raw, 0), 0
            value = ticks / seconds
        raw, base = self._sums.get(name, (0, 0))
        self._sums[name] = (raw + ticks, base + count)
        return Reading(raw + ticks, base + count, value)

    def _note_failures(self, snapshot: Snapshot, second: int) -> None:
        for (kind, name), series in snapshot.series.items():
            if kind not in ("request", "page", "iteration"):
                continue
            for (reason, message), count in series.errors.items():
                key = (type_of(reason), subtype_of(reason, message), kind, name, message)
                seen = self.failures.setdefault(key, FailureSeen())
                seen.count += count
                seen.second = second


def threshold_text(missed: Missed) -> str:
    """Return what is said of a violated rule: the counter's path, the value, the limit."""
    name, rule = missed.counter, missed.rule
    path = ", ".join(f'"{part}"' for part in (name.category, name.counter, name.instance))
    side = "exceeds" if rule.alerts_if_over else "is below"
    return f"[{path}] : The value {missed.value:.6g} {side} the {missed.level} threshold value of {missed.limit:.6g}."
