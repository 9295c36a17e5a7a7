"""What load runs gave: of those that are over as it was kept in the end, of those under way so far.

The end is kept when it comes. Where it was not (the server was killed in between, the run was lost), it is made from
the seconds, and kept: of a run that is found lost at once, beside everything else, since that takes up to a minute for
an hour of load; of others when somebody asks. Of runs under way the seconds that will not change any more are read once
and remembered, so that asking again costs what came since.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from penstock.errors import Conflict, Unavailable
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.model import codec
from penstock.ports.stores import Store
from penstock.runs.measured import Measured
from penstock.runs.plan import Plan
from penstock.runs.stored import RunKind, StoredRun
from penstock.runs.watch import Watch
from penstock.services.conclusion import judged
from penstock.services.counting import counters_of
from penstock.services.keeping import REMEMBERED_S, keep_measured

_MOST_FOLLOWED = 8
"""How many runs under way are remembered; one of an hour takes some twenty megabytes, with its points."""


_MOST_READ = 2
"""Of how many runs that are over it is remembered what they gave, some fifteen megabytes each for fifty requests:
whoever looks at a run asks for several reports of it, or compares it with another."""

_read = functools.lru_cache(_MOST_READ)(Measured.decode)


@dataclass(slots=True)
class _Followed:
    timeline: Timeline = field(default_factory=Timeline)
    taken: int = -1
    """The last second that the timeline holds."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, snapshots: Iterable[Snapshot]) -> Timeline:
        """Take in the seconds after `taken`; return what they and those before gave."""
        waiting: deque[Snapshot] = deque()
        for snapshot in snapshots:
            waiting.append(snapshot)
            while _second(waiting[0]) < _second(snapshot) - REMEMBERED_S:
                settled = waiting.popleft()
                self.timeline.add(settled)
                self.taken = max(self.taken, _second(settled))
        timeline = self.timeline.copy()
        for snapshot in waiting:
            timeline.add(snapshot)
        return timeline


class Measurements:
    """One a server, for all who ask about results."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._followed: OrderedDict[str, _Followed] = OrderedDict()
        self._following = threading.Lock()
        self._making = threading.Lock()
        self._lost: deque[str] = deque()
        self._ending = threading.Event()

    def of(self, stored: StoredRun) -> Measured:
        """Return all that is known of a load run, judged. Raises `Conflict` for a run that is none."""
        if stored.state.final:
            return self._in_the_end(stored)
        plan = self._plan(stored)
        watch = Watch(plan.thresholds)
        if watch.watches_nothing and counters_of(plan) is None:
            return judged(plan, self.so_far(stored), watch)
        return self._made(stored, plan)  # what is judged second by second needs them all

    def note_lost(self, stored: StoredRun) -> None:
        """Take note that a run was ended as lost; from any thread."""
        if stored.kind is RunKind.LOAD:
            self._lost.append(stored.id)

    def conclude_lost(self) -> None:
        """Make what lost runs gave in the end. Raises `Unavailable`; what is left then is made the next time."""
        while self._lost:
            id_ = self._lost.popleft()
            try:
                with self._store.read() as work:
                    stored = work.runs.get(None, id_)
                if stored is not None and stored.state.final and stored.started is not None:
                    self._in_the_end(stored)
            except Unavailable:
                self._lost.appendleft(id_)
                raise

    def end(self) -> None:
        """Make no more: the server ends, and would wait for it."""
        self._ending.set()

    def so_far(self, stored: StoredRun) -> Timeline:
        """Return what a run has given until now; what came very late is added in the end."""
        with self._following:
            followed = self._followed.setdefault(stored.id, _Followed())
            self._followed.move_to_end(stored.id)
            while len(self._followed) > _MOST_FOLLOWED:
                self._followed.popitem(last=False)
        with followed.lock, self._store.read() as work:
            return followed.look(work.snapshots.all(stored.id, followed.taken + 1))

    def _in_the_end(self, stored: StoredRun) -> Measured:
        with self._following:
            self._followed.pop(stored.id, None)
        if (kept := self._kept(stored)) is not None:
            return kept
        with self._making:  # it takes a while for a long run: once is enough
            if (kept := self._kept(stored)) is not None:
                return kept
            made = self._made(stored, self._plan(stored))
            with contextlib.suppress(Unavailable):
                keep_measured(self._store, stored.id, made)
        return made

    def _kept(self, stored: StoredRun) -> Measured | None:
        with self._store.read() as work:
            content = work.snapshots.concluded(stored.id)
        return None if content is None else _read(content)

    def _plan(self, stored: StoredRun) -> Plan:
        with self._store.read() as work:
            content = work.runs.work(stored.id)
        if stored.kind is not RunKind.LOAD or content is None:
            raise Conflict(f"run {stored.id} is no load run")
        plan: Plan = codec.decode_as(Plan, content)
        return plan

    def _made(self, stored: StoredRun, plan: Plan) -> Measured:
        timeline, watch, counters = Timeline(), Watch(plan.thresholds), counters_of(plan)
        with self._store.read() as work:
            for snapshot in work.snapshots.all(stored.id):
                if self._ending.is_set():
                    raise Unavailable("the server is about to end")
                timeline.add(snapshot)
                if snapshot.phase == "main":
                    watch.add(snapshot, timeline.complete())
                    if counters is not None:
                        counters.add(snapshot, timeline.complete())
        watch.finish()
        return judged(plan, timeline, watch, counters)


def _second(snapshot: Snapshot) -> int:
    return -1 if snapshot.span is None else snapshot.span[1]
