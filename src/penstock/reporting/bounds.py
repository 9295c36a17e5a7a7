"""Latencies counted in few fixed bounds, for monitoring systems that keep a number for each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from penstock.metrics.buckets import width_of
from penstock.metrics.histogram import Histogram

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of latencies in seconds."""

NS = 1e9


def between_bounds(histogram: Histogram, bounds: Sequence[float], unit: float = NS) -> tuple[int, ...]:
    """Return how many values are up to each bound and above the one before; the last ones are above all bounds.

    `unit` is how much of a histogram's own unit makes one of the bounds'. Of a bucket across a bound, its middle
    decides, so what is counted of two histograms adds up to what is counted of their sum.
    """
    counts = [0] * (len(bounds) + 1)
    for low, count in histogram.buckets.items():
        middle = (low + width_of(low) / 2) / unit
        counts[next((place for place, bound in enumerate(bounds) if middle <= bound), len(bounds))] += count
    return tuple(counts)


def up_to_bounds(histogram: Histogram, bounds: Sequence[float]) -> tuple[int, ...]:
    """Return how many values are at most as long as each bound."""
    return tuple(accumulate(between_bounds(histogram, bounds)[:-1]))
