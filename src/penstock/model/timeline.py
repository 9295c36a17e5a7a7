"""Phases from the ways in which people say a load, and from texts.

0..50 in 10s, 50 for 1m, 100 for 30s, 0 in 10s     a ramp, a plateau, a step, a ramp from where it is to 0
steps 10..200 by 10 every 30s ramp 5s, 200 for 5m  up by steps, each reached in 5 s
600/m for 1m                                        a level a minute
"""

from __future__ import annotations

import re

from penstock.errors import InvalidInput
from penstock.model.durations import parse_duration
from penstock.model.load import Phase

MOST_STEPS = 10_000

_LEVEL = r"\d+(?:\.\d+)?(?:/[smh])?"
_FORMS = {
    "ramp": re.compile(rf"(?P<start>{_LEVEL})\s*\.\.\s*(?P<end>{_LEVEL})\s+in\s+(?P<duration>.+)"),
    "reach": re.compile(rf"(?P<end>{_LEVEL})\s+in\s+(?P<duration>.+)"),
    "hold": re.compile(rf"(?P<end>{_LEVEL})\s+for\s+(?P<duration>.+)"),
    "steps": re.compile(
        rf"steps\s+(?P<start>{_LEVEL})\s*\.\.\s*(?P<end>{_LEVEL})\s+by\s+(?P<by>{_LEVEL})"
        r"\s+every\s+(?P<duration>\S+)(?:\s+ramp\s+(?P<ramp>\S+))?"
    ),
}
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def steps(initial: float, highest: float, by: float, every_s: float, ramp_s: float = 0.0) -> tuple[Phase, ...]:
    """Return a load that rises from `initial` by `by` every `every_s` seconds until it has been at `highest` as long.

    With `ramp_s` each step is reached linearly in so many seconds of its time. Raises `InvalidInput` for steps that
    lead nowhere.
    """
    if by <= 0 or every_s <= 0:
        raise InvalidInput(f"steps by {by:g} every {every_s:g} s lead nowhere: both must be more than 0")
    if highest < initial:
        raise InvalidInput(f"steps from {initial:g} to {highest:g}: they only go up")
    if not 0 <= ramp_s <= every_s:
        raise InvalidInput(f"steps every {every_s:g} s: a ramp of {ramp_s:g} s is not between 0 and that")
    if (highest - initial) / by > MOST_STEPS:
        raise InvalidInput(f"steps from {initial:g} to {highest:g} by {by:g}: more than {MOST_STEPS:,} steps")
    phases = [Phase(initial, initial, every_s)]
    level = initial
    while level < highest:
        following = min(highest, level + by)
        if ramp_s > 0:
            phases.append(Phase(level, following, ramp_s))
        if every_s > ramp_s:
            phases.append(Phase(following, following, every_s - ramp_s))
        level = following
    return tuple(phases)


def parse_phases(text: str) -> tuple[Phase, ...]:
    """Read the small language above. Raises `InvalidInput` naming the part that is not understood."""
    phases: list[Phase] = []
    for part in text.split(","):
        phases += _parse_part(part.strip().lower(), phases[-1].end if phases else 0.0)
    return tuple(phases)


def _parse_part(part: str, before: float) -> tuple[Phase, ...]:
    for form, pattern in _FORMS.items():
        match = pattern.fullmatch(part)
        if match is None:
            continue
        duration_s, end = _positive(match["duration"], part), parse_rate(match["end"])
        if form == "steps":
            ramp_s = parse_duration(match["ramp"]) if match["ramp"] else 0.0
            return steps(parse_rate(match["start"]), end, parse_rate(match["by"]), duration_s, ramp_s)
        if form == "hold":
            return (Phase(end, end, duration_s),)
        return (Phase(before if form == "reach" else parse_rate(match["start"]), end, duration_s),)
    raise InvalidInput(
        f"phases: {part!r} is not understood; write them like '0..50 in 10s, 50 for 1m, 0 in 10s' "
        "or 'steps 10..100 by 10 every 30s'"
    )


def _positive(text: str, part: str) -> float:
    duration_s = parse_duration(text)
    if duration_s <= 0:
        raise InvalidInput(f"phases: {part!r} lasts no time")
    return duration_s


def parse_rate(text: str | float) -> float:
    """Return a level, or a rate a second from `100`, `100/s`, `100/m` or `100/h`.

    Raises `InvalidInput` for anything else, and for what is not positive or 0.
    """
    if not isinstance(text, str):
        rate = float(text)
    elif match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:/\s*([smh]))?\s*", text.lower()):
        rate = float(match[1]) / _SECONDS[match[2] or "s"]
    else:
        raise InvalidInput(f"rate {text!r} is not understood; write it like 100, 100/s, 100/m or 100/h")
    if not 0 <= rate < float("inf"):
        raise InvalidInput(f"rate {text!r}: it must be 0 or more")
    return rate


def parse_thinks(text: str) -> tuple[str, float | None]:
    """Return the rule and the deviation from `on`, `off`, `normal` or `normal:0.3`. Raises `InvalidInput`."""
    rule, colon, deviation = text.strip().lower().partition(":")
    if rule in ("on", "off", "normal") and not (colon and rule != "normal"):
        try:
            share = float(deviation) if colon else None
        except ValueError:
            share = -1.0
        if share is None or 0 <= share <= 10:
            return rule, share
    raise InvalidInput(f"think {text!r} is not understood; write on, off, normal or normal:0.3")
