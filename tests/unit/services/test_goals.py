"""Goals are sought while there is load."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from penstock.metrics.measures import Agent
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.model import Load, Phase, Population
from penstock.model.goal import parse_goal
from penstock.ports.runner import Running
from penstock.runs.plan import FlowWork, Plan
from penstock.services.goals import Goals
from penstock.services.steering import Steering


class Held:
    """A run that only notes which levels it is given."""

    def __init__(self) -> None:
        self.levels: list[tuple[int, float]] = []

    async def set_level(self, population: int, level: float) -> None:
        self.levels.append((population, level))


@pytest.mark.parametrize(
    ("reason", "load_s", "levels"),
    [("while there is load", 60.0, [(0, 6.0)]), ("what is measured after the load changes nothing", 0.0, [])],
)
def test_a_goal_is_sought_only_while_there_is_load(reason: str, load_s: float, levels: list[tuple[int, float]]) -> None:
    goal = parse_goal("rate in 10..20 with 1..9 users by 5 every 1s")
    everyone = Population("all", Load((Phase(1, 1, load_s),), goal=goal))
    running, timeline = Held(), Timeline()
    steering = Steering(cast("Running", running), Plan("test", FlowWork("flow.py"), (everyone,)), timeline)
    snapshot = Snapshot(span=(0, 0), agents={"0/1": Agent(wall_us=1_000_000)})
    timeline.add(snapshot)
    asyncio.run(Goals(steering).add(snapshot, timeline.complete()))
    assert running.levels == levels, reason
    assert len(steering.events) == len(levels)
