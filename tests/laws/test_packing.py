"""Seconds that were packed together come back equal."""

from __future__ import annotations

import random
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Series
from penstock.metrics.packing import pack, unpack
from penstock.metrics.snapshot import Snapshot, merge
from tests.unit.metrics.generated import snapshots


@settings(deadline=None)  # building the table of buckets takes its time once
@given(st.lists(snapshots(), max_size=6))
def test_packed_snapshots_come_back_equal(given_ones: list[Snapshot]) -> None:
    assert list(unpack(pack(given_ones))) == given_ones


@settings(deadline=None)
@given(st.lists(snapshots(), min_size=2, max_size=6))
def test_packed_sums_come_back_equal(given_ones: list[Snapshot]) -> None:
    total = merge(given_ones)
    assert list(unpack(pack([total, given_ones[0], total]))) == [total, given_ones[0], total]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**62), min_size=1, max_size=250), min_size=1, max_size=6), st.integers(0, 9))
def test_histograms_that_follow_each_other_come_back_equal(values: list[list[int]], later: int) -> None:
    several = [one for kept in values for one in (kept, kept, [value + later * 1000 for value in kept])]
    seconds = [
        Snapshot(span=(at, at), series={("request", "a"): Series(count=len(kept), service=Histogram.of(kept))})
        for at, kept in enumerate(several)
    ]
    assert list(unpack(pack(seconds))) == seconds


def test_packing_saves_two_thirds_of_what_usual_measurements_take() -> None:
    chance = random.Random(7)
    seconds = []
    for at in range(15):
        service = [int(chance.lognormvariate(17, 0.6)) for _ in range(20)]
        response = [value + chance.randint(5_000, 90_000) for value in service]
        series = Series(count=20, statuses={"200": 20}, service=Histogram.of(service), response=Histogram.of(response))
        seconds.append(Snapshot(span=(at, at), series={("request", f"GET /items/{name}"): series for name in "abcdef"}))
    singly = sum(len(zlib.compress(one.encode())) for one in seconds)
    assert len(pack(seconds)) < singly / 3
