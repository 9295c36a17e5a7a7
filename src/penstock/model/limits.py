"""What no load may be, whoever wrote it: each refusal names the place."""

from __future__ import annotations

import math

from penstock.errors import InvalidInput
from penstock.model.load import Load
from penstock.model.population import Population

LONGEST_S = 31 * 86_400.0
MOST_USERS = 1_000_000
HIGHEST_RATE = 1_000_000.0
"""Starts or requests a second over the whole run."""


def check(population: Population) -> None:
    """Raise `InvalidInput` for a load that is contradictory, empty or absurd."""
    load = population.load
    _check_phases(load)
    for name, number in (("iterations", load.iterations_per_user), ("total iterations", load.iterations_total)):
        if number is not None and number < 1:
            raise InvalidInput(f"{name}: {number} is less than 1")
    for name, seconds in (
        ("pause", load.pause_s),
        ("pacing", load.pacing_s),
        ("patience", load.patience_s),
        ("grace", load.grace_s),
    ):
        if not 0 <= seconds <= LONGEST_S:
            raise InvalidInput(f"{name}: {seconds:,.10g} s is not between 0 and 31 days")
    if not 0 <= load.new_users <= 1:
        raise InvalidInput(f"new users: {load.new_users:g} is not a share between 0% and 100%")
    if not 0 <= load.think_deviation <= 10:
        raise InvalidInput(f"think: a deviation of {load.think_deviation:g} is not between 0 and 10")
    if load.goal is not None and load.model != "users":
        raise InvalidInput("goal: it is users that a goal adds and removes; the load is a rate")
    if load.goal is not None and load.goal.most_users > MOST_USERS:
        raise InvalidInput(f"goal: more than {MOST_USERS:,} users")
    if load.model == "users":
        if load.max_users is not None:
            raise InvalidInput("max users: that is a limit for a rate; the load says itself how many users there are")
    elif load.max_users is None or not 1 <= load.max_users <= MOST_USERS:
        raise InvalidInput(f"max users: {load.max_users} is not between 1 and {MOST_USERS:,}")
    if load.model == "arrivals":
        _check_arrivals(population)


def _check_phases(load: Load) -> None:
    most, what = (MOST_USERS, "users") if load.model == "users" else (HIGHEST_RATE, "rate")
    for phase in load.phases:
        for level in (phase.start, phase.end):
            if not 0 <= level <= most:
                raise InvalidInput(f"{what}: {level:,.10g} is not between 0 and {most:,.0f}")
        if not 0 <= phase.duration_s < math.inf:
            raise InvalidInput(f"duration: {phase.duration_s:g} s is not 0 or more")
    if load.top <= 0:
        raise InvalidInput(f"{what}: the load is 0 all the time")
    if not 0 < load.duration_s <= LONGEST_S * (1 + 1e-9):
        raise InvalidInput(f"duration: {load.duration_s:,.10g} s is not more than 0 and at most 31 days")


def _check_arrivals(population: Population) -> None:
    load = population.load
    if load.iterations_per_user is not None:
        raise InvalidInput("iterations: a rate of starts has none a user; give --total-iterations")
    if load.pacing_s > 0:
        raise InvalidInput("pacing: a rate of starts needs none")
    if population.mix == "pace":
        raise InvalidInput("mix: a pace is that of users who stay; it cannot be had with a rate of starts")
