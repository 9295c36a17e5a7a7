"""The run over time: snapshots come in, from any agent and in any order; points for charts come out.

Memory does not grow with the length of the run: there are `MOST_SLOTS` slots of equal width at most. When a snapshot
would need one more, the width doubles and neighbours are merged, so that a run of days fits as well as one of
seconds. The width depends on the seconds seen alone and not on their order.

    width 1    │0│1│2│3│4│5│6│7│  …  full, second 900 arrives
    width 2    │ 0 │ 2 │ 4 │ 6 │  …
"""

from __future__ import annotations

from collections.abc import Iterable

from penstock.metrics.points import Point, Slot
from penstock.metrics.snapshot import Snapshot, merge

MOST_SLOTS = 900
"""How many points a timeline has at most."""

MOST_CURVES = 100
"""With more request names than these, a timeline keeps no curve of any single one."""

_RECENT_S = 10
"""How many of the newest seconds are kept one by one, for those who watch the run."""

_STALLED_S = 5
"""An agent this far behind the newest second is not waited for: it has ended or hangs."""

_BATCH = 4
"""How many snapshots are added to the total at once: adding many costs little more than adding two, but they wait in
memory, and one with many names holds some megabytes."""


class Timeline:
    """What was measured so far. Two timelines that took in the same snapshots, in any order, say the same."""

    def __init__(self, snapshots: Iterable[Snapshot] = ()) -> None:
        self._total = Snapshot.empty
        self._pending: list[Snapshot] = []
        self._width = 1
        self._slots: dict[int, Slot] = {}
        self._points: dict[int, tuple[Slot, Point]] = {}  # what was made of which slot, for those who ask again
        self._recent: dict[int, Slot] = {}
        self._newest: dict[str, int] = {}
        self._names: set[str] = set()
        for snapshot in snapshots:
            self.add(snapshot)

    def copy(self) -> Timeline:
        """Return one that says the same and goes its own way from here."""
        other = Timeline()
        other._total, other._pending = self._total, list(self._pending)
        other._width, other._slots = self._width, dict(self._slots)
        other._points = self._points  # shared: each entry names its slot, so neither can take the other's for its own
        other._recent, other._newest, other._names = dict(self._recent), dict(self._newest), set(self._names)
        return other

    def add(self, snapshot: Snapshot) -> None:
        """Take in a snapshot; a sum over several seconds counts where it begins.

        What belongs to a warm-up or cool-down has points, but no part in the total.
        """
        if snapshot.phase == "main" or snapshot.span is None:
            self._pending.append(snapshot)
        if len(self._pending) >= _BATCH:
            self._fold()
        if snapshot.span is None:
            return
        first, last = snapshot.span
        slot = Slot.of(snapshot)
        self._keep_curves_in_bounds(slot)
        if len(self._names) > MOST_CURVES:
            slot = slot.without_requests()
        slot = slot.packed()
        index = first // self._width
        self._slots[index] = _sum(self._slots.get(index), slot)
        while len(self._slots) > MOST_SLOTS:
            self._widen()
        for source in snapshot.agents:
            self._newest[source] = max(last, self._newest.get(source, last))
        self._remember(first, slot)

    @property
    def total(self) -> Snapshot:
        """The sum of all snapshots of the main part."""
        self._fold()
        return self._total

    @property
    def seconds_per_point(self) -> int:
        """How many seconds a point covers: a power of two."""
        return self._width

    def points(self) -> tuple[Point, ...]:
        """Return the points in the order of time; where nothing was reported there is none.

        Asking again costs what changed since.
        """
        points = []
        for index, slot in sorted(self._slots.items()):
            known = self._points.get(index)
            if known is None or known[0] is not slot:
                known = self._points[index] = (slot, slot.point(index * self._width, self._width))
            points.append(known[1])
        return tuple(points)

    def complete(self) -> int | None:
        """Return the newest second that all agents have reported, not counting those that have fallen silent."""
        if not self._newest:
            return None
        newest = max(self._newest.values())
        return min(second for second in self._newest.values() if second >= newest - _STALLED_S)

    def latest(self) -> Point | None:
        """Return the newest second that all agents have reported; None before the first."""
        complete = self.complete()
        known = [second for second in self._recent if complete is not None and second <= complete]
        return self._recent[max(known)].point(max(known), 1) if known else None

    def _fold(self) -> None:
        if self._pending:
            self._total = merge((self._total, *self._pending))
            self._pending.clear()

    def _widen(self) -> None:
        self._width *= 2
        self._points = {}  # a slot that is merged with none stays the same, but its point is wider
        slots: dict[int, Slot] = {}
        for index, slot in self._slots.items():
            slots[index // 2] = _sum(slots.get(index // 2), slot)
        self._slots = slots

    def _remember(self, second: int, slot: Slot) -> None:
        self._recent[second] = _sum(self._recent.get(second), slot)
        for old in [known for known in self._recent if known < max(self._recent) - _RECENT_S]:
            del self._recent[old]

    def _keep_curves_in_bounds(self, slot: Slot) -> None:
        if len(self._names) > MOST_CURVES:
            return
        self._names.update(slot.requests)
        if len(self._names) > MOST_CURVES:
            self._slots = {index: known.without_requests() for index, known in self._slots.items()}
            self._recent = {second: known.without_requests() for second, known in self._recent.items()}


def _sum(known: Slot | None, slot: Slot) -> Slot:
    """Return both together in little memory; the slot itself where there is no other yet."""
    return slot if known is None else (known + slot).packed()
