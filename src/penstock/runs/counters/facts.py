"""What counters need to know of a scenario besides what was measured: goals of pages, who runs which test."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from penstock.model import Group, Request, Scenario


@dataclass(frozen=True, slots=True)
class Facts:
    """`goals` are seconds by page; `tests` the journeys of mixes by scenario (population).

    `users` are the journeys that have a request (page, transaction) of a name.
    """

    goals: dict[str, float] = field(default_factory=dict)
    tests: dict[str, tuple[str, ...]] = field(default_factory=dict)
    users: dict[str, tuple[str, ...]] = field(default_factory=dict)


def facts_of(scenario: Scenario) -> Facts:
    """Return what is to know of a scenario."""
    goals: dict[str, float] = {}
    users: dict[str, tuple[str, ...]] = {}
    for journey in scenario.journeys:
        names = []
        for timed in _timed(journey.steps):
            names.append(timed.name)
            if isinstance(timed, Request) and timed.goal_s:
                goals[timed.name] = timed.goal_s
        for name in dict.fromkeys(names):
            users[name] = (*users.get(name, ()), journey.name)
    tests = {
        population.name: tuple(dict.fromkeys(share.journey for share in population.shares))
        for population in scenario.populations
    }
    return Facts(goals, tests, users)


def _timed(node: object) -> Iterator[Request | Group]:
    """Give all requests and groups below a part of a scenario, those that a page has recorded too."""
    if isinstance(node, Request | Group):
        yield node
    if isinstance(node, tuple):
        for each in node:
            yield from _timed(each)
    elif dataclasses.is_dataclass(node):
        for one in dataclasses.fields(node):
            yield from _timed(getattr(node, one.name))
