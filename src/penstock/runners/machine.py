"""Counters of the machine that the command runs on: how busy it is with the load."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.ports.counters import Taken
from penstock.runners.linux import memory_kib, processor_ticks

NAMES = {
    "cpu": "processor time in use, % of all cores",
    "memory": "memory in use, % of all there is",
    "available memory": "memory that could be had, MiB",
}
"""Every counter, with what it counts."""


class MachineCounters:
    """See `ports.counters.CounterSource`. Reads what Linux says of itself; of its counters those that are wanted."""

    name = "machine"
    every_s = 1.0

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = wanted
        self._before = processor_ticks()

    def names(self) -> Sequence[str]:
        """See `ports.counters.CounterSource`."""
        return list(NAMES)

    def has(self, name: str) -> bool:
        """See `ports.counters.CounterSource`."""
        return name in NAMES

    async def read(self) -> Taken:
        """See `ports.counters.CounterSource`."""
        names = self._wanted
        found: dict[str, float] = {}
        if "cpu" in names:
            before, now = self._before, processor_ticks()
            self._before = now
            if now.all > before.all:
                found["cpu"] = 100 * (1 - (now.idle - before.idle) / (now.all - before.all))
        memory = memory_kib()
        if "available memory" in names and "MemAvailable" in memory:
            found["available memory"] = memory["MemAvailable"] / 1024
        if "memory" in names and memory.get("MemTotal"):
            found["memory"] = 100 * (1 - memory.get("MemAvailable", 0) / memory["MemTotal"])
        return Taken(found)

    async def close(self) -> None:
        """See `ports.counters.CounterSource`."""
