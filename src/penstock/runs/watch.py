"""Thresholds that look at windows, and thresholds that stop the run: judged while it goes on.

Windows lie end to end from the start of the run, each a whole number of seconds. One is judged when every agent has
reported its last second. The last one, which the end of the run cuts short, is judged if at least half of it was
measured or if it is the only one. What comes for a window that is already judged is counted, and said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from penstock.metrics import numbers
from penstock.metrics.measures import Series, merge_series
from penstock.metrics.rows import Row, row_of
from penstock.metrics.snapshot import Snapshot
from penstock.model import Threshold
from penstock.runs.observation import Unmeasured, value_of
from penstock.runs.wording import observed_text


@dataclass(frozen=True, slots=True)
class Seen:
    """One window of one threshold: seconds `first` to `last`, both included."""

    first: int
    last: int
    observed: float
    limit: float
    held: bool

    @property
    def text(self) -> str:
        """The time, as `20s to 30s`."""
        return f"{numbers.span(self.first)} to {numbers.span(self.last + 1)}"


@dataclass(slots=True)
class Record:
    """What the windows of one threshold gave. `worst` is the one furthest on the wrong side, or nearest to it."""

    judged: int = 0
    missed: int = 0
    late: int = 0
    worst: Seen | None = None
    first_missed: Seen | None = None


@dataclass(slots=True)
class _Window:
    """A sum of what is watched: series by name (all requests: the empty name), measured time by agent."""

    series: dict[str, Series] = field(default_factory=dict)
    walls_us: dict[str, int] = field(default_factory=dict)

    def add(self, snapshot: Snapshot, names: Iterable[str]) -> None:
        for name in names:
            if found := _series_named(snapshot, name):
                self.series[name] = merge_series((self.series.get(name, Series()), *found))
        for source, agent in snapshot.agents.items():
            self.walls_us[source] = self.walls_us.get(source, 0) + agent.wall_us

    def row(self, name: str) -> Row:
        seconds = max(self.walls_us.values(), default=0) / 1e6
        return row_of("request", name, self.series.get(name, Series()), seconds, 0, ())


class _Watched:
    """One threshold and its windows; without a width there is one, the run so far."""

    def __init__(self, threshold: Threshold) -> None:
        self.threshold = threshold
        self.record = Record()
        self._width = None if threshold.window_s is None else math.ceil(threshold.window_s)
        self._open: dict[int, _Window] = {}
        self._judged_until = 0
        self._names = {threshold.name} | ({threshold.against.name} if threshold.against else set())

    def add(self, snapshot: Snapshot, second: int) -> None:
        index = 0 if self._width is None else second // self._width
        if self._width is not None and index < self._judged_until:
            self.record.late += 1
            return
        self._open.setdefault(index, _Window()).add(snapshot, self._names)

    def advance(self, complete: int) -> Seen | None:
        """Judge what ends with the second `complete`; return what was missed there first."""
        if self._width is None:
            # a number of requests grows until the end: that it is not reached yet says nothing
            grows = self.threshold.metric == "requests" and self.threshold.comparison in (">", ">=")
            return None if grows or self.record.missed else self._judge(0, 0, complete)
        missed: list[Seen] = []
        while (self._judged_until + 1) * self._width <= complete + 1:
            index, self._judged_until = self._judged_until, self._judged_until + 1
            seen = self._judge(index, index * self._width, (index + 1) * self._width - 1)
            missed += [seen] if seen else []
        return missed[0] if missed else None

    def finish(self, last: int) -> None:
        """Judge what is left at the end of the run, whose last second is `last`."""
        self.advance(last)
        if self._width is not None and self._judged_until in self._open:
            first = self._judged_until * self._width
            if self.record.judged == 0 or 2 * (last + 1 - first) >= self._width:
                self._judge(self._judged_until, first, last)

    def _judge(self, index: int, first: int, last: int) -> Seen | None:
        window = self._open.get(index)
        if window is None:
            return None
        if self._width is not None:
            del self._open[index]
        against = self.threshold.against
        try:
            observed = value_of(window.row(self.threshold.name), self.threshold.metric)
            other = value_of(window.row(against.name), against.metric) if against else 0.0
        except Unmeasured:
            return None  # nothing happened here; that nothing happened anywhere is said at the end
        limit = self.threshold.value * other if against else self.threshold.value
        seen = Seen(first, last, observed, limit, self.threshold.holds(observed, other))
        record = self.record
        record.judged += 1
        record.missed += not seen.held
        if record.worst is None or _badness(seen, self.threshold) > _badness(record.worst, self.threshold):
            record.worst = seen
        if not seen.held and record.first_missed is None:
            record.first_missed = seen
        return None if seen.held else seen


class Watch:
    """Follows the thresholds that cannot wait for the end."""

    def __init__(self, thresholds: Sequence[Threshold]) -> None:
        self._watched = {
            threshold: _Watched(threshold)
            for threshold in thresholds
            if threshold.window_s is not None or threshold.stops
        }
        self._last = 0
        self._stop_reason: str | None = None

    @property
    def stop_reason(self) -> str | None:
        """Why the run is to be stopped now, as a sentence; None while it may go on."""
        return self._stop_reason

    def add(self, snapshot: Snapshot, complete: int | None) -> None:
        """Take in a snapshot; `complete` is the newest second that all agents have reported."""
        if snapshot.span is None or not self._watched:
            return
        first, last = snapshot.span
        self._last = max(self._last, last)
        for watched in self._watched.values():
            watched.add(snapshot, first)
            missed = None if complete is None else watched.advance(complete)
            if missed and watched.threshold.stops and self._stop_reason is None:
                observed = observed_text(watched.threshold.metric, missed.observed)
                self._stop_reason = f"threshold {watched.threshold.text}: {observed} from {missed.text}"

    def finish(self) -> None:
        """Judge what is left; to be called once, after the last snapshot."""
        for watched in self._watched.values():
            watched.finish(self._last)

    def record(self, threshold: Threshold) -> Record | None:
        """Return what the windows of a threshold gave; None if it is not watched."""
        watched = self._watched.get(threshold)
        return watched.record if watched else None


def _series_named(snapshot: Snapshot, name: str) -> list[Series]:
    if not name:
        return [series for (kind, _), series in snapshot.series.items() if kind == "request"]
    found = (snapshot.series.get((kind, name)) for kind in ("request", "group", "page", "message"))
    return [one for one in found if one][:1]


def _badness(seen: Seen, threshold: Threshold) -> float:
    """Return how far the observed value lies on the wrong side of the limit; negative on the right side."""
    above = seen.observed - seen.limit
    return above if threshold.comparison in ("<", "<=") else -above
