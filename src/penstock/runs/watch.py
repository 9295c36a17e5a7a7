"""Thresholds that look at windows, and thresholds that stop the run: judged while it goes on.

Windows slide: one begins each second (of a window of more than a minute: each sixtieth of it), so that no stretch that
is as long as the window goes unseen. A window is a row of panes, and each pane the sum of its seconds:

    panes      │0│1│2│3│4│5│6│7│ …       60 at most for a window
    windows    │───────│                 "over 4s": seconds 0 to 4
                 │───────│               1 to 5
                   │───────│             2 to 6

So what is kept does not grow with the run, and a request costs nothing more. A window is judged when every agent has
reported its last second. A run that is shorter than the window is judged as one. What comes for a window that has been
judged is counted, and said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from penstock.metrics import numbers
from penstock.metrics.snapshot import Snapshot
from penstock.model import Threshold
from penstock.runs.observation import Unmeasured
from penstock.runs.pane import Pane
from penstock.runs.wording import observed_text

MOST_PANES = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """One window of one threshold: seconds `first` to `last`, both included. `warned`: held, but not the warning."""

    first: int
    last: int
    observed: float
    limit: float
    held: bool
    warned: bool = False

    @property
    def text(self) -> str:
        """The time, as `20s to 30s`."""
        return f"{numbers.span(self.first)} to {numbers.span(self.last + 1)}"


@dataclass(slots=True)
class Record:
    """What the windows of one threshold gave. `worst` is the one furthest on the wrong side, or nearest to it."""

    judged: int = 0
    missed: int = 0
    warned: int = 0
    late: int = 0
    worst: Seen | None = None
    first_missed: Seen | None = None


class _Watched:
    """One threshold and its windows; without a width there is one, the run so far."""

    def __init__(self, threshold: Threshold, *, whole_windows_only: bool = False) -> None:
        self.threshold = threshold
        self.record = Record()
        self._whole_only = whole_windows_only
        self._width = None if threshold.window_s is None else math.ceil(threshold.window_s)
        self._step = 1 if self._width is None else math.ceil(self._width / MOST_PANES)
        if self._width is not None:
            self._width = math.ceil(self._width / self._step) * self._step  # panes are whole
        self._panes: dict[int, Pane] = {}
        self._judged_to = 0
        """The second behind the last window that was judged."""
        self._measures = {threshold.measure, *((threshold.against,) if threshold.against else ())}

    def add(self, snapshot: Snapshot, second: int) -> None:
        index = 0 if self._width is None else second // self._step
        if self._width is not None and second < self._judged_to:
            self.record.late += 1
            if index * self._step < self._judged_to - self._width + self._step:
                return  # no window to come holds it
        self._panes.setdefault(index, Pane()).add(snapshot, self._measures)

    def advance(self, complete: int) -> Seen | None:
        """Judge what ends with the second `complete`; return what was missed there first."""
        if self._width is None:
            # a number of requests grows until the end: that it is not reached yet says nothing
            grows = self.threshold.metric == "requests" and self.threshold.comparison in (">", ">=")
            return None if grows or self.record.missed else self._judge(0, complete)
        missed: list[Seen] = []
        while (end := max(self._judged_to + self._step, self._width)) <= complete + 1:
            self._judged_to = end
            seen = self._judge(end - self._width, end - 1)
            missed += [seen] if seen else []
            self._forget(end + self._step - self._width)
        return missed[0] if missed else None

    def _forget(self, before: int) -> None:
        for index in [index for index in self._panes if (index + 1) * self._step <= before]:
            del self._panes[index]

    def finish(self, last: int) -> None:
        """Judge what is left at the end of the run, whose last second is `last`."""
        self.advance(last)
        if self._width is not None and self.record.judged == 0 and not self._whole_only and self._panes:
            self._judge(min(self._panes) * self._step, last)

    def _judge(self, first: int, last: int) -> Seen | None:
        window = Pane()
        for index, pane in self._panes.items():
            if self._width is None or first <= index * self._step <= last:
                window.take(pane)
        threshold, against = self.threshold, self.threshold.against
        try:
            observed = window.value(threshold.measure)
            other = window.value(against) if against else 0.0
        except Unmeasured:
            return None  # nothing happened here; that nothing happened anywhere is said at the end
        limit = threshold.value * other if against else threshold.value
        held = threshold.holds(observed, other)
        warned = held and threshold.warns(observed, other)
        seen = Seen(first, last, observed, limit, held, warned)
        record = self.record
        record.judged += 1
        record.missed += not held
        record.warned += warned
        if record.worst is None or _badness(seen, threshold) > _badness(record.worst, threshold):
            record.worst = seen
        if not held and record.first_missed is None:
            record.first_missed = seen
        return None if held else seen


class Watch:
    """Follows the thresholds that cannot wait for the end, and the rule that stops a run that fails anyway."""

    def __init__(self, thresholds: Sequence[Threshold], stop_rule: Threshold | None = None) -> None:
        self._watched = {
            threshold: _Watched(threshold)
            for threshold in thresholds
            if threshold.window_s is not None or threshold.stops
        }
        self._rule = None if stop_rule is None else _Watched(stop_rule, whole_windows_only=True)
        self._last = 0
        self._stop_reason: str | None = None
        self._rule_reason: str | None = None

    @property
    def watches_nothing(self) -> bool:
        """Whether all thresholds can wait for the end."""
        return not self._watched and self._rule is None

    @property
    def stop_reason(self) -> str | None:
        """Why the run is to be stopped now, as a sentence; None while it may go on."""
        return self._stop_reason

    @property
    def rule_reason(self) -> str | None:
        """Why the stop rule ended the run, as a sentence; None if it did not."""
        return self._rule_reason

    def add(self, snapshot: Snapshot, complete: int | None) -> None:
        """Take in a snapshot; `complete` is the newest second that all agents have reported."""
        if snapshot.span is None:
            return
        first, last = snapshot.span
        self._last = max(self._last, last)
        for watched in self._watched.values():
            watched.add(snapshot, first)
            missed = None if complete is None else watched.advance(complete)
            if missed and watched.threshold.stops and self._stop_reason is None:
                observed = observed_text(watched.threshold.measure, missed.observed)
                self._stop_reason = f"threshold {watched.threshold.text}: {observed} from {missed.text}"
        if self._rule is not None:
            self._follow_rule(self._rule, snapshot, first, complete)

    def _follow_rule(self, rule: _Watched, snapshot: Snapshot, first: int, complete: int | None) -> None:
        rule.add(snapshot, first)
        missed = None if complete is None else rule.advance(complete)
        if missed and self._stop_reason is None:
            self._stop_reason = self._rule_reason = (
                f"{numbers.share(missed.observed)} of the requests failed from {missed.text}, more than the "
                f"{numbers.share(missed.limit)} at which a run is stopped (--stop-on-errors)"
            )

    def finish(self) -> None:
        """Judge what is left; to be called once, after the last snapshot."""
        for watched in self._watched.values():
            watched.finish(self._last)

    def record(self, threshold: Threshold) -> Record | None:
        """Return what the windows of a threshold gave; None if it is not watched."""
        watched = self._watched.get(threshold)
        return watched.record if watched else None


def _badness(seen: Seen, threshold: Threshold) -> float:
    """Return how far the observed value lies on the wrong side of the limit; negative on the right side."""
    above = seen.observed - seen.limit
    return above if threshold.comparison in ("<", "<=") else -above
