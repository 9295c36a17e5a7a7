"""Clocks of other machines: what is said of them always holds the truth."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.runners.ray.clocks import offset, skew_s

TIMES = st.integers(0, 10**10)
TRIPS = st.lists(st.tuples(TIMES, st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=9)


@given(ahead_ns=st.integers(-(10**15), 10**15), trips=TRIPS)
def test_a_clock_is_ahead_by_what_is_said_within_the_error_that_is_said(
    ahead_ns: int, trips: list[tuple[int, int, int]]
) -> None:
    asked = [(sent, sent + there + ahead_ns, sent + there + back) for sent, there, back in trips]
    said = offset(asked)
    assert abs(said.ahead_ns - ahead_ns) <= said.error_ns
    assert said.error_ns == min(there + back + 1 for _, there, back in trips) // 2


@given(agents=st.lists(st.tuples(TRIPS, st.integers(0, 10**9)), min_size=1, max_size=5), ahead_ns=TIMES)
def test_agents_began_no_further_apart_than_is_said(
    agents: list[tuple[list[tuple[int, int, int]], int]], ahead_ns: int
) -> None:
    known, began = [], []
    for trips, late_ns in agents:
        said = offset([(sent, sent + there + ahead_ns, sent + there + back) for sent, there, back in trips])
        known.append((said, late_ns))
        began.append(said.ahead_ns - ahead_ns + late_ns)  # its own clock shows the instant so much later than ours
    assert max(began) - min(began) <= skew_s(known) * 1e9 + 1
