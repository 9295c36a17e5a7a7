"""A histogram as people read it: seconds, and the usual percentiles."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.metrics.histogram import EMPTY, Histogram


@dataclass(frozen=True, slots=True)
class Latency:
    """Figures in seconds; all of them 0 where `count` is 0, which means that nothing was measured.

    Percentiles are off by 0.4 % at most; count, minimum, average and maximum are exact. `histogram` (nanoseconds)
    gives any other percentile and the curve.
    """

    count: int
    min_s: float
    avg_s: float
    stddev_s: float
    p50_s: float
    p90_s: float
    p95_s: float
    p99_s: float
    max_s: float
    histogram: Histogram

    @staticmethod
    def of(histogram: Histogram) -> Latency:
        """Return the figures of a histogram."""
        p50, p90, p95, p99 = histogram.quantiles((0.5, 0.9, 0.95, 0.99))
        return Latency(
            count=histogram.count,
            min_s=histogram.min_ns / 1e9,
            avg_s=histogram.mean_ns / 1e9,
            stddev_s=histogram.stddev_ns / 1e9,
            p50_s=p50 / 1e9,
            p90_s=p90 / 1e9,
            p95_s=p95 / 1e9,
            p99_s=p99 / 1e9,
            max_s=histogram.max_ns / 1e9,
            histogram=histogram,
        )

    def quantile_s(self, share: float) -> float:
        """Return the latency that the given share (0 to 1) of the values does not exceed."""
        return self.histogram.quantile(share) / 1e9

    def curve_s(self) -> tuple[tuple[float, float], ...]:
        """Return (seconds, share of the values up to it), rising to (max, 1)."""
        return tuple((value_ns / 1e9, share) for value_ns, share in self.histogram.curve())


NOTHING = Latency.of(EMPTY)
"""Nothing measured."""
