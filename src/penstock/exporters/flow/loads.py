"""The load and the rest of a run as `Options`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from penstock.exporters.flow.lines import Lines
from penstock.exporters.flow.texts import literal
from penstock.model import Defaults, Load, Phase, Population, Scenario
from penstock.model.limits import LONGEST_S

_USUAL = Defaults()


def options(scenario: Scenario, lines: Lines) -> list[str]:
    """Return the arguments of `Options`."""
    loads = [population.load for population in scenario.populations]
    first = loads[0]
    if any(_pace(load) != _pace(first) for load in loads):
        message = "the scenarios differ in pauses, think times or new users; in the flow.py all are as in the first"
        lines.differs(message, scenario.origin)
    if len(loads) > 1:
        lines.differs("the scenarios share one load, the sum of theirs", scenario.origin)
    if scenario.defaults.accept_encoding != _USUAL.accept_encoding or scenario.defaults.user_agent:
        lines.differs("Accept-Encoding and User-Agent are Penstock's own in the flow.py", scenario.origin)
    if any(population.browsers or population.networks for population in scenario.populations):
        lines.cannot("the browsers and lines of users", scenario.origin)
    if any(load.goal for load in loads):
        lines.cannot("the goal that the load seeks", scenario.origin)
    arguments = [*_level(loads, scenario, lines), *_limits(scenario, loads)]
    if first.pacing_s:
        arguments.append(f'pacing="{first.pacing_s:g}s"')
    if first.thinks == "normal":
        arguments.append(f'think="normal:{first.think_deviation:g}"')
    elif first.thinks == "off":
        arguments.append('think="off"')
    if first.new_users:
        arguments.append(f"new_users={first.new_users:g}")
    return [*arguments, *_rest(scenario)]


def _pace(load: Load) -> tuple[object, ...]:
    return (load.model, load.thinks, load.think_deviation, load.new_users, load.pause_s, load.pacing_s)


def _level(loads: list[Load], scenario: Scenario, lines: Lines) -> list[str]:
    first = loads[0]
    phases = first.phases if len(loads) == 1 else added(load.phases for load in loads)
    seconds = sum(phase.duration_s for phase in phases)
    endless = seconds >= LONGEST_S
    if first.model == "requests":
        if len(phases) > 1:
            lines.differs("the rate of requests is at its highest from the start", scenario.origin)
        return [f"requests_rate={first.top:g}", f"users={first.max_users or 1}", f'duration="{_seconds(seconds)}"']
    arguments = [f'arrivals="{first.spacing}"'] if first.model == "arrivals" else []
    level = all(phase.start == phase.end == phases[0].start for phase in phases)
    if first.model == "users" and level:
        arguments.append(f"users={phases[0].start:g}")
        if not endless:
            arguments.append(f'duration="{_seconds(seconds)}"')
    else:
        arguments.append(f"phases={literal(written(phases))}")
    if first.model == "arrivals" and first.max_users:
        arguments.append(f"max_users={first.max_users}")
    return arguments


def _limits(scenario: Scenario, loads: list[Load]) -> list[str]:
    arguments = []
    totals = [load.iterations_total for load in loads]
    if loads[0].iterations_per_user is not None:
        arguments.append(f"iterations={loads[0].iterations_per_user}")
    if all(total is not None for total in totals):
        arguments.append(f"total_iterations={sum(total or 0 for total in totals)}")
    if scenario.warm_up_s:
        arguments.append(f'warm_up="{scenario.warm_up_s:g}s"')
    if scenario.cool_down_s is not None:
        arguments.append(f'cool_down="{scenario.cool_down_s:g}s"')
    return arguments


def _rest(scenario: Scenario) -> list[str]:
    defaults = scenario.defaults
    arguments = [f'cookies="{defaults.cookies}"', f"timeout={defaults.timeout_s:g}"]
    if scenario.max_failures:
        arguments.append(f"max_failures={scenario.max_failures:g}")
    if scenario.thresholds:
        texts = ", ".join(literal(threshold.text) for threshold in scenario.thresholds)
        arguments.append(f"thresholds=({texts},)")
    if defaults.connections == "pool":
        arguments.append(f'connections="pool:{defaults.pool_size}"')
    elif defaults.connections != "user":
        arguments.append(f'connections="{defaults.connections}"')
    return arguments


def written(phases: Iterable[Phase]) -> str:
    """Return phases as people write them: `0..50 in 10s, 50 for 60s`."""
    return ", ".join(
        f"{phase.end:g} for {_seconds(phase.duration_s)}"
        if phase.start == phase.end
        else f"{phase.start:g}..{phase.end:g} in {_seconds(phase.duration_s)}"
        for phase in phases
        if phase.duration_s > 0
    )


def added(loads: Iterable[tuple[Phase, ...]]) -> tuple[Phase, ...]:
    """Return the sum of several loads, straight piece by straight piece."""
    every = list(loads)
    borders = {0.0}
    for phases in every:
        at = 0.0
        for phase in phases:
            at += phase.duration_s
            borders.add(at)
    ends = sorted(borders)
    return tuple(
        Phase(
            sum(_level_at(phases, start, after=True) for phases in every),
            sum(_level_at(phases, end, after=False) for phases in every),
            end - start,
        )
        for start, end in itertools.pairwise(ends)
    )


def _level_at(phases: tuple[Phase, ...], second: float, *, after: bool) -> float:
    """Return the level at a second: just after it, or just before."""
    at = 0.0
    for phase in phases:
        end = at + phase.duration_s
        if (at <= second < end) if after else (at < second <= end):
            return phase.start + (phase.end - phase.start) * (second - at) / phase.duration_s
        at = end
    return 0.0


def shares(population: Population, journeys: tuple[str, ...]) -> list[tuple[str, float]]:
    """Return the journeys of a population with their weights."""
    if population.shares:
        return [(share.journey, share.weight) for share in population.shares]
    return [(name, 1.0) for name in journeys]


def _seconds(seconds: float) -> str:
    """Return a duration as options read it, which knows no exponents."""
    return f"{seconds:.0f}s" if seconds >= 1e5 else f"{seconds:g}s"
