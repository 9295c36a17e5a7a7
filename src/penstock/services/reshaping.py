"""Applying what a caller changes about the load, to every population of a test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from penstock.errors import InvalidInput
from penstock.model import Goal, Load, Phase, Population, limits, reshape
from penstock.services.changes import LoadChanges

LEAST_USER_LIMIT = 100
USER_LIMIT_S = 10
"""Without a limit of users, a rate of starts may have as many as start in so many seconds, and never fewer than the
least: iterations of usual length find a free user, and a server that hangs is not met by endless users."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """All loads of a run, and what of it is left out of the results."""

    populations: tuple[Population, ...]
    warm_up_s: float = 0.0
    cool_down_s: float | None = None
    are_alike: bool = False
    """Whether all populations have the same shape over time, and differ in their parts only."""


def apply(shaped: Shaped, changes: LoadChanges) -> Shaped:
    """Return the loads with the changes, all of them checked.

    Raises `InvalidInput` for changes that contradict each other or the load, and for loads that make no sense.
    """
    _refuse_contradictions(changes)
    populations = tuple(one for one in shaped.populations if not one.is_beside)
    beside = tuple(one for one in shaped.populations if one.is_beside)
    if changes.goal is not None:
        goal = changes.goal
        populations = _each(_only(populations, "goal"), lambda load: _seeking(load, goal))
    populations = _with_levels(populations, changes, shaped.are_alike)
    if changes.duration_s is not None:
        if changes.iterations is None:
            populations = _each(populations, _until_the_end)
        before_s = max(population.load.duration_s for population in populations)
        populations = _with_duration(populations, changes.duration_s)
        if shaped.warm_up_s and changes.duration_s < before_s:  # the warm-up is a part of the load
            shaped = replace(shaped, warm_up_s=shaped.warm_up_s * changes.duration_s / before_s)
    if changes.ramp_up_s is not None:
        ramp_up_s = changes.ramp_up_s
        populations = _each(populations, lambda load: reshape.with_ramp_up(load, ramp_up_s))
    populations = _with_iterations(populations, changes)
    populations = _each(populations, lambda load: _with_pace(load, changes))
    if (longest_s := changes.longest_s) is not None:
        populations = _each(populations, lambda load: reshape.cut(load, longest_s))
    populations = _each((*populations, *beside), lambda load: reshape.copied(load, changes.copies))
    shaped = replace(shaped, populations=populations)
    if changes.cool_down_s is not None:
        shaped = replace(shaped, cool_down_s=_bounded("cool-down", changes.cool_down_s))
    if changes.warm_up_s is not None:
        shaped = _with_warm_up(shaped, _bounded("warm-up", changes.warm_up_s))
    for population in shaped.populations:
        limits.check(population)
    if shaped.warm_up_s >= max(population.load.duration_s for population in shaped.populations):
        raise InvalidInput(f"warm-up: {shaped.warm_up_s:g} s is the whole load; nothing of it would be measured")
    return shaped


def _bounded(name: str, seconds: float) -> float:
    if not 0 <= seconds <= limits.LONGEST_S:
        raise InvalidInput(f"{name}: {seconds:,.10g} s is not between 0 and 31 days")
    return seconds


def _refuse_contradictions(changes: LoadChanges) -> None:
    given = {
        "users": changes.users is not None,
        "rate": changes.rate is not None,
        "requests-rate": changes.requests_rate is not None,
        "phases": changes.phases is not None,
        "arrivals": changes.spacing is not None,
        "max-users": changes.max_users is not None,
        "ramp-up": changes.ramp_up_s is not None,
        "iterations": changes.iterations is not None,
        "pacing": changes.pacing_s is not None,
        "goal": changes.goal is not None,
    }
    for one, other, why in (
        ("rate", "requests-rate", "a load is either a rate of starts or a rate of requests"),
        ("rate", "users", "a rate of starts takes as many users as it needs; give --max-users for their limit"),
        ("rate", "phases", "the phases say the rate themselves; add --arrivals even to make them one"),
        ("rate", "iterations", "a rate of starts has no iterations a user; give --total-iterations"),
        ("rate", "pacing", "a rate of starts needs none"),
        ("requests-rate", "phases", "both say how much load there is"),
        ("requests-rate", "arrivals", "evenly spaced or not is about starts of iterations"),
        ("requests-rate", "max-users", "give --users for how many users send them"),
        ("goal", "rate", "it is users that a goal adds and removes"),
        ("goal", "requests-rate", "it is users that a goal adds and removes"),
        ("goal", "arrivals", "it is users that a goal adds and removes"),
        ("phases", "users", "the phases say how many users there are"),
        ("phases", "ramp-up", "the phases say it themselves"),
    ):
        if given[one] and given[other]:
            raise InvalidInput(f"--{one} and --{other} contradict each other: {why}")


Loads = tuple[Population, ...]


def _each(populations: Loads, change: Callable[[Load], Load]) -> Loads:
    return tuple(replace(population, load=change(population.load)) for population in populations)


def _with_levels(populations: Loads, changes: LoadChanges, are_alike: bool) -> Loads:
    if changes.phases is not None and are_alike and len(populations) > 1:
        populations = _phased_alike(populations, changes)
    elif changes.phases is not None:
        populations = _each(_only(populations, "phases"), lambda load: _phased(load, changes))
    if changes.rate is not None:
        populations = _rated(populations, changes.rate, _as_arrivals)
    if changes.requests_rate is not None:
        users = changes.users
        populations = _rated(populations, changes.requests_rate, lambda load, level: _as_requests(load, level, users))
    elif changes.users is not None:
        populations = _with_users(populations, changes.users)
    if changes.spacing is not None:
        spacing = changes.spacing
        if all(population.load.model != "arrivals" for population in populations):
            raise InvalidInput("arrivals: the load is no rate of starts; give --rate as well")
        populations = _each(populations, lambda load: replace(load, spacing=spacing))
    if changes.max_users is not None:
        populations = _limited(populations, changes.max_users)
    return populations


def _only(populations: Loads, what: str) -> Loads:
    if len(populations) > 1:
        names = ", ".join(repr(population.name) for population in populations)
        raise InvalidInput(f"{what}: the test has several populations ({names}), each with phases of its own")
    return populations


def _seeking(load: Load, goal: Goal) -> Load:
    """Return the load with a goal, beginning with as few users as it allows."""
    first = float(max(1, goal.least_users))
    return replace(
        load,
        goal=goal,
        model="users",
        max_users=None,
        phases=(Phase(first, first, load.duration_s or limits.LONGEST_S),),
    )


def _phased_alike(populations: Loads, changes: LoadChanges) -> Loads:
    """Divide phases among populations as their levels were: users come whole at the highest level."""
    whole = _phased(populations[0].load, changes)
    tops = tuple(population.load.top for population in populations)
    if whole.model == "users":
        parts = tuple(float(part) for part in reshape.parted(math.ceil(whole.top), tops))
    else:
        parts = tuple(whole.top * top / sum(tops) for top in tops)
    loads = []
    for population, part in zip(populations, parts, strict=True):
        share = part / whole.top if whole.top else 0.0
        phases = tuple(Phase(one.start * share, one.end * share, one.duration_s) for one in whole.phases)
        most = None if whole.max_users is None else max(1, math.ceil(whole.max_users * share))
        loads.append(replace(population.load, model=whole.model, phases=phases, max_users=most))
    return tuple(replace(one, load=load) for one, load in zip(populations, loads, strict=True))


def _phased(load: Load, changes: LoadChanges) -> Load:
    phases = changes.phases or ()
    if changes.spacing is None and load.model != "arrivals":
        return replace(load, model="users", max_users=None, phases=phases)
    top = max(max(phase.start, phase.end) for phase in phases)
    return _as_arrivals(replace(load, phases=phases), top)


def _as_arrivals(load: Load, rate: float) -> Load:
    """Return the load as a rate of starts, with the level given and the shape over time it had."""
    if load.model != "arrivals":
        most = max(LEAST_USER_LIMIT, math.ceil(USER_LIMIT_S * rate))
        load = replace(load, model="arrivals", max_users=most, iterations_per_user=None, pause_s=0.0, pacing_s=0.0)
    return reshape.with_rate(load, rate)


def _as_requests(load: Load, rate: float, users: int | None) -> Load:
    if users is None and load.model == "arrivals":
        raise InvalidInput("requests-rate: give --users as well, to say how many users send the requests")
    sending = load.peak if users is None else users
    return reshape.with_rate(replace(load, model="requests", max_users=sending), rate)


def _rated(populations: Loads, rate: float, change: Callable[[Load, float], Load]) -> Loads:
    """Divide a rate among the populations as their levels were."""
    if not 0 < rate <= limits.HIGHEST_RATE:
        raise InvalidInput(f"rate: {rate:,.10g} a second is not more than 0 and at most {limits.HIGHEST_RATE:,.0f}")
    whole = sum(population.load.top for population in populations)
    return tuple(
        replace(population, load=change(population.load, rate * population.load.top / whole))
        for population in populations
    )


def _with_users(populations: Loads, users: int) -> Loads:
    if len(populations) == 1:
        return _each(populations, lambda load: reshape.with_users(load, users))
    if users < len(populations):
        raise InvalidInput(f"users: {users} cannot be divided among {len(populations)} populations")
    parts = list(reshape.parted(users, tuple(float(population.load.peak) for population in populations)))
    while 0 in parts:  # each kind of user is there, however seldom
        parts[parts.index(max(parts))] -= 1
        parts[parts.index(0)] += 1
    return tuple(
        replace(population, load=reshape.with_users(population.load, part))
        for population, part in zip(populations, parts, strict=True)
    )


def _limited(populations: Loads, most: int) -> Loads:
    rated = [population for population in populations if population.load.model != "users"]
    if not rated:
        raise InvalidInput(
            "max-users: that is a limit for a rate of starts (--rate); give --users for how many there are"
        )
    if not len(rated) <= most <= limits.MOST_USERS:
        raise InvalidInput(f"max users: {most} is not between {len(rated)} and {limits.MOST_USERS:,}")
    parts = iter(reshape.parted(most, tuple(float(population.load.max_users or 1) for population in rated)))
    return tuple(
        population
        if population.load.model == "users"
        else replace(population, load=replace(population.load, max_users=next(parts)))
        for population in populations
    )


def _with_duration(populations: Loads, duration_s: float) -> Loads:
    """Shorten all in proportion, or let those go on that were there to the end."""
    before_s = max(population.load.duration_s for population in populations)

    def change(load: Load) -> Load:
        if duration_s < before_s:
            return reshape.with_duration(load, load.duration_s * duration_s / before_s)
        return reshape.with_duration(load, duration_s) if load.duration_s == before_s else load

    if len(populations) == 1:
        return _each(populations, lambda load: reshape.with_duration(load, duration_s))
    return _each(populations, change)


def _until_the_end(load: Load) -> Load:
    """Return a load that only iterations end without their number: a duration that is given ends it instead."""
    return replace(load, iterations_per_user=None) if load.duration_s >= limits.LONGEST_S else load


def _is_endless(load: Load) -> bool:
    return load.duration_s >= limits.LONGEST_S and (load.iterations_per_user or load.iterations_total) is not None


def _with_iterations(populations: Loads, changes: LoadChanges) -> Loads:
    if changes.iterations is not None:
        iterations = changes.iterations
        populations = _each(populations, lambda load: reshape.with_iterations(load, iterations))
    if changes.total_iterations is not None:
        total = changes.total_iterations
        if total < len(populations):
            raise InvalidInput(f"total iterations: {total} is less than {len(populations)}")
        parts = reshape.parted(total, tuple(population.load.top for population in populations))
        populations = tuple(
            replace(population, load=reshape.with_total_iterations(population.load, max(1, part)))
            for population, part in zip(populations, parts, strict=True)
        )
    return populations


def _with_pace(load: Load, changes: LoadChanges) -> Load:
    if changes.pacing_s is not None:
        load = replace(load, pacing_s=changes.pacing_s, pause_s=0.0)
    if changes.without_pauses:
        load = replace(load, pause_s=0.0)
    if changes.thinks is not None:
        load = replace(load, thinks=changes.thinks)
    if changes.think_deviation is not None:
        load = replace(load, think_deviation=changes.think_deviation)
    if changes.new_users is not None:
        load = replace(load, new_users=changes.new_users)
    return load


def _with_warm_up(shaped: Shaped, warm_up_s: float) -> Shaped:
    """Put the warm-up before the load; where all begins with a ramp from 0, the warm-up is its first part."""

    def begins_at_0(load: Load) -> bool:
        return next((phase.start for phase in load.phases if phase.duration_s > 0), 0.0) == 0

    if warm_up_s and any(_is_endless(population.load) for population in shaped.populations):
        raise InvalidInput("warm-up: the load ends with its iterations; say how long it lasts as well, with --duration")
    if all(begins_at_0(population.load) for population in shaped.populations):
        return replace(shaped, warm_up_s=warm_up_s)
    populations = _each(shaped.populations, lambda load: reshape.with_warm_up(load, warm_up_s))
    return replace(shaped, populations=populations, warm_up_s=warm_up_s)


def endless(users: int) -> Load:
    """Return so many users for as long as a run may last."""
    return Load((Phase(float(users), float(users), limits.LONGEST_S),))
