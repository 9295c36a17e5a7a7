"""The names under which the requests of a scenario are measured, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from penstock.model import Branch, Group, Loop, Request, Scenario, Step


def request_names(scenario: Scenario) -> list[str]:
    """Return the names, journey by journey."""
    return [name for journey in scenario.journeys for name in _names_in(journey.steps)]


def _names_in(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        match step:
            case Request():
                yield step.name
            case Group() | Loop():
                yield from _names_in(step.steps)
            case Branch():
                yield from _names_in((*step.then, *step.otherwise))
            case _:
                pass
