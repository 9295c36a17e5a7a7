"""What a client uses while it is at work: without its start, and without what it does at its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from benches.cores import process_cpu_s
from benches.memory import descendants

BEGINS_S = 2.0
ENDS_S = 1.0
SHORTEST_S = 1.0
"""A clock tick is 10 ms: over less than this a share would be a guess."""


@dataclass(slots=True)
class SteadyWatch:
    """Looks at the CPU of all descendants of one process now and then."""

    root: int
    looks: list[tuple[float, float]] = field(default_factory=list)
    """Monotonic seconds, and CPU seconds so far."""

    def look(self) -> None:
        """Take one sample."""
        used_s = 0.0
        for pid in descendants(self.root):
            try:
                used_s += process_cpu_s(pid)
            except (OSError, IndexError):  # it has just ended
                continue
        self.looks.append((time.monotonic(), used_s))

    @property
    def share(self) -> float | None:
        """The share of a core from `BEGINS_S` after the first look to `ENDS_S` before the last; None if too short."""
        if not self.looks:
            return None
        first_s, last_s = self.looks[0][0] + BEGINS_S, self.looks[-1][0] - ENDS_S
        at_work = [look for look in self.looks if first_s <= look[0] <= last_s]
        if not at_work or at_work[-1][0] - at_work[0][0] < SHORTEST_S:
            return None
        (began_s, before_s), (ended_s, after_s) = at_work[0], at_work[-1]
        return (after_s - before_s) / (ended_s - began_s)
