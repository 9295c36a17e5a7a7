"""The course of each request over a run, in few blocks of time: how its figures vary within the run.

Blocks are of equal width. When more than `2 * MOST_BLOCKS` would be needed, the width doubles, as in a timeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from penstock.metrics.histogram import Histogram
from penstock.metrics.snapshot import Snapshot

MOST_BLOCKS = 20
"""Of batches of an autocorrelated series, 10 to 30 are advised: longer ones depend less on each other (Schmeiser,
*Batch size effects in the analysis of simulation output*, 1982)."""


@dataclass(slots=True)
class Block:
    """What a request gave in one block; response latencies, failed ones included."""

    count: int = 0
    failed: int = 0
    sum_ns: int = 0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, count: int, failed: int, histograms: Iterable[Histogram]) -> None:
        """Add what one second gave."""
        self.count += count
        self.failed += failed
        for histogram in histograms:
            self.sum_ns += histogram.sum_ns
            for low, number in histogram.buckets.items():
                self.buckets[low] = self.buckets.get(low, 0) + number

    def take(self, other: Block) -> None:
        """Add another block."""
        self.count += other.count
        self.failed += other.failed
        self.sum_ns += other.sum_ns
        for low, number in other.buckets.items():
            self.buckets[low] = self.buckets.get(low, 0) + number

    def histogram(self) -> Histogram:
        """Return its latencies; their extremes are known as well as their buckets are."""
        if not self.buckets:
            return Histogram()
        return Histogram(sum(self.buckets.values()), self.sum_ns, min(self.buckets), max(self.buckets), self.buckets)


class Courses:
    """All requests of a run, each with its blocks; what belongs to a warm-up or cool-down is left out."""

    def __init__(self, snapshots: Iterable[Snapshot] = ()) -> None:
        self._width = 1
        self._slots: dict[int, dict[str, Block]] = {}
        for snapshot in snapshots:
            self.add(snapshot)

    def add(self, snapshot: Snapshot) -> None:
        """Take in a snapshot; in whatever order they come, the blocks are the same."""
        if snapshot.span is None or snapshot.phase != "main":
            return
        slot = self._slots.setdefault(snapshot.span[0] // self._width, {})
        for (kind, name), series in snapshot.series.items():
            if kind == "request":
                block = slot.setdefault(name, Block())
                block.add(series.count, series.failed, (series.response, series.failed_response))
        while len(self._slots) > 2 * MOST_BLOCKS:
            self._width *= 2
            self._slots = _halved(self._slots)

    def by_request(self) -> dict[str | None, list[Block]]:
        """Return the blocks of each request in the order of time; those of None are of all requests together."""
        slots = self._slots
        while len(slots) > MOST_BLOCKS:
            slots = _halved(slots)
        ordered = [slot for _, slot in sorted(slots.items())]
        found: dict[str | None, list[Block]] = {None: [together(list(slot.values())) for slot in ordered]}
        for slot in ordered:
            for name, block in slot.items():
                found.setdefault(name, []).append(block)
        return found


def with_enough(blocks: Sequence[Block], needed: int) -> list[Block]:
    """Return the blocks with at least so many exchanges each: neighbours are put together until they are enough.

    A rest at the end goes to the last one.
    """
    whole: list[Block] = []
    waiting: list[Block] = []
    for block in blocks:
        waiting.append(block)
        if sum(one.count for one in waiting) >= needed:
            whole.append(together(waiting))
            waiting = []
    return [*whole[:-1], together([whole[-1], *waiting])] if whole and waiting else whole


def _halved(slots: dict[int, dict[str, Block]]) -> dict[int, dict[str, Block]]:
    found: dict[int, dict[str, Block]] = {}
    for index, slot in slots.items():
        place = found.setdefault(index // 2, {})
        for name, block in slot.items():
            place.setdefault(name, Block()).take(block)
    return found


def together(blocks: Sequence[Block]) -> Block:
    """Return the sum of some blocks, which is not to be changed: of a single one it is that one."""
    if len(blocks) == 1:
        return blocks[0]
    total = Block()
    for block in blocks:
        total.take(block)
    return total
