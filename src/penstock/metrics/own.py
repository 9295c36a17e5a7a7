"""What a test measures itself: counters, gauges and trends. They add up exactly, as everything measured does.

Values are kept as whole millionths, since sums of floating-point numbers depend on their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.metrics.histogram import EMPTY, Histogram

OwnKind = Literal["counter", "gauge", "trend"]
MICRO = 1_000_000

COUNTER = "counter:"
"""What names of counters that were read from elsewhere begin with, among the test's own metrics."""


@dataclass(frozen=True, slots=True)
class OwnMetric:
    """One metric of the test's own; what is called micro is in millionths.

    `counter`: `sum` of what was added. `gauge`: a value that changes; of several agents the newest is the `last`
    (`last_at` is (second, agent) and decides). `trend`: values with a distribution. All have `count`, `least`, `most`.
    """

    kind: OwnKind
    count: int
    sum_micro: int
    least_micro: int
    most_micro: int
    last_micro: int = 0
    last_at: tuple[int, str] = (0, "")
    histogram: Histogram = EMPTY

    def __add__(self, other: OwnMetric) -> OwnMetric:
        newest = max(self, other, key=lambda one: (one.last_at, one.last_micro))
        return OwnMetric(
            kind=min(self.kind, other.kind),  # a name that is used for two kinds: the same one, whatever the order
            count=self.count + other.count,
            sum_micro=self.sum_micro + other.sum_micro,
            least_micro=min(self.least_micro, other.least_micro),
            most_micro=max(self.most_micro, other.most_micro),
            last_micro=newest.last_micro,
            last_at=newest.last_at,
            histogram=self.histogram + other.histogram,
        )

    def quantile(self, share: float) -> float:
        """Return the value that the given share (0 to 1) does not exceed; of a trend only."""
        return self.histogram.quantile(share) / MICRO

    @property
    def average(self) -> float:
        """The mean; 0 when nothing was measured."""
        return self.sum_micro / self.count / MICRO if self.count else 0.0
