"""A load that seeks its own level: more or fewer users until a measure lies in a range."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.errors import InvalidInput
from penstock.model.thresholds import Measure


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
