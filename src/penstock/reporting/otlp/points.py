"""Metrics with their points, as OpenTelemetry's own exporter takes them.

Everything is cumulative since the load began: what was lost on the way is in the next message. Of our histograms two
forms are known, explicit bounds and exponential buckets; in either the points of two loads add up to those of their
sum, since it depends on our bucket alone where a value is counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Buckets,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
)
from opentelemetry.sdk.metrics.export import Histogram as ExplicitHistogram

from penstock.metrics.buckets import width_of
from penstock.metrics.histogram import Histogram
from penstock.reporting.bounds import between_bounds

SCALE = 3
"""Of exponential histograms: eight buckets each time the value doubles, so that a bucket is 9 % wide."""

_CUMULATIVE = AggregationTemporality.CUMULATIVE


@dataclass(frozen=True, slots=True)
class Kind:
    """A metric: its name, its unit (UCUM), what it is, and what its points are.

    A `total` only grows, a `sum` may shrink. Values of a histogram are divided by `per`.
    """

    name: str
    unit: str
    sentence: str
    form: Literal["total", "sum", "gauge", "histogram"]
    bounds: Sequence[float] = ()
    per: float = 1e9


class Points:
    """Gathers the points of one moment, metric by metric."""

    def __init__(self, now_ns: int, *, exponential: bool) -> None:
        self._now_ns = now_ns
        self._is_exponential = exponential
        self._points: dict[Kind, list[NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint]] = {}

    def number(self, kind: Kind, value: float, labels: dict[str, str], started_ns: int) -> None:
        """Add a point of a sum or gauge."""
        self._points.setdefault(kind, []).append(NumberDataPoint(labels, started_ns, self._now_ns, value))

    def histogram(self, kind: Kind, histogram: Histogram, labels: dict[str, str], started_ns: int) -> None:
        """Add a point of a histogram; an empty one has none."""
        if not histogram.count:
            return
        make = _exponential if self._is_exponential else _explicit
        self._points.setdefault(kind, []).append(make(kind, histogram, labels, started_ns, self._now_ns))

    def metrics(self) -> list[Metric]:
        """Return all that was added."""
        return [
            Metric(kind.name, kind.sentence, kind.unit, self._data(kind, points))
            for kind, points in self._points.items()
        ]

    def _data(self, kind: Kind, points: list[Any]) -> Sum | Gauge | ExplicitHistogram | ExponentialHistogram:
        match kind.form:
            case "gauge":
                return Gauge(points)
            case "histogram":
                return (ExponentialHistogram if self._is_exponential else ExplicitHistogram)(points, _CUMULATIVE)
        return Sum(points, _CUMULATIVE, is_monotonic=kind.form == "total")


def _explicit(
    kind: Kind, histogram: Histogram, labels: dict[str, str], started_ns: int, now_ns: int
) -> HistogramDataPoint:
    return HistogramDataPoint(
        labels,
        started_ns,
        now_ns,
        count=histogram.count,
        sum=histogram.sum_ns / kind.per,
        bucket_counts=between_bounds(histogram, kind.bounds, kind.per),
        explicit_bounds=kind.bounds,
        min=histogram.min_ns / kind.per,
        max=histogram.max_ns / kind.per,
    )


def _exponential(
    kind: Kind, histogram: Histogram, labels: dict[str, str], started_ns: int, now_ns: int
) -> ExponentialHistogramDataPoint:
    """Count each of our buckets where its middle belongs: in the bucket (2^(i/8), 2^((i+1)/8)]."""
    zero = 0
    counts: dict[int, int] = {}
    for low, count in histogram.buckets.items():
        if low == 0:
            zero += count
            continue
        index = math.ceil(math.log2((low + (width_of(low) - 1) / 2) / kind.per) * 2**SCALE) - 1
        counts[index] = counts.get(index, 0) + count
    first, last = min(counts, default=0), max(counts, default=-1)
    return ExponentialHistogramDataPoint(
        labels,
        started_ns,
        now_ns,
        count=histogram.count,
        sum=histogram.sum_ns / kind.per,
        scale=SCALE,
        zero_count=zero,
        positive=Buckets(first, [counts.get(index, 0) for index in range(first, last + 1)]),
        negative=Buckets(0, []),
        flags=0,
        min=histogram.min_ns / kind.per,
        max=histogram.max_ns / kind.per,
    )
