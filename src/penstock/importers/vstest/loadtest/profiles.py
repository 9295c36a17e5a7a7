"""Load profiles as phases.

The time of a profile begins when its scenario does: after the warm-up and after its own delay. During the warm-up the
load rises from nothing to the level at which the profile begins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from penstock.errors import InvalidInput
from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.xmlfile import Element
from penstock.model import Phase
from penstock.model.limits import MOST_USERS
from penstock.model.timeline import steps

_CONSTANT_USERS = 25
_STEP = {"InitialUsers": 10, "MaxUsers": 200, "StepUsers": 10}
_STEP_DURATION_S = 10.0


@dataclass(frozen=True, slots=True)
class Span:
    """When a scenario runs: `warm_up_s` of the run, `delay_s` until it starts, `run_s` behind the warm-up.

    With `rests_in_warm_up` it does nothing until the warm-up is over, and its delay counts from there.
    """

    warm_up_s: float
    run_s: float
    delay_s: float = 0.0
    rests_in_warm_up: bool = False


def constant(element: Element, attributes: Attributes) -> tuple[Phase, ...]:
    """Return a constant load of one second; `placed` makes it as long as it has to be."""
    users = _users(element, "InitialUsers", _CONSTANT_USERS, attributes)
    return (Phase(users, users, 1.0),)


def stepped(element: Element, attributes: Attributes) -> tuple[Phase, ...]:
    """Return a load that rises step by step; its last level holds."""
    initial, highest, by = (_users(element, name, default, attributes) for name, default in _STEP.items())
    every_s = attributes.number(element, "StepDuration", _STEP_DURATION_S)
    ramp_s = attributes.number(element, "StepRampTime", 0.0)
    if highest < initial:
        message = f"MaxUsers={highest:g} is less than InitialUsers={initial:g}; the load stays at InitialUsers"
        attributes.findings.warn("contradicting-values", message, element.origin)
        highest = initial
    if ramp_s > every_s:
        message = f"StepRampTime={ramp_s:g} is longer than a step of StepDuration={every_s:g} and is cut to it"
        attributes.findings.warn("contradicting-values", message, element.origin)
        ramp_s = every_s
    if highest == initial:
        return (Phase(initial, initial, 1.0),)
    try:
        return steps(initial, highest, by, every_s, ramp_s)
    except InvalidInput as error:
        attributes.findings.error("invalid-value", str(error), element.origin, "correct StepUsers or StepDuration")
        return (Phase(initial, initial, 1.0),)


def _users(element: Element, name: str, default: int, attributes: Attributes) -> float:
    return float(attributes.whole(element, name, default, most=MOST_USERS))


def placed(profile: tuple[Phase, ...], span: Span) -> tuple[Phase, ...]:
    """Return the phases of the whole run: rise, delay, and the profile until the end, its last level held."""
    end_s = span.warm_up_s + span.run_s
    first = profile[0].start
    if span.rests_in_warm_up:
        starts_s = span.warm_up_s + span.delay_s
        phases = [Phase(0.0, 0.0, starts_s)]
    else:
        starts_s = max(span.delay_s, span.warm_up_s)
        phases = [Phase(0.0, 0.0, min(span.delay_s, end_s)), Phase(0.0, first, starts_s - span.delay_s)]
    phases += profile
    phases.append(Phase(profile[-1].end, profile[-1].end, math.inf))
    return _until(end_s, phases)


def _until(end_s: float, phases: list[Phase]) -> tuple[Phase, ...]:
    """Cut the phases where the run ends; those of no length vanish, level neighbours become one."""
    cut: list[Phase] = []
    left_s = end_s
    for phase in phases:
        duration_s = min(phase.duration_s, left_s)
        if duration_s <= 0:
            continue
        part = duration_s / phase.duration_s
        following = Phase(phase.start, phase.start + (phase.end - phase.start) * part, duration_s)
        if cut and cut[-1].start == cut[-1].end == following.start == following.end:
            following = Phase(following.start, following.end, cut.pop().duration_s + duration_s)
        cut.append(following)
        left_s -= duration_s
    return tuple(cut)
