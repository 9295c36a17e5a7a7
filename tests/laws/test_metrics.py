"""Snapshots add up: whoever measured, in whatever order it came, however it was grouped."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from penstock.metrics import series
from penstock.metrics.buckets import bucket_of, lows_by_place, place_of, width_of
from penstock.metrics.histogram import EMPTY, Histogram
from penstock.metrics.histogram import merge as merge_histograms
from penstock.metrics.packed_rows import PackedRows
from penstock.metrics.samples import Sample, earliest
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot, merge
from penstock.metrics.summary import summarise
from penstock.runs.verdict import judge
from tests.unit.metrics.generated import histograms, latencies_ns, plain_snapshots, samples, snapshots

sums = st.lists(snapshots(), max_size=2).map(merge)
heavy = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@given(value=st.integers(0, 2**63))
def test_every_value_lies_in_its_bucket_and_near_its_middle(value: int) -> None:
    low = bucket_of(value)
    assert low <= value < low + width_of(low)
    assert bucket_of(low) == low
    assert abs(low + width_of(low) // 2 - value) <= 0.004 * value


@given(value=st.integers(0, 2**40))
def test_buckets_follow_each_other_without_a_gap(value: int) -> None:
    low = bucket_of(value)
    assert bucket_of(low + width_of(low)) == low + width_of(low)


@given(value=st.integers(0, 2**64 - 1))
def test_a_bucket_is_found_by_its_place(value: int) -> None:
    low = bucket_of(value)
    assert lows_by_place()[place_of(low)] == low


@given(values=st.lists(latencies_ns, min_size=1), share=st.floats(0, 1))
def test_a_quantile_is_off_by_less_than_half_a_percent(values: list[int], share: float) -> None:
    rank = min(len(values), max(1, math.ceil(share * len(values) * (1 - 1e-12))))
    exact = sorted(values)[rank - 1]
    assert abs(Histogram.of(values).quantile(share) - exact) <= 0.004 * exact


@given(histogram=histograms, shares=st.lists(st.floats(0, 1), min_size=2))
def test_quantiles_rise_with_the_share_and_stay_between_minimum_and_maximum(
    histogram: Histogram, shares: list[float]
) -> None:
    found = histogram.quantiles(sorted(shares))
    assert list(found) == sorted(found)
    assert all(histogram.min_ns <= value <= histogram.max_ns for value in found)
    assert found == tuple(histogram.quantile(share) for share in sorted(shares))


@given(left=st.lists(latencies_ns), right=st.lists(latencies_ns))
def test_a_sum_of_histograms_is_the_histogram_of_all_values(left: list[int], right: list[int]) -> None:
    assert Histogram.of(left) + Histogram.of(right) == Histogram.of(left + right)


@given(histogram=histograms, times=st.integers(1, 4))
def test_a_histogram_added_to_itself_counts_everything_again(histogram: Histogram, times: int) -> None:
    total = merge_histograms([histogram] * times)
    assert total.count == sum(total.buckets.values()) == times * histogram.count
    assert (total.min_ns, total.max_ns) == (histogram.min_ns, histogram.max_ns)
    assert total.buckets == {low: times * count for low, count in histogram.buckets.items()}


@given(histogram=histograms)
def test_the_curve_rises_to_the_maximum_and_to_one(histogram: Histogram) -> None:
    curve = histogram.curve()
    assert list(curve) == sorted(curve)
    assert not curve or curve[-1] == (histogram.max_ns, 1.0)


@heavy
@given(one=sums, other=sums)
def test_it_does_not_matter_which_snapshot_comes_first(one: Snapshot, other: Snapshot) -> None:
    assert one + other == other + one


@heavy
@given(one=sums, two=sums, three=sums)
def test_it_does_not_matter_how_snapshots_are_grouped(one: Snapshot, two: Snapshot, three: Snapshot) -> None:
    assert (one + two) + three == one + (two + three) == merge((one, two, three))


@heavy
@given(snapshot=sums)
def test_the_empty_snapshot_changes_nothing(snapshot: Snapshot) -> None:
    assert snapshot + Snapshot.empty == Snapshot.empty + snapshot == snapshot == snapshot + Snapshot()


@heavy
@given(snapshot=sums)
def test_what_is_encoded_can_be_decoded(snapshot: Snapshot) -> None:
    assert Snapshot.decode(snapshot.encode()) == snapshot


@given(parts=st.lists(st.lists(samples, max_size=6), max_size=4), most=st.integers(1, 3))
def test_the_earliest_samples_are_the_same_however_they_are_split(parts: list[list[Sample]], most: int) -> None:
    together = earliest((sample for part in parts for sample in part), most)
    bit_by_bit: tuple[Sample, ...] = ()
    for part in parts:
        bit_by_bit = earliest((*bit_by_bit, *earliest(part, most)), most)
    assert bit_by_bit == together
    assert len(together) <= most


@heavy
@given(data=st.data(), parts=st.lists(snapshots(), max_size=5))
def test_any_order_and_partition_of_the_same_snapshots_gives_the_same_summary(
    data: st.DataObject, parts: list[Snapshot]
) -> None:
    expected = summarise(Timeline(parts))
    shuffled = data.draw(st.permutations(parts))
    cut = data.draw(st.integers(0, len(parts)))
    assert summarise(Timeline(shuffled)) == expected
    assert summarise(Timeline([merge(shuffled[:cut]), merge(shuffled[cut:])])) == expected
    assert judge(summarise(Timeline(shuffled)), (), 0.1) == judge(expected, (), 0.1)


@heavy
@given(data=st.data(), parts=st.lists(plain_snapshots(500), max_size=12))
def test_a_timeline_says_the_same_whatever_the_order(data: st.DataObject, parts: list[Snapshot]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "MOST_SLOTS", 4)  # few slots, so that they are merged
        patch.setattr(series, "MOST_CURVES", 2)
        one, other = Timeline(parts), Timeline(data.draw(st.permutations(parts)))
    assert one.points() == other.points()
    assert one.total == other.total
    assert one.complete() == other.complete()


@heavy
@given(parts=st.lists(plain_snapshots(5_000), max_size=12))
def test_merging_neighbours_loses_nothing_but_time(parts: list[Snapshot]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "MOST_SLOTS", 3)
        timeline = Timeline(parts)
    points = timeline.points()
    assert len(points) <= 3
    total = summarise(timeline).total
    assert sum(point.count for point in points) == total.count
    assert sum(point.failed for point in points) == total.failed
    assert max((point.max_s for point in points), default=0.0) == total.response.max_s


@given(left=histograms, right=histograms)
def test_the_mean_of_a_sum_lies_between_the_means_of_its_parts(left: Histogram, right: Histogram) -> None:
    assume(left.count and right.count)
    both = (left + right).mean_ns
    low, high = sorted((left.mean_ns, right.mean_ns))
    assert low * (1 - 1e-12) <= both <= high * (1 + 1e-12)
    assert left + EMPTY == left


@given(histogram=histograms, other=histograms)
def test_a_packed_histogram_says_and_adds_the_same(histogram: Histogram, other: Histogram) -> None:
    packed = histogram.packed()
    assert packed == histogram
    assert packed + other == other + packed == histogram + other
    assert packed.quantiles((0.5, 0.99)) == histogram.quantiles((0.5, 0.99))
    assert all(packed.buckets[low] == count for low, count in histogram.buckets.items())


@given(rows=st.dictionaries(st.text(max_size=3), st.tuples(*[st.integers(0, 2**64 - 1)] * 3), max_size=5))
def test_packed_rows_are_the_same_rows(rows: dict[str, tuple[int, int, int]]) -> None:
    packed = PackedRows(rows)
    assert packed == rows
    assert {name: packed[name] for name in rows} == rows
    assert packed.get("a longer name") is None
