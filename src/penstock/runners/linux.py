"""What Linux says of the machine, in its own numbers; zeros where it says nothing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Ticks(NamedTuple):
    """Time of all processors since the machine was started, in the system's own ticks."""

    idle: int = 0
    stolen: int = 0
    all: int = 0


def processor_ticks() -> Ticks:
    """Return how the time of the processors was spent."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return Ticks(ticks[3] + ticks[4], ticks[7], sum(ticks))
    except (OSError, ValueError, IndexError):
        return Ticks()


def memory_kib() -> dict[str, int]:
    """Return sizes in KiB by the system's names, like `MemAvailable`."""
    return {name.removesuffix(":"): size for name, size in _numbers("/proc/meminfo").items()}


def swapped_pages() -> int:
    """Return how many pages of memory were moved to or from the disk since the machine was started."""
    counts = _numbers("/proc/vmstat")
    return counts.get("pswpin", 0) + counts.get("pswpout", 0)


def _numbers(file: str) -> dict[str, int]:
    try:
        lines = [line.split() for line in Path(file).read_text().splitlines()]
    except OSError:
        return {}
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdecimal()}
