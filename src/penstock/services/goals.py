"""Loads that seek their own level, while a run goes on."""

from __future__ import annotations

from penstock.metrics.snapshot import Snapshot
from penstock.runs.seeking import Seeker
from penstock.runs.wording import observed_text
from penstock.services.steering import Steering


class Goals:
    """All populations of a run that have a goal."""

    def __init__(self, steering: Steering) -> None:
        self._steering = steering
        self._seekers = {
            place: (population.load.goal, Seeker(population.load.goal))
            for place, population in enumerate(steering.plan.populations)
            if population.load.goal is not None
        }

    async def add(self, snapshot: Snapshot, complete: int | None) -> None:
        """Take in a snapshot of the measured time; what a sample asks for is done, and noted."""
        for place, (goal, seeker) in self._seekers.items():
            before = self._steering.level(place)
            wanted = seeker.add(snapshot, complete, before)
            if wanted is None or self._steering.stopping or not self._steering.goes_on(place):
                continue
            users, value = wanted
            await self._steering.hold(place, users)
            seen = observed_text(goal.measure, value)
            self._steering.note("goal", f"users {before:,.0f} → {users:,} ({goal.measure} was {seen})")
