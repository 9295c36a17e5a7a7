"""A stretch of a run, reduced to what someone watches of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from penstock.metrics.snapshot import Snapshot
from penstock.model import Measure
from penstock.runs.observation import Measured, measured_in, together, value_of


@dataclass(slots=True)
class Pane:
    """What is watched, by measure, and the measured time by agent."""

    found: dict[Measure, Measured] = field(default_factory=dict)
    walls_us: dict[str, int] = field(default_factory=dict)

    def add(self, snapshot: Snapshot, measures: Iterable[Measure]) -> None:
        """Add what a snapshot has of some measures."""
        for measure in measures:
            found = measured_in(snapshot, measure)
            if found is not None:
                before = self.found.get(measure)
                self.found[measure] = found if before is None else together(before, found)
        for source, agent in snapshot.agents.items():
            self.walls_us[source] = self.walls_us.get(source, 0) + agent.wall_us

    def take(self, other: Pane) -> None:
        """Add another pane."""
        for measure, found in other.found.items():
            before = self.found.get(measure)
            self.found[measure] = found if before is None else together(before, found)
        for source, wall_us in other.walls_us.items():
            self.walls_us[source] = self.walls_us.get(source, 0) + wall_us

    def value(self, measure: Measure) -> float:
        """Return what a measure gave. Raises `Unmeasured`."""
        seconds = max(self.walls_us.values(), default=0) / 1e6
        return value_of(self.found.get(measure), measure, seconds)
