"""Whether this machine was kept from its work while a run went on: by its host, or by too little memory."""

from __future__ import annotations

from pathlib import Path

from penstock.metrics.numbers import share

MOST_STEAL_SHARE = 0.05
"""Share of the processor time that a host kept from this machine: then what is late may be its doing."""

MOST_SWAPPED_PAGES = 1000
"""Pages of memory that were moved to or from the disk: what waits for them is late."""


class Strain:
    """What Linux counts of both, since this was made."""

    def __init__(self) -> None:
        self._steal, self._all = _ticks()
        self._swapped = _swapped_pages()

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each limit that was passed."""
        steal, every = _ticks()
        said: list[str] = []
        part = (steal - self._steal) / (every - self._all) if every > self._all else 0.0
        if part > MOST_STEAL_SHARE:
            said.append(
                f"the host kept the processor from this machine for {share(part)} of the time (steal): "
                "what is late may be its doing; run on a machine that shares less"
            )
        swapped = _swapped_pages() - self._swapped
        if swapped > MOST_SWAPPED_PAGES:
            said.append(
                f"this machine swapped {swapped:,} pages of memory to or from its disk: what waited for them was late; "
                "use fewer users here, or more memory"
            )
        return tuple(said)


def _ticks() -> tuple[int, int]:
    """Return (stolen, all) ticks of the processors; (0, 0) where the system does not say."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return 0, 0
    return (ticks[7] if len(ticks) > 7 else 0), sum(ticks)


def _swapped_pages() -> int:
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("pswpin ", "pswpout ")))
