"""Open Model Thread Group: a schedule in a small language of its own.

    rate(10/min) random_arrivals(5 min) rate(60/min) even_arrivals(1 hour) pause(30 sec)

A rate holds until the next one; arrivals between two rates rise or fall straight from the one to the other.
"""

from __future__ import annotations

import re

from penstock.importers.jmeter.groups.arrivals import MOST_WAITING
from penstock.importers.jmeter.groups.lines import MOST_PIECES, bounded
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Load, Phase
from penstock.model.load import Spacing

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_COMMAND = re.compile(r"\s*(\w+)\s*\(([^()]*)\)\s*")
_AMOUNT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*")
_UNITS_S = {
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3_600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_SPACINGS: dict[str, Spacing] = {"random_arrivals": "poisson", "even_arrivals": "even"}


class _Misfit(Exception):
    """What in a schedule cannot be read."""


def compile_open_model(node: Node, work: Work) -> Load | None:
    """Return the load of the group; None where it starts nothing."""
    written = node.text("OpenModelThreadGroup.schedule")
    schedule = work.texts.settled(written, node.origin)
    if schedule is None:
        message = "the schedule is not known before the run"
        advice = "write what varies as a property, ${__P(name,default)}, and give that with name=value"
        work.findings.error("unknown-number", message, node.origin.at("schedule"), advice)
        return None
    try:
        phases, spacings = read(schedule)
    except _Misfit as misfit:
        advice = "write it like rate(10/min) random_arrivals(5 min) pause(1 min)"
        work.findings.error("schedule", f"the schedule cannot be read: {misfit}", node.origin.at("schedule"), advice)
        return None
    if len(spacings) > 1:
        message = "arrivals are even in one part of the schedule and random in another; all are random here"
        work.findings.warn("spacing", message, node.origin.at("schedule"))
    if not phases:
        return None
    spacing: Spacing = "even" if spacings == {"even"} else "poisson"
    return Load(bounded(phases), model="arrivals", spacing=spacing, max_users=MOST_WAITING)


def read(schedule: str) -> tuple[tuple[Phase, ...], set[Spacing]]:
    """Return the phases of a schedule, in iterations a second, and how their starts lie."""
    text = _COMMENT.sub(" ", schedule).strip()
    commands: list[tuple[str, float]] = []
    at = 0
    while at < len(text):
        match = _COMMAND.match(text, at)
        if match is None:
            raise _Misfit(f"{text[at : at + 40]!r}")
        name, inside = match[1].lower(), match[2].strip().lower()
        if name == "rate":
            commands.append((name, _rate(inside)))
        elif name in _SPACINGS or name == "pause":
            commands.append((name, _seconds(inside)))
        else:
            raise _Misfit(f"{match[1][:40]!r} is none of rate, random_arrivals, even_arrivals and pause")
        at = match.end()
        if len(commands) > MOST_PIECES:
            raise _Misfit(f"more than {MOST_PIECES:,} parts")
    return _phases(commands)


def _phases(commands: list[tuple[str, float]]) -> tuple[tuple[Phase, ...], set[Spacing]]:
    phases: list[Phase] = []
    spacings: set[Spacing] = set()
    rate = 0.0
    for place, (name, amount) in enumerate(commands):
        if name == "rate":
            rate = amount
        elif name == "pause":
            phases.append(Phase(0, 0, amount))
        else:
            following = commands[place + 1] if place + 1 < len(commands) else None
            reached = following[1] if following is not None and following[0] == "rate" else rate
            phases.append(Phase(rate, reached, amount))
            spacings.add(_SPACINGS[name])
    return tuple(phase for phase in phases if phase.duration_s > 0), spacings


def _rate(text: str) -> float:
    number, _, unit = text.partition("/")
    if not unit.strip():
        number, _, unit = text.partition(" per ")
    unit_s = _UNITS_S.get(unit.strip())
    try:
        amount = float(number)
    except ValueError:
        amount = -1.0
    if unit_s is None or not 0 <= amount < 1e9:
        if amount == 0 and not unit.strip():
            return 0.0
        raise _Misfit(f"rate({text[:40]}) is no number for a unit of time, like 10/min")
    return amount / unit_s


def _seconds(text: str) -> float:
    total, at = 0.0, 0
    while at < len(text):
        match = _AMOUNT.match(text, at)
        if match is None or match[2] not in _UNITS_S:
            raise _Misfit(f"{text[:40]!r} is no time, like 5 min")
        total += float(match[1]) * _UNITS_S[match[2]]
        at = match.end()
    if not 0 <= total < 1e9:
        raise _Misfit(f"{text[:40]!r} is no time, like 5 min")
    return total
