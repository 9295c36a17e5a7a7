"""Following goals: which level each population with a goal should have, after each of its samples."""

from __future__ import annotations

import math

from penstock.metrics.snapshot import Snapshot
from penstock.model import Goal
from penstock.runs.goal import next_users
from penstock.runs.observation import Unmeasured
from penstock.runs.pane import Pane


class Seeker:
    """One goal. Only what all agents together measured moves it, so it does not matter how many there are."""

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._width = math.ceil(goal.every_s)
        self._panes: dict[int, Pane] = {}
        self._next = 0
        """The place of the sample that is taken next."""
        self._frozen = False

    def add(self, snapshot: Snapshot, complete: int | None, users: float) -> tuple[int, float] | None:
        """Take in a snapshot; return (users, value) when a sample is due that asks for another number than `users`.

        `complete` is the newest second that all agents have reported.
        """
        if snapshot.span is None or self._frozen:
            return None
        place = snapshot.span[0] // self._width
        if not self._panes and not self._next:
            self._next = place  # samples begin with the measured time
        if place >= self._next:
            self._panes.setdefault(place, Pane()).add(snapshot, (self._goal.measure,))
        if complete is None or (self._next + 1) * self._width > complete + 1:
            return None
        pane = self._panes.pop(self._next, Pane())
        self._next += 1
        try:
            value = pane.value(self._goal.measure)
        except Unmeasured:
            return None
        if self._goal.stays_at_goal and self._goal.low <= value <= self._goal.high:
            self._frozen = True
            return None
        wanted = next_users(self._goal, round(users), value)
        return None if wanted == round(users) else (wanted, value)
