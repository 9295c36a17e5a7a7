"""Seconds of a long run in less room: their least and most values to the bucket, where nothing hangs on more.

The least and most of a second are chance to the last digit: nothing compresses them, and they would be a fifth of what
the seconds of a run take. So they are given as the ends of their buckets (off by 0.8 % at most) in every second but
those which hold the extremes of them all. Counts, sums and buckets stay, so that rates, means and percentiles do, and
whatever is added up over all the seconds is what it would have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from penstock.metrics.buckets import bucket_of, width_of
from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Series
from penstock.metrics.snapshot import SeriesKey, Snapshot

_OF_SERIES = ("service", "response", "failed_service", "failed_response", "connect")
_OF_LAGS = ("start_lateness", "client_lag", "loop_lag")


def coarsened(seconds: Sequence[Snapshot]) -> list[Snapshot]:
    """Return the seconds with the ends of buckets for extremes; their sum is the same."""
    extremes = _Extremes()
    for second in seconds:
        extremes.take(second)
    return [extremes.coarse(second) for second in seconds]


class _Extremes:
    """The buckets in which the least and the most of all seconds lie, for each histogram by its name."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, ...], tuple[int, int]] = {}

    def take(self, second: Snapshot) -> None:
        for name, histogram in _named(second):
            if histogram.count:
                least, most = self._ends.get(name, (histogram.min_ns, histogram.max_ns))
                self._ends[name] = min(least, histogram.min_ns), max(most, histogram.max_ns)

    def coarse(self, second: Snapshot) -> Snapshot:
        lags: dict[str, Any] = {name: self._of(getattr(second.lags, name), ("", name)) for name in _OF_LAGS}
        return replace(
            second,
            series={key: self._series(series, key) for key, series in second.series.items()},
            lags=replace(second.lags, **lags),
        )

    def _series(self, series: Series, key: SeriesKey) -> Series:
        parts: dict[str, Any] = {name: self._of(getattr(series, name), (*key, name)) for name in _OF_SERIES}
        phases = {name: self._of(histogram, (*key, "phase", name)) for name, histogram in series.phases.items()}
        return replace(series, **parts, phases=phases)

    def _of(self, histogram: Histogram, name: tuple[str, ...]) -> Histogram:
        if histogram.count < 2:
            return histogram
        least, most = self._ends[name]
        first, last = bucket_of(histogram.min_ns), bucket_of(histogram.max_ns)
        return replace(
            histogram,
            min_ns=histogram.min_ns if first == bucket_of(least) else first,
            max_ns=histogram.max_ns if last == bucket_of(most) else last + width_of(last) - 1,
        )


def _named(second: Snapshot) -> Iterable[tuple[tuple[str, ...], Histogram]]:
    for key, series in second.series.items():
        for name in _OF_SERIES:
            yield (*key, name), getattr(series, name)
        for name, histogram in series.phases.items():
            yield (*key, "phase", name), histogram
    for name in _OF_LAGS:
        yield ("", name), getattr(second.lags, name)
