import statistics

import pytest

from penstock.metrics.buckets import bucket_of, width_of
from penstock.metrics.histogram import EMPTY, Histogram


@pytest.mark.parametrize(
    ("value", "low", "width", "why"),
    [
        (0, 0, 1, "zero has a bucket of its own"),
        (255, 255, 1, "the last exact value"),
        (256, 256, 2, "the first that shares a bucket"),
        (257, 256, 2, "with its neighbour"),
        (511, 510, 2, "the last of its power of two"),
        (512, 512, 4, "the next power of two is twice as coarse"),
        (1_000_000, 999_424, 4_096, "a millisecond is known to 4 µs"),
        (1_000_000_000, 998_244_352, 4_194_304, "a second to 4 ms"),
    ],
)
def test_buckets_are_those_of_the_border(value: int, low: int, width: int, why: str) -> None:
    assert (bucket_of(value), width_of(bucket_of(value))) == (low, width), why


def test_each_power_of_two_from_256_has_128_buckets() -> None:
    for power in range(8, 16):
        lows = {bucket_of(value) for value in range(1 << power, 2 << power)}
        assert len(lows) == 128


def test_count_sum_minimum_and_maximum_are_exact() -> None:
    histogram = Histogram.of([1_000_003, 7, 2_000_000_001])
    assert (histogram.count, histogram.sum_ns) == (3, 2_001_000_011)
    assert (histogram.min_ns, histogram.max_ns) == (7, 2_000_000_001)
    assert histogram.mean_ns == pytest.approx(2_001_000_011 / 3)


@pytest.mark.parametrize(
    ("share", "expected", "why"),
    [
        (0.0, 1, "the minimum"),
        (0.005, 1, "half a value is the first one"),
        (0.01, 1, "exactly the first of a hundred"),
        (0.07, 7, "the seventh, whatever 0.07 * 100 is in floating point"),
        (0.5, 50, "nearest rank: the fiftieth, not between two"),
        (0.501, 51, "just over a half needs one more"),
        (0.99, 99, "the last but one"),
        (1.0, 100, "the maximum"),
    ],
)
def test_quantiles_are_by_nearest_rank(share: float, expected: int, why: str) -> None:
    assert Histogram.of(range(1, 101)).quantile(share) == expected, why


def test_a_quantile_never_leaves_what_was_measured() -> None:
    one = Histogram.of([1_000_001])  # near the lower end of its bucket: the middle lies above the maximum
    assert [one.quantile(share) for share in (0, 0.5, 1)] == [1_000_001] * 3


def test_the_deviation_is_estimated_closely() -> None:
    values = [int(1_000_000 * 1.01**step) for step in range(300)]
    assert Histogram.of(values).stddev_ns == pytest.approx(statistics.pstdev(values), rel=0.005)
    assert Histogram.of([5, 5, 5]).stddev_ns == 0
    assert Histogram.of([9]).stddev_ns == 0


def test_the_curve_has_a_point_for_each_bucket() -> None:
    assert Histogram.of([10, 10, 20, 30]).curve() == ((10, 0.5), (20, 0.75), (30, 1.0))


def test_the_empty_histogram_answers_everything_with_nothing() -> None:
    assert (EMPTY.quantile(0.5), EMPTY.mean_ns, EMPTY.stddev_ns, EMPTY.curve()) == (0, 0.0, 0.0, ())
    assert Histogram.of([]) == EMPTY == EMPTY + EMPTY
