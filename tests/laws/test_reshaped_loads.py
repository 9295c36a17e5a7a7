"""What changing a load keeps."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from penstock.model import Load, Phase, reshape

levels = st.integers(0, 10_000).map(float)
lengths = st.floats(0.001, 100_000)
loads = st.builds(
    Load,
    st.lists(st.builds(Phase, levels, levels, lengths), min_size=1, max_size=6).map(tuple),
).filter(lambda load: load.peak > 0)


@given(loads, lengths)
def test_a_new_duration_is_the_duration(load: Load, duration_s: float) -> None:
    assert math.isclose(reshape.with_duration(load, duration_s).duration_s, duration_s, rel_tol=1e-9)


@given(loads, st.integers(1, 100_000))
def test_new_users_are_the_peak_and_keep_the_duration(load: Load, users: int) -> None:
    changed = reshape.with_users(load, users)
    assert changed.peak == users
    assert changed.duration_s == load.duration_s


@given(loads, st.floats(0, 1))
def test_a_new_ramp_keeps_peak_and_duration(load: Load, part: float) -> None:
    changed = reshape.with_ramp_up(load, load.duration_s * part)
    assert changed.peak == load.peak
    assert math.isclose(changed.duration_s, load.duration_s, rel_tol=1e-9)


@given(loads, st.floats(0.01, 1))
def test_a_shorter_duration_shortens_every_phase_alike(load: Load, part: float) -> None:
    changed = reshape.with_duration(load, load.duration_s * part)
    for before, after in zip(load.phases, changed.phases, strict=True):
        assert math.isclose(after.duration_s, before.duration_s * part, rel_tol=1e-6)
