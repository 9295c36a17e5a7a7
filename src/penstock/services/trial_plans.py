"""Plans for one iteration of one user, to be recorded."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from penstock.model import (
    Assign,
    Assignment,
    Journey,
    Load,
    Origin,
    ParameterSet,
    Phase,
    Population,
    Scenario,
    Share,
    Suite,
    Text,
)
from penstock.model.limits import LONGEST_S
from penstock.runs.plan import HttpSettings, Plan, ScenarioWork
from penstock.runs.recording import Pairs

_GIVEN = Origin("what was set before")


@dataclass(frozen=True, slots=True)
class Start:
    """What an iteration begins with: parameters to compute, then variables that are known, and cookies."""

    parameters: Sequence[ParameterSet] = ()
    given: Pairs = ()
    cookies: tuple[str, ...] = ()


def once(*, no_think: bool) -> Load:
    """Return the load of one user who does one iteration."""
    return Load(
        (Phase(1.0, 1.0, LONGEST_S),), iterations_per_user=1, thinks="off" if no_think else "on", grace_s=LONGEST_S
    )


def trial_plan(
    suite: Suite,
    journey: Journey,
    start: Start,
    http: HttpSettings,
    constants: tuple[tuple[str, str], ...],
    *,
    no_think: bool,
) -> Plan:
    """Return the plan of one iteration of a journey of the suite."""
    steps = [each.as_step() for each in start.parameters]
    if start.given:
        values = dict(start.given)
        known = tuple(Assignment(name, (Text.constant(value),)) for name, value in values.items())
        steps.append(Assign(known, _GIVEN))
    population = Population(suite.name, once(no_think=no_think), (Share(journey.name),))
    scenario = Scenario(
        name=suite.name,
        dialect=suite.dialect,
        journeys=(Journey(journey.name, (*steps, *journey.steps), journey.origin),),
        populations=(population,),
        origin=suite.origin,
        defaults=suite.defaults,
    )
    return Plan(
        name=journey.name,
        work=ScenarioWork(scenario),
        populations=(population,),
        http=http,
        constants=constants,
        seed=secrets.randbits(53),
    )
