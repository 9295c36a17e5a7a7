"""What changing the load of several populations keeps."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from penstock.model import Load, Phase, Population, reshape
from penstock.services.changes import LoadChanges
from penstock.services.reshaping import Shaped, apply

loads = st.builds(
    lambda level, seconds: Load((Phase(0.0, float(level), 1.0), Phase(float(level), float(level), seconds))),
    st.integers(1, 500),
    st.floats(1, 1000),
)
several = st.lists(loads, min_size=1, max_size=4).map(
    lambda given: Shaped(tuple(Population(str(place), load) for place, load in enumerate(given)))
)


@given(several, st.integers(4, 10_000))
def test_users_are_those_asked_for_unless_a_population_would_have_none(shaped: Shaped, users: int) -> None:
    parts = reshape.parted(users, tuple(float(one.load.peak) for one in shaped.populations))
    if min(parts) < 1:
        return
    changed = apply(shaped, LoadChanges(users=users))
    assert sum(one.load.peak for one in changed.populations) == users


@given(several, st.floats(0.5, 5_000))
def test_a_rate_is_divided_and_adds_up(shaped: Shaped, rate: float) -> None:
    changed = apply(shaped, LoadChanges(rate=rate))
    assert math.isclose(sum(one.load.top for one in changed.populations), rate, rel_tol=1e-9)
    assert {one.load.model for one in changed.populations} == {"arrivals"}


@given(several, st.floats(1, 5_000))
def test_the_longest_population_lasts_as_long_as_asked(shaped: Shaped, duration_s: float) -> None:
    changed = apply(shaped, LoadChanges(duration_s=duration_s))
    assert math.isclose(max(one.load.duration_s for one in changed.populations), duration_s, rel_tol=1e-9)


@given(st.integers(0, 100_000), st.lists(st.floats(0.001, 1e6), min_size=1, max_size=8))
def test_parts_add_up_and_are_no_further_than_one_from_exact(total: int, parts: list[float]) -> None:
    divided = reshape.parted(total, tuple(parts))
    assert sum(divided) == total
    assert all(abs(part - total * given / sum(parts)) < 1 + 1e-6 for part, given in zip(divided, parts, strict=True))


@given(several, st.integers(1, 10_000))
def test_what_is_done_beside_the_load_is_no_part_of_what_is_changed(shaped: Shaped, users: int) -> None:
    beside = Population("set up", Load((Phase(1.0, 1.0, 60.0),), iterations_per_user=1), is_beside=True)
    changes = LoadChanges(users=max(users, len(shaped.populations)), duration_s=5.0)
    changed = apply(Shaped((beside, *shaped.populations)), changes)
    assert set(changed.populations) == {*apply(shaped, changes).populations, beside}
