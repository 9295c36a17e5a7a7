"""Seconds that were packed together come back equal; coarsened ones still add up to the same."""

from __future__ import annotations

import random
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.metrics.buckets import bucket_of
from penstock.metrics.coarsening import coarsened
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


@settings(deadline=None)
@given(st.lists(snapshots(), max_size=6))
def test_coarsened_seconds_add_up_to_the_same_and_come_back_equal(given_ones: list[Snapshot]) -> None:
    coarse = coarsened(given_ones)
    assert merge(coarse) == merge(given_ones)
    assert list(unpack(pack(coarse))) == coarse


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**62), min_size=1, max_size=20), min_size=1, max_size=6))
def test_coarsened_extremes_stay_in_their_buckets(values: list[list[int]]) -> None:
    seconds = [
        Snapshot(span=(at, at), series={("request", "a"): Series(count=len(kept), service=Histogram.of(kept))})
        for at, kept in enumerate(values)
    ]
    for kept, one in zip(values, coarsened(seconds), strict=True):
        histogram = one.series["request", "a"].service
        assert (bucket_of(histogram.min_ns), bucket_of(histogram.max_ns)) == (
            bucket_of(min(kept)),
            bucket_of(max(kept)),
        )
        assert histogram.min_ns <= min(kept)
        assert max(kept) <= histogram.max_ns
        assert (histogram.count, histogram.sum_ns) == (len(kept), sum(kept))


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
