"""How much load, over time: every way to say it becomes one list of phases before the start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from penstock.model.goal import Goal

Model = Literal["users", "arrivals", "requests"]
"""What the levels of a load count.

`users`: closed model, so many users at a time, each repeating its journey. `arrivals`: open model, so many iterations
started a second, whatever becomes of them. `requests`: so many requests sent a second by a fixed number of users.
"""

Spacing = Literal["even", "poisson"]
"""How the starts of a rate lie: evenly under the line, or at random with that rate (a Poisson process)."""

Thinks = Literal["on", "off", "normal"]
"""Think times as written, left out, or normally distributed around what is written."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A straight piece of the load: from level `start` to level `end` over `duration_s` seconds.

    Levels are over the whole run: users, iterations a second or requests a second.
    """

    start: float
    end: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Load:
    """How much, when, and at what pace.

    A user ends after `iterations_per_user` iterations (None: no limit), when all users together have started
    `iterations_total`, or with the last phase, whichever is first; an iteration that runs then is finished and
    counted, for `grace_s` at most.

    Of a rate, `max_users` is the limit of users (`arrivals`) or their number (`requests`); a start that finds no free
    user waits, is counted as late, and after `patience_s` or at the end is dropped and counted.

    `pause_s` is the pause between two iterations of one user, `pacing_s` the least time from the start of one to the
    start of the next. `think_deviation` is the standard deviation of normally distributed thinks and pauses as a share
    of their mean. `new_users` is the share of iterations (0 to 1) that a new user does: no cookies, new connections.

    With a `goal`, which only users have, the phases say how it begins and how long it lasts; from its first sample on
    the level is the goal's.
    """

    phases: tuple[Phase, ...]
    iterations_per_user: int | None = None
    pause_s: float = 0.0
    grace_s: float = 30.0
    model: Model = "users"
    spacing: Spacing = "even"
    max_users: int | None = None
    patience_s: float = 30.0
    iterations_total: int | None = None
    pacing_s: float = 0.0
    thinks: Thinks = "on"
    think_deviation: float = 0.2
    new_users: float = 0.0
    goal: Goal | None = None

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last phase's end."""
        return sum(phase.duration_s for phase in self.phases)

    @property
    def top(self) -> float:
        """The highest level of any time."""
        return max((max(phase.start, phase.end) for phase in self.phases), default=0.0)

    def level_at(self, at_s: float) -> float:
        """Return the level at a time of the load; 0 after its end."""
        for phase in self.phases:
            if at_s < phase.duration_s:
                return phase.start + (phase.end - phase.start) * max(0.0, at_s) / phase.duration_s
            at_s -= phase.duration_s
        return 0.0

    @property
    def peak(self) -> int:
        """The most users at any time."""
        if self.goal is not None:
            return max(math.ceil(self.top), self.goal.most_users)
        return math.ceil(self.top) if self.model == "users" else self.max_users or 0
