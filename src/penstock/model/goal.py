"""A load that seeks its own level: more or fewer users until a measure lies in a range.

p95 in 300ms..500ms with 10..200 users                    and how people write it
rate in 900..1000 with 1..500 users by 20 every 10s keep
value[counter:cpu] in 70..90 with 5..100 users
checks in 95%..99% with 5..100 users, higher is better

measure in low..high with least..most users [by step] [every duration] [keep] [, higher is better]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import InvalidInput
from penstock.model.durations import parse_duration
from penstock.model.thresholds import Measure, parse_measure, parse_value

_FORM = re.compile(
    r"(?P<measure>.+?)\s+in\s+(?P<low>\S+?)\s*\.\.\s*(?P<high>\S+)"
    r"\s+with\s+(?P<least>\d+)\s*\.\.\s*(?P<most>\d+)\s+users?"
    r"(?:\s+by\s+(?P<step>\d+))?(?:\s+every\s+(?P<every>[^\s,]+))?(?P<keep>\s+keep)?"
    r"(?P<higher>\s*,?\s+higher\s+is\s+better)?"
)
_STEPS = 10
"""Without a step, users change by a tenth of their range at most."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The range that a measure should lie in, and how users may change to bring it there.

    Every `every_s` seconds the measure of that time is looked at, in the units of `Threshold`. Below `low` users are
    added, above `high` removed: the further outside, the more, by `most_added` and `most_removed` at most, and never
    beyond `least_users` and `most_users`. With `higher_is_better` the value falls as load grows (free memory, a share
    of successes), so the directions are swapped. With `stays_at_goal` the load is kept from the first time the measure
    lies in the range. Raises `InvalidInput` for a goal that makes no sense.
    """

    measure: Measure
    low: float
    high: float
    least_users: int
    most_users: int
    most_added: int
    most_removed: int
    higher_is_better: bool = False
    stays_at_goal: bool = False
    every_s: float = 5.0

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise InvalidInput(f"goal: the range from {self.low:g} to {self.high:g} is empty")
        if not 0 <= self.least_users <= self.most_users or self.most_users == 0:
            raise InvalidInput(f"goal: users from {self.least_users} to {self.most_users} make no sense")
        if self.most_added < 1 or self.most_removed < 1:
            raise InvalidInput("goal: users must be allowed to change by at least 1")
        if not 1 <= self.every_s <= 3600:
            raise InvalidInput(f"goal: every {self.every_s:g} s is not between 1 s and an hour")


def parse_goal(text: str) -> Goal:
    """Read the small language above. Raises `InvalidInput` with the form that is understood."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"goal {text!r} is not understood; write it like 'p95 in 300ms..500ms with 10..200 users'")
    measure = parse_measure(match["measure"])
    low = match["low"]
    if low.replace(".", "", 1).isdigit() and (unit := re.search(r"[a-z%/]+$", match["high"])):
        low += unit[0]  # 300..500ms
    least, most = int(match["least"]), int(match["most"])
    step = int(match["step"]) if match["step"] else max(1, (most - least) // _STEPS)
    return Goal(
        measure=measure,
        low=parse_value(measure, low, f"goal {text}"),
        high=parse_value(measure, match["high"], f"goal {text}"),
        least_users=least,
        most_users=most,
        most_added=step,
        most_removed=step,
        higher_is_better=match["higher"] is not None,
        stays_at_goal=match["keep"] is not None,
        every_s=parse_duration(match["every"]) if match["every"] else 5.0,
    )
