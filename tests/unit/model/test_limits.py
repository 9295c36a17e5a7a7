"""What no load may ask for, whoever wrote it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.errors import InvalidInput
from penstock.model import Load, Phase, limits
from penstock.model.population import Population

USERS = Load((Phase(1, 1, 10),), iterations_per_user=2, pacing_s=1.0)
STARTS = Load((Phase(1, 1, 10),), model="arrivals", max_users=5)


def test_a_load_that_can_be_had_is_not_refused() -> None:
    limits.check(Population("users", USERS, mix="pace"))
    limits.check(Population("starts", STARTS))


@pytest.mark.parametrize(
    ("load", "says"),
    [
        pytest.param(replace(STARTS, iterations_per_user=2), "total-iterations", id="users come and go with a rate"),
        pytest.param(replace(STARTS, pacing_s=1.0), "pacing", id="a rate is a pace"),
        pytest.param(replace(STARTS, max_users=None), "max users", id="a rate without a limit"),
        pytest.param(replace(STARTS, max_users=0), "max users", id="a rate without users"),
        pytest.param(replace(USERS, max_users=5), "max users", id="a limit of what is a number of users"),
        pytest.param(replace(USERS, phases=(Phase(0, 0, 10),)), "0 all the time", id="no load"),
        pytest.param(replace(USERS, phases=(Phase(1, 1, 0),)), "duration", id="no time"),
        pytest.param(replace(USERS, phases=(Phase(1, 2_000_000, 1),)), "users", id="more than anybody has"),
    ],
)
def test_a_load_that_cannot_be_had_is_refused_by_its_word(load: Load, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        limits.check(Population("all", load))


def test_a_pace_is_that_of_users_who_stay() -> None:
    with pytest.raises(InvalidInput, match="mix"):
        limits.check(Population("starts", STARTS, mix="pace"))
