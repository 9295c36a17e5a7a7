"""Counters from elsewhere, read once a second and kept beside what the agents measure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from penstock.errors import InvalidInput
from penstock.metrics.own import MICRO, OwnMetric
from penstock.metrics.snapshot import Snapshot
from penstock.ports.counters import CounterSource
from penstock.runs.observation import COUNTER
from penstock.runs.plan import Plan

_EVERY_S = 1.0


class CounterReading:
    """Reads the counters that a plan wants. Raises `InvalidInput` for those that the source does not have."""

    def __init__(self, plan: Plan, source: CounterSource) -> None:
        self._names = plan.counters
        self._source = source
        self._values: Mapping[str, float] = {}
        self._told: int | None = None
        if unknown := source.unknown(self._names):
            raise InvalidInput(f"there is no counter {', '.join(map(repr, unknown))} to read")

    async def read(self) -> None:
        """Read for as long as it is let."""
        while self._names:
            await asyncio.sleep(_EVERY_S)
            self._values = await self._source.read(self._names)

    def beside(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the newest values, if it is the first of its second."""
        if not self._values or snapshot.span is None or snapshot.span[1] == self._told:
            return snapshot
        self._told = snapshot.span[1]
        values = {name: round(value * MICRO) for name, value in self._values.items()}
        read = {
            COUNTER + name: OwnMetric("gauge", 1, value, value, value, value, (self._told, ""))
            for name, value in values.items()
        }
        return replace(snapshot, own={**snapshot.own, **read})
