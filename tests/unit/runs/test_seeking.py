"""Goals followed second by second, and how people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import InvalidInput
from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Series
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.model import Goal, Measure
from penstock.model.goal import parse_goal
from penstock.runs.seeking import Seeker

MS = 1_000_000


def second(number: int, milliseconds: list[int], source: str = "0/1") -> Snapshot:
    series = Series(count=len(milliseconds), response=Histogram.of([each * MS for each in milliseconds]))
    return Snapshot(span=(number, number), agents={source: Agent(wall_us=1_000_000)}, series={("request", "a"): series})


def levels(goal: Goal, snapshots: list[Snapshot], users: float = 10) -> list[int]:
    timeline, seeker, asked = Timeline(), Seeker(goal), []
    for snapshot in snapshots:
        timeline.add(snapshot)
        wanted = seeker.add(snapshot, timeline.complete(), users)
        if wanted is not None:
            users = wanted[0]
            asked.append(wanted[0])
    return asked


GOAL = parse_goal("p95 in 100ms..200ms with 5..50 users by 10 every 2s")


@pytest.mark.parametrize(
    ("milliseconds", "asked"),
    [
        ([50], [15, 20]),  # half of the way below the range: half a step
        ([400], [5]),  # twice above it: the whole step, and no fewer than the least
        ([150], []),  # inside
        ([], []),  # nothing was measured: nothing is changed
    ],
)
def test_users_change_towards_the_range_after_each_sample(milliseconds: list[int], asked: list[int]) -> None:
    assert levels(GOAL, [second(number, milliseconds) for number in range(4)]) == asked


def test_a_goal_that_is_kept_stays_when_it_was_reached() -> None:
    goal = parse_goal("p95 in 100ms..200ms with 5..50 users by 10 every 1s keep")
    run = [second(0, [50]), second(1, [150]), second(2, [900]), second(3, [900])]
    assert levels(goal, run) == [15]


@given(st.lists(st.lists(st.integers(10, 900), max_size=6), min_size=4, max_size=12), st.integers(2, 4))
def test_how_many_agents_measure_it_does_not_matter(run: list[list[int]], agents: int) -> None:
    alone = [second(number, each) for number, each in enumerate(run)]
    dealt = [
        second(number, each[agent::agents], f"{agent}/{agents}")
        for number, each in enumerate(run)
        for agent in range(agents)
    ]
    assert levels(GOAL, dealt) == levels(GOAL, alone)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("p95 in 300ms..500ms with 10..200 users", Goal(Measure("p95"), 0.3, 0.5, 10, 200, 19, 19)),
        ("avg[Log in] in 1..2s with 1..9 users", Goal(Measure("avg", "Log in"), 1.0, 2.0, 1, 9, 1, 1)),
        (
            "value[counter:cpu] in 70..90 with 5..100 users by 7 every 15s keep",
            Goal(Measure("value", "cpu", "counter"), 70, 90, 5, 100, 7, 7, stays_at_goal=True, every_s=15),
        ),
        (
            "checks in 95%..99% with 5..100 users, higher is better",
            Goal(Measure("checks"), 0.95, 0.99, 5, 100, 9, 9, higher_is_better=True),
        ),
    ],
)
def test_a_goal_is_read(text: str, goal: Goal) -> None:
    assert parse_goal(text) == goal


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("p95 < 3s", "write it like"),
        ("p95 in 5s..3s with 1..2 users", "is empty"),
        ("p95 in 3s..5s with 9..2 users", "make no sense"),
        ("speed in 3..5 with 1..2 users", "unknown metric"),
        ("p95 in 3%..5% with 1..2 users", "us, ms or s"),
        ("p95 in 3s..5s with 1..2 users by 0", "at least 1"),
    ],
)
def test_a_goal_without_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_goal(text)
