from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.model import Goal, Measure
from penstock.runs.goal import next_users

GOAL = Goal(Measure("rate"), low=70, high=90, least_users=5, most_users=100, most_added=10, most_removed=20)


@pytest.mark.parametrize(
    ("users", "value", "expected", "reason"),
    [
        (10, 80, 10, "inside the range nothing changes"),
        (10, 70, 10, "the borders are inside"),
        (10, 0, 20, "far below: the whole step up"),
        (10, 69, 11, "just below: at least one more"),
        (10, 35, 15, "half the border away: half the step"),
        (50, 180, 30, "far above: the whole step down"),
        (50, 91, 49, "just above: at least one less"),
        (98, 0, 100, "never above the most"),
        (10, 500, 5, "never below the least"),
    ],
)
def test_users_follow_the_counter_into_its_range(users: int, value: float, expected: int, reason: str) -> None:
    assert next_users(GOAL, users, value) == expected, reason


def test_a_counter_that_falls_with_load_is_followed_the_other_way() -> None:
    goal = Goal(
        Measure("rate"),
        low=70,
        high=90,
        least_users=1,
        most_users=100,
        most_added=10,
        most_removed=10,
        higher_is_better=True,
    )
    assert next_users(goal, 50, 10) < 50
    assert next_users(goal, 50, 300) > 50


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 5, "high": 4},
        {"least_users": 9, "most_users": 3},
        {"least_users": 0, "most_users": 0},
        {"most_added": 0},
    ],
)
def test_a_goal_without_sense_is_refused(wrong: dict[str, float]) -> None:
    fine = {"low": 1, "high": 2, "least_users": 1, "most_users": 9, "most_added": 1, "most_removed": 1}
    with pytest.raises(InvalidInput, match="goal"):
        Goal(Measure("rate"), **{**fine, **wrong})  # type: ignore[arg-type]
