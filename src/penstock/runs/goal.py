"""Seeking a load: how many users should run after each sample of the measure (`model.Goal`). Pure: value in, users out.

The change is scaled by the distance from the range, as a share of the border that was passed, and is never more than
the steps allowed.
"""

from __future__ import annotations

from penstock.model.goal import Goal


def next_users(goal: Goal, users: int, value: float) -> int:
    """Return how many users should run after a sample of the measure."""
    if goal.low <= value <= goal.high:
        return users
    too_little_load = (value < goal.low) is not goal.higher_is_better
    border = goal.low if value < goal.low else goal.high
    distance = min(1.0, abs(value - border) / abs(border)) if border else 1.0
    if too_little_load:
        return min(goal.most_users, users + max(1, round(goal.most_added * distance)))
    return max(goal.least_users, users - max(1, round(goal.most_removed * distance)))
