"""Counters of the machine that the command runs on: how busy it is with the load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

NAMES = {
    "cpu": "processor time in use, % of all cores",
    "memory": "memory in use, % of all there is",
    "available memory": "memory that could be had, MiB",
}
"""Every counter, with what it counts."""


class MachineCounters:
    """See `ports.counters.CounterSource`. Reads what Linux says of itself."""

    def __init__(self) -> None:
        self._before = _processor()

    def unknown(self, names: Sequence[str]) -> Sequence[str]:
        """See `ports.counters.CounterSource`."""
        return [name for name in names if name not in NAMES]

    async def read(self, names: Sequence[str]) -> Mapping[str, float]:
        """See `ports.counters.CounterSource`."""
        found: dict[str, float] = {}
        if "cpu" in names:
            (idle_before, all_before), (idle, every) = self._before, _processor()
            self._before = (idle, every)
            if every > all_before:
                found["cpu"] = 100 * (1 - (idle - idle_before) / (every - all_before))
        memory = _memory()
        if "available memory" in names and "MemAvailable" in memory:
            found["available memory"] = memory["MemAvailable"] / 1024
        if "memory" in names and memory.get("MemTotal"):
            found["memory"] = 100 * (1 - memory.get("MemAvailable", 0) / memory["MemTotal"])
        return found


def _processor() -> tuple[int, int]:
    """Return (idle, all) ticks since the machine was started; (0, 0) where the system does not say."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return 0, 0
    return ticks[3] + ticks[4], sum(ticks)


def _memory() -> dict[str, int]:
    """Return sizes in KiB by name."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return {}
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if rest.split()}
