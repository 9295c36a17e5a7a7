"""How much load, over time: every way to say it becomes one list of phases before the start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phase:
    """A straight piece of the load: users from `start` to `end` over `duration_s` seconds."""

    start: float
    end: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Load:
    """Closed model: so many users at a time, each repeating its journey.

    A user ends after `iterations_per_user` iterations (None: no limit) or with the last phase, whichever is
    first; an iteration that runs then is finished and counted, for `grace_s` at most. `pause_s` is the pause
    between two iterations of one user.
    """

    phases: tuple[Phase, ...]
    iterations_per_user: int | None = None
    pause_s: float = 0.0
    grace_s: float = 30.0

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last phase's end."""
        return sum(phase.duration_s for phase in self.phases)

    @property
    def peak(self) -> int:
        """The most users at any time."""
        return int(max((max(phase.start, phase.end) for phase in self.phases), default=0))
