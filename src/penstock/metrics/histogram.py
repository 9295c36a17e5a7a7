"""Latencies as counts in fixed buckets, so that histograms of any two agents and seconds add up exactly."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from penstock.metrics.buckets import all_lows, bucket_of, width_of
from penstock.metrics.packed_buckets import PackedBuckets


@functools.cache
def _middles() -> Mapping[int, int]:
    """Return the middle of every bucket by its lowest value."""
    return {low: low + width_of(low) // 2 for low in all_lows()}


@dataclass(frozen=True, slots=True)
class Histogram:
    """Nanoseconds, counted. `count`, `sum_ns`, `min_ns` and `max_ns` are exact; the empty one is the zero of `+`.

    `buckets` maps the lowest value of a bucket to how many values fell into it.
    """

    count: int = 0
    sum_ns: int = 0
    min_ns: int = 0
    max_ns: int = 0
    buckets: Mapping[int, int] = field(default_factory=dict)

    @staticmethod
    def of(values_ns: Iterable[int]) -> Histogram:
        """Return the histogram of some values, none of them negative."""
        values = list(values_ns)
        if not values:
            return EMPTY
        buckets: dict[int, int] = {}
        for value in values:
            low = bucket_of(value)
            buckets[low] = buckets.get(low, 0) + 1
        return Histogram(len(values), sum(values), min(values), max(values), buckets)

    def __add__(self, other: Histogram) -> Histogram:
        if not other.count:
            return self
        if not self.count:
            return other
        return merge((self, other))

    def packed(self) -> Histogram:
        """Return the same in little memory, for who keeps many and seldom looks at them."""
        if not self.count or isinstance(self.buckets, PackedBuckets):
            return self
        return replace(self, buckets=PackedBuckets(self.buckets))

    @property
    def mean_ns(self) -> float:
        """The exact mean; 0 when empty."""
        return self.sum_ns / self.count if self.count else 0.0

    @property
    def stddev_ns(self) -> float:
        """The standard deviation, estimated from the middles of the buckets; 0 when empty."""
        if self.count < 2 or self.min_ns == self.max_ns:
            return 0.0
        mean, middles = self.mean_ns, _middles()
        parts = [count * (middles[low] - mean) ** 2 for low, count in self.buckets.items()]
        for low in {bucket_of(self.min_ns), bucket_of(self.max_ns)}:  # others lie between the extremes anyway
            count = self.buckets[low]
            parts += [-count * (middles[low] - mean) ** 2, count * (self._middle(low) - mean) ** 2]
        return math.sqrt(math.fsum(parts) / self.count)

    def quantile(self, share: float) -> int:
        """Return the value in ns that the given share (0 to 1) of all values does not exceed; 0 when empty.

        By nearest rank: the middle of the bucket that holds the value of rank ⌈share · count⌉, kept between the
        exact minimum (share 0) and maximum (share 1). Off by 0.4 % at most.
        """
        return self.quantiles((share,))[0]

    def quantiles(self, shares: Iterable[float]) -> tuple[int, ...]:
        """Return several quantiles in one pass; the shares may stand in any order."""
        wanted = tuple(shares)
        if not self.count:
            return tuple(0 for _ in wanted)
        found: dict[int, int] = {1: self.min_ns, self.count: self.max_ns}
        ranks = [self._rank(share) for share in wanted]
        pending = sorted({rank for rank in ranks if rank not in found}, reverse=True)
        seen = 0
        for low, count in sorted(self.buckets.items()):
            if not pending:
                break
            seen += count
            while pending and pending[-1] <= seen:
                found[pending.pop()] = self._middle(low)
        return tuple(found[rank] for rank in ranks)

    def curve(self) -> tuple[tuple[int, float], ...]:
        """Return (value in ns, share of all values up to it) for each bucket, rising to (max, 1)."""
        points: list[tuple[int, float]] = []
        seen = 0
        for low, count in sorted(self.buckets.items()):
            seen += count
            points.append((self._middle(low), seen / self.count))
        if points:
            points[-1] = (self.max_ns, 1.0)
        return tuple(points)

    def _rank(self, share: float) -> int:
        exact = share * self.count
        # 0.07 * 100 is 7.000000000000001 in floating point, and must not become rank 8
        return min(self.count, max(1, math.ceil(exact - exact * 1e-12)))

    def _middle(self, low: int) -> int:
        return min(self.max_ns, max(self.min_ns, low + width_of(low) // 2))


EMPTY = Histogram()


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """Return the sum of any number of histograms."""
    filled = [histogram for histogram in histograms if histogram.count]
    if not filled:
        return EMPTY
    if len(filled) == 1:
        return filled[0]
    first, *others = sorted(filled, key=lambda histogram: -len(histogram.buckets))  # the most is copied, not added
    buckets = dict(first.buckets.items())
    for histogram in others:
        for low, count in histogram.buckets.items():
            buckets[low] = buckets.get(low, 0) + count
    return Histogram(
        count=sum(histogram.count for histogram in filled),
        sum_ns=sum(histogram.sum_ns for histogram in filled),
        min_ns=min(histogram.min_ns for histogram in filled),
        max_ns=max(histogram.max_ns for histogram in filled),
        buckets=buckets,
    )
