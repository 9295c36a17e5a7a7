from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.model import Load, Phase, reshape

RAMP_AND_HOLD = Load((Phase(0, 100, 60), Phase(100, 100, 60)))


def test_a_longer_duration_holds_the_last_level() -> None:
    assert reshape.with_duration(RAMP_AND_HOLD, 300).phases == (Phase(0, 100, 60), Phase(100, 100, 240))
    only_ramp = Load((Phase(0, 100, 60),))
    assert reshape.with_duration(only_ramp, 90).phases == (Phase(0, 100, 60), Phase(100, 100, 30))


def test_a_shorter_duration_shortens_the_ramp_in_proportion() -> None:
    assert reshape.with_duration(RAMP_AND_HOLD, 12).phases == (Phase(0, 100, 6), Phase(100, 100, 6))


def test_a_ramp_of_the_whole_duration_leaves_no_plateau() -> None:
    assert reshape.with_ramp_up(RAMP_AND_HOLD, 120).phases == (Phase(0, 100, 120),)
    assert reshape.with_ramp_up(RAMP_AND_HOLD, 0).phases == (Phase(100, 100, 120),)


@pytest.mark.parametrize("users", [0, -1, 1_000_001])
def test_absurd_users_are_refused(users: int) -> None:
    with pytest.raises(InvalidInput, match="users"):
        reshape.with_users(RAMP_AND_HOLD, users)


@pytest.mark.parametrize("duration_s", [0, -1, float("nan"), float("inf"), 32 * 86_400])
def test_absurd_durations_are_refused(duration_s: float) -> None:
    with pytest.raises(InvalidInput, match="duration"):
        reshape.with_duration(RAMP_AND_HOLD, duration_s)


@pytest.mark.parametrize("ramp_up_s", [-1, 121, float("nan")])
def test_a_ramp_outside_the_duration_is_refused(ramp_up_s: float) -> None:
    with pytest.raises(InvalidInput, match="ramp-up"):
        reshape.with_ramp_up(RAMP_AND_HOLD, ramp_up_s)


def test_less_than_one_iteration_is_refused() -> None:
    with pytest.raises(InvalidInput, match="iterations"):
        reshape.with_iterations(RAMP_AND_HOLD, 0)


def test_iterations_are_of_each_user_or_of_all_together() -> None:
    assert reshape.with_iterations(RAMP_AND_HOLD, 3).iterations_per_user == 3
    assert reshape.with_total_iterations(RAMP_AND_HOLD, 100).iterations_total == 100


def test_a_warm_up_rises_to_where_the_load_begins() -> None:
    assert reshape.with_warm_up(Load((Phase(50, 80, 10),)), 5).phases == (Phase(0, 50, 5), Phase(50, 80, 10))
    assert reshape.with_warm_up(RAMP_AND_HOLD, 5).phases == (Phase(0, 0, 5), *RAMP_AND_HOLD.phases)
    assert reshape.with_warm_up(RAMP_AND_HOLD, 0) == RAMP_AND_HOLD


@pytest.mark.parametrize(
    ("longest_s", "phases"),
    [
        (30, (Phase(0, 50, 30),)),
        (60, (Phase(0, 100, 60),)),
        (90, (Phase(0, 100, 60), Phase(100, 100, 30))),
        (500, RAMP_AND_HOLD.phases),
    ],
    ids=["in the ramp", "between two", "in the plateau", "after the end"],
)
def test_a_load_that_is_cut_is_the_same_until_then(longest_s: float, phases: tuple[Phase, ...]) -> None:
    assert reshape.cut(RAMP_AND_HOLD, longest_s).phases == phases


def test_copies_of_a_load_have_as_many_times_its_users_iterations_and_starts() -> None:
    once = Load((Phase(0, 3, 10),), iterations_per_user=5, iterations_total=7, model="arrivals", max_users=4)
    thrice = Load((Phase(0, 9, 10),), iterations_per_user=5, iterations_total=21, model="arrivals", max_users=12)
    assert (reshape.copied(once, 3), reshape.copied(once, 1)) == (thrice, once)
