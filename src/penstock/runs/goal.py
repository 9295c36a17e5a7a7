"""Seeking a load: more or fewer users until a counter lies in a range. Pure: value in, users out.

After each sample the users change towards the range: the further the value is outside, the more, and never by more
than the steps allowed. With `higher_is_better` the value falls as load grows (a rate of successes, free memory), so
the directions are swapped.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Goal:
    """The range that a counter should lie in, and how users may change to bring it there."""

    low: float
    high: float
    least_users: int
    most_users: int
    most_added: int
    most_removed: int
    higher_is_better: bool = False
    stays_at_goal: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise InvalidInput(f"goal: the range from {self.low:g} to {self.high:g} is empty")
        if not 0 <= self.least_users <= self.most_users or self.most_users == 0:
            raise InvalidInput(f"goal: users from {self.least_users} to {self.most_users} make no sense")
        if self.most_added < 1 or self.most_removed < 1:
            raise InvalidInput("goal: users must be allowed to change by at least 1")


def next_users(goal: Goal, users: int, value: float) -> int:
    """Return how many users should run after a sample of the counter."""
    if goal.low <= value <= goal.high:
        return users
    too_little_load = (value < goal.low) is not goal.higher_is_better
    border = goal.low if value < goal.low else goal.high
    distance = min(1.0, abs(value - border) / abs(border)) if border else 1.0
    if too_little_load:
        return min(goal.most_users, users + max(1, round(goal.most_added * distance)))
    return max(goal.least_users, users - max(1, round(goal.most_removed * distance)))
