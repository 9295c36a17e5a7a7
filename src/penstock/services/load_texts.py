"""The load as people write it, on the command line and in a flow.py: texts and numbers in, changes out."""

from __future__ import annotations

import re
from typing import cast

from penstock.errors import InvalidInput
from penstock.model import Threshold, parse_threshold
from penstock.model.durations import parse_duration
from penstock.model.goal import parse_goal
from penstock.model.load import Spacing, Thinks
from penstock.model.timeline import parse_phases, parse_rate, parse_thinks
from penstock.services.changes import LoadChanges

Written = str | float | None


def read(
    *,
    users: int | None,
    rate: Written,
    arrivals: str | None,
    max_users: int | None,
    requests_rate: Written,
    phases: str | None,
    duration: Written,
    ramp_up: Written,
    iterations: int | None,
    total_iterations: int | None,
    warm_up: Written,
    cool_down: Written,
    pacing: Written,
    think: str | None,
    new_users: float | None,
    goal: str | None = None,
    no_think: bool = False,
) -> LoadChanges:
    """Return what is written; None is what nobody wrote.

    Raises `InvalidInput` for a text that is not understood, and for `no_think` with another `think`.
    """
    if arrivals not in (None, "even", "poisson"):
        raise InvalidInput(f"arrivals {arrivals!r} is not understood; write even or poisson")
    thinks, deviation = (None, None) if think is None else parse_thinks(think)
    if no_think and thinks not in (None, "off"):
        raise InvalidInput(f"--no-think and --think {think} contradict each other")
    return LoadChanges(
        users=users,
        rate=None if rate is None else parse_rate(rate),
        spacing=cast("Spacing | None", arrivals),
        max_users=max_users,
        requests_rate=None if requests_rate is None else parse_rate(requests_rate),
        phases=None if phases is None else parse_phases(phases),
        duration_s=_seconds("duration", duration),
        ramp_up_s=_seconds("ramp-up", ramp_up),
        iterations=iterations,
        total_iterations=total_iterations,
        pacing_s=_seconds("pacing", pacing),
        warm_up_s=_seconds("warm-up", warm_up),
        cool_down_s=_seconds("cool-down", cool_down),
        thinks="off" if no_think else cast("Thinks | None", thinks),
        think_deviation=deviation,
        without_pauses=no_think,
        new_users=new_users,
        goal=None if goal is None else parse_goal(goal),
    )


def _seconds(name: str, written: Written) -> float | None:
    return None if written is None else parse_duration(written, name)


DEFAULT_STOP_RULE = "90% over 60s"
"""A run in which more requests than this fail all through so long a span tells nothing more: it is stopped."""


def stop_rule(written: str | None) -> Threshold | None:
    """Read `90% over 60s` or `off`. Raises `InvalidInput`."""
    text = (DEFAULT_STOP_RULE if written is None else written).strip()
    if text == "off":
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%\s+over\s+(\S+)", text)
    if match is None:
        raise InvalidInput(f"stop-on-errors {text!r} is not understood; write it like '90% over 60s', or off")
    return parse_threshold(f"failed <= {match[1]}% over {match[2]} stop")
