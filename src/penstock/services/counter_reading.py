"""Counters from elsewhere, read beside a run at an interval and kept with what the agents measure.

A sample belongs to the second of the run in which it was read. It is put into the next snapshot of that second, or of
a later one where the agents have told of that second already. What a source does wrong is noted when it begins and when
it ends; the run goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from penstock.errors import InvalidInput
from penstock.metrics.own import COUNTER, MICRO, OwnMetric
from penstock.metrics.snapshot import Snapshot
from penstock.ports.counters import CounterSource, Taken
from penstock.runs.events import COUNTERS, READ_AGAIN
from penstock.runs.plan import Plan

_MOST_WAITING = 1000

Note = Callable[[str, str], None]


class CounterReading:
    """Reads the sources of a run. Raises `InvalidInput` for counters that a plan wants and no source has."""

    def __init__(self, plan: Plan, sources: Sequence[CounterSource]) -> None:
        self._sources = sources
        self._waiting: deque[tuple[float, Taken]] = deque(maxlen=_MOST_WAITING)
        self._zero_s: float | None = None
        """When the run began, by the clock of this process: no later than its snapshots say."""
        verify_counters(plan, sources)

    async def read(self, note: Note) -> None:
        """Read for as long as it is let, and let go of the sources then."""
        try:
            await asyncio.gather(*(self._follow(source, note) for source in self._sources))
        finally:
            for source in self._sources:
                await source.close()

    async def _follow(self, source: CounterSource, note: Note) -> None:
        told: dict[str, str] = {}
        begun_s = time.monotonic()
        turn = 0
        while True:
            taken = await source.read()
            if taken.values:
                self._waiting.append((time.monotonic(), taken))
            told = _noted(source, told, taken, note)
            turn = max(turn + 1, int((time.monotonic() - begun_s) / source.every_s) + 1)
            await asyncio.sleep(max(0.0, begun_s + turn * source.every_s - time.monotonic()))

    def beside(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the samples that were read up to its last second."""
        if snapshot.span is None:
            return snapshot
        began_s = time.monotonic() - (snapshot.span[1] + 1)
        self._zero_s = began_s if self._zero_s is None else min(self._zero_s, began_s)
        own = dict(snapshot.own)
        while self._waiting:
            second = max(0, int(self._waiting[0][0] - self._zero_s))
            if second > snapshot.span[1]:
                break
            _, taken = self._waiting.popleft()
            for name, value in taken.values.items():
                read = _metric(value, second)
                own[COUNTER + name] = own[COUNTER + name] + read if COUNTER + name in own else read
        return replace(snapshot, own=own) if own else snapshot


def verify_counters(plan: Plan, sources: Sequence[CounterSource]) -> None:
    """Raise `InvalidInput` for counters that thresholds and goals ask for and no source has."""
    unknown = [name for name in plan.counters if not any(source.has(name) for source in sources)]
    if unknown:
        known = [name for source in sources for name in source.names()]
        there = f"there are {', '.join(map(repr, known))}" if known else "none is read here"
        raise InvalidInput(f"there is no counter {', '.join(map(repr, unknown))} to read; {there}")


def _metric(value: float, second: int) -> OwnMetric:
    micro = round(value * MICRO)
    return OwnMetric("gauge", 1, micro, micro, micro, micro, (second, ""))


def _noted(source: CounterSource, before: dict[str, str], taken: Taken, note: Note) -> dict[str, str]:
    """Note what is wrong now and was not before, and what is right again; return what is wrong."""
    for counter, text in taken.problems.items():
        if counter not in before:
            note(COUNTERS, f"{_named(source, counter)} {text}".strip())
    for counter in before.keys() - taken.problems.keys():
        if "" not in taken.problems:  # with the whole source gone nothing is known of a single counter
            note(COUNTERS, f"{_named(source, counter)} {READ_AGAIN}")
    return {**taken.problems} if "" not in taken.problems else {**before, **taken.problems}


def _named(source: CounterSource, counter: str) -> str:
    return f"{source.name}/{counter}:" if counter else f"{source.name}:"
