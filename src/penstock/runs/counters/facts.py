"""What counters need to know of a scenario besides what was measured: goals of pages, who runs which test."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from penstock.model import Request, Scenario


@dataclass(frozen=True, slots=True)
class Facts:
    """`goals` are seconds by page; `tests` the journeys of mixes by scenario (population)."""

    goals: dict[str, float] = field(default_factory=dict)
    tests: dict[str, tuple[str, ...]] = field(default_factory=dict)


def facts_of(scenario: Scenario) -> Facts:
    """Return what is to know of a scenario."""
    goals: dict[str, float] = {}
    for journey in scenario.journeys:
        for request in _requests(journey.steps):
            if request.goal_s:
                goals[request.name] = request.goal_s
    tests = {
        population.name: tuple(dict.fromkeys(share.journey for share in population.shares))
        for population in scenario.populations
    }
    return Facts(goals, tests)


def _requests(node: object) -> Iterator[Request]:
    if isinstance(node, Request):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _requests(each)
    elif dataclasses.is_dataclass(node):
        for one in dataclasses.fields(node):
            yield from _requests(getattr(node, one.name))
