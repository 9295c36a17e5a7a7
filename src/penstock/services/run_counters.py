"""Counters and failures of a run as Visual Studio names them, asked for while it goes on and when it is over.

What was read of a run is kept for whoever asks next, so that many who watch cost little more than one.
"""

from __future__ import annotations

import datetime
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from penstock.accounts.people import Identity, Scope
from penstock.errors import NotFound
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.model import CounterSettings, codec
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.runs.counters.facts import Facts, facts_of
from penstock.runs.counters.intervals import Intervals
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.stored import StoredRun
from penstock.services.access import require

_MOST_RUNS = 32
_DEFAULT_SAMPLE_S = 15.0
_HELD = 64
"""Snapshots that are looked at together for which seconds are complete: those of far more than the slowest agent."""

_OFTEN_S = 0.9
"""A run is not looked at again before so many seconds have passed: its measurements come once a second."""


@dataclass(frozen=True, slots=True)
class CounterState:
    """What is known of a run's counters. `next` is when there will be more; None when there will not."""

    started: datetime.datetime
    intervals: Intervals
    next: datetime.datetime | None
    lock: threading.Lock


@dataclass(slots=True)
class _Followed:
    intervals: Intervals
    facts: Facts
    lock: threading.Lock = field(default_factory=threading.Lock)
    taken: int = -1
    looked: datetime.datetime | None = None
    is_over: bool = False

    def take(self, snapshots: Iterable[Snapshot]) -> None:
        """Take in seconds that will not change any more."""
        for snapshot in snapshots:
            if snapshot.span is not None:
                self.taken = max(self.taken, snapshot.span[1])
                self.intervals.add(snapshot)


class RunCounterService:
    """Asked about load runs of the caller's team."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: OrderedDict[str, _Followed] = OrderedDict()
        self._lock = threading.Lock()

    def state(self, who: Identity, stored: StoredRun) -> CounterState | None:
        """Return the counters of a run as they are now; None before it has begun.

        Raises `NotFound` for runs of others, `NotAllowed` for those who may not read.
        """
        require(who, Scope.READ)
        if stored.team != who.team:
            raise NotFound(f"there is no run {stored.id}")
        if stored.started is None:
            return None
        followed = self._followed(stored)
        if followed is None:
            return None
        with followed.lock:
            self._look(followed, stored)
            closes = stored.started + datetime.timedelta(seconds=followed.intervals.closes_at + 1)
        after = None if followed.is_over else max(closes, self._clock.now() + datetime.timedelta(seconds=1))
        return CounterState(stored.started, followed.intervals, after, followed.lock)

    def _followed(self, stored: StoredRun) -> _Followed | None:
        with self._lock:
            if (known := self._known.get(stored.id)) is not None:
                self._known.move_to_end(stored.id)
                return known
        with self._store.read() as work:
            content = work.runs.work(stored.id)
        if content is None:
            return None
        plan: Plan = codec.decode_as(Plan, content)
        if not isinstance(plan.work, ScenarioWork):
            return None
        scenario = plan.work.scenario
        settings = scenario.counters or CounterSettings(_DEFAULT_SAMPLE_S)
        made = _Followed(Intervals(settings, facts := facts_of(scenario), plan.applications), facts)
        with self._lock:
            known = self._known.setdefault(stored.id, made)
            while len(self._known) > _MOST_RUNS:
                self._known.popitem(last=False)
        return known

    def _look(self, followed: _Followed, stored: StoredRun) -> None:
        now = self._clock.now()
        is_over = stored.state.final
        is_fresh = followed.looked is not None and (now - followed.looked).total_seconds() < _OFTEN_S
        if followed.is_over or (is_fresh and not is_over):
            return
        followed.looked = now
        with self._store.read() as work:
            self._take(followed, work.snapshots.all(stored.id, followed.taken + 1), is_over=is_over)
        followed.is_over = is_over

    def _take(self, followed: _Followed, snapshots: Iterable[Snapshot], *, is_over: bool) -> None:
        """Take in what was measured since the last look, as it is read: a run of days does not fit into memory.

        Of a run under way the newest seconds are left for later, which not all agents have told yet.
        """
        waiting: deque[Snapshot] = deque()
        for snapshot in snapshots:
            waiting.append(snapshot)
            if len(waiting) > _HELD:
                followed.take([waiting.popleft()])
        if is_over:
            followed.take(waiting)
            followed.intervals.close()
            return
        complete = Timeline(replace(one, series={}, samples=()) for one in waiting).complete()
        if complete is not None:
            followed.take(one for one in waiting if one.span is not None and one.span[1] <= complete)
            followed.intervals.close_until(complete)
