"""Whether this machine was kept from its work while a run went on: by its host, or by too little memory."""

from __future__ import annotations

from penstock.metrics.numbers import share
from penstock.runners.linux import processor_ticks, swapped_pages

MOST_STEAL_SHARE = 0.05
"""Share of the processor time that a host kept from this machine: then what is late may be its doing."""

MOST_SWAPPED_PAGES = 1000
"""Pages of memory that were moved to or from the disk: what waits for them is late."""


class Strain:
    """What Linux counts of both, since this was made."""

    def __init__(self) -> None:
        self._before = processor_ticks()
        self._swapped = swapped_pages()

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each limit that was passed."""
        before, now = self._before, processor_ticks()
        said: list[str] = []
        part = (now.stolen - before.stolen) / (now.all - before.all) if now.all > before.all else 0.0
        if part > MOST_STEAL_SHARE:
            said.append(
                f"the host kept the processor from this machine for {share(part)} of the time (steal): "
                "what is late may be its doing; run on a machine that shares less"
            )
        swapped = swapped_pages() - self._swapped
        if swapped > MOST_SWAPPED_PAGES:
            said.append(
                f"this machine swapped {swapped:,} pages of memory to or from its disk: what waited for them was late; "
                "use fewer users here, or more memory"
            )
        return tuple(said)
