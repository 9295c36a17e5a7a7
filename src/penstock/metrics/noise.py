"""Whether two runs differ by more than each of them varies in itself (docs/decisions/0031).

A run is cut into up to twenty blocks of time, and its figure computed in each. How far the blocks lie from the figure
of the whole run says how uncertain that is, also for quantiles (*sectioning*: Asmussen and Glynn, *Stochastic
Simulation*, 2007, III.5). What blocks still depend on each other makes them count for fewer, as in a first-order
autoregression. Two runs are then compared by Welch's test of unequal variances; latencies as logarithms, since they
differ by factors. The level is one in a hundred for a figure, over all requests of the comparison (Bonferroni).

What differs between runs but not within them, such as another machine, another hour or a fuller database, is seen by
no such test.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from penstock.metrics.courses import Block, Courses, together, with_enough

Noise = Literal["beyond", "within", "untold"]
"""Of a difference: more than the noise of the two runs, not more, or too little was measured to tell."""

NoiseOfRuns = Mapping[str | None, Mapping[str, Noise]]
"""By request (None: all together) and figure."""

FIGURES = ("failed", "avg", "p50", "p95", "p99")
LEVEL = 0.01
FEWEST_BLOCKS = 6

_NEEDED = {"failed": 20, "avg": 10, "p50": 10, "p95": 40, "p99": 200}
"""Exchanges that a block needs for a figure: two beyond the quantile, and some for the rest."""

_MOST_CORRELATED = 0.9
_LEAST_INDEPENDENT = 2.0
_LEAST_FREEDOM = 4.0
"""However much blocks seem to depend on each other, there are six at least; without these limits a run with a burst of
some bad seconds could not be told from one that takes twice as long."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of a run, its standard error squared, and for how many independent blocks those that there are count.

    `count` and `failed` are the exchanges that it rests on.
    """

    value: float
    variance: float
    blocks: float
    count: int = 0
    failed: int = 0


Spread = Mapping[str | None, Mapping[str, Estimate]]
"""What is known of the figures of each request of a run (None: of all together); one that is not there is not known."""


def spread_of(courses: Courses) -> Spread:
    """Return how certain the figures of a run are."""
    found = {}
    for name, blocks in courses.by_request().items():
        total = together(blocks) if blocks else Block()
        told = {figure: _estimated(figure, total, with_enough(blocks, _NEEDED[figure])) for figure in FIGURES}
        found[name] = {figure: one for figure, one in told.items() if one is not None}
    return found


def noise_of(before: Spread, after: Spread) -> NoiseOfRuns:
    """Return what is to be said of each figure of each request that is in both runs; None: of all together."""
    names = before.keys() & after.keys()
    level = LEVEL / max(1, len(names) - 1)
    return {name: {figure: _told(figure, before[name], after[name], level) for figure in FIGURES} for name in names}


def _told(figure: str, before: Mapping[str, Estimate], after: Mapping[str, Estimate], level: float) -> Noise:
    one, other = before.get(figure), after.get(figure)
    if one is None or other is None:
        return "untold"
    if figure == "failed":
        one, other = _at_least_binomial(one, other)
    return "beyond" if _differ(one, other, level) else "within"


def _estimated(figure: str, total: Block, blocks: Sequence[Block]) -> Estimate | None:
    if len(blocks) < FEWEST_BLOCKS:
        return None
    compute = _COMPUTE[figure]
    whole, values = compute(total), [compute(block) for block in blocks]
    if whole is None or any(value is None for value in values):
        return None
    found = estimate(whole, [value for value in values if value is not None])
    return replace(found, count=total.count, failed=total.failed)


def estimate(whole: float, values: Sequence[float]) -> Estimate:
    """Return how certain a figure is whose values in blocks of the run are these, in the order of time."""
    count = len(values)
    squares = sum((value - whole) ** 2 for value in values)
    r = _correlation(values)
    independent = max(_LEAST_INDEPENDENT, count * (1 - r) / (1 + r))
    return Estimate(whole, squares / (count - 1) / independent, independent)


def _correlation(values: Sequence[float]) -> float:
    """Return how much neighbours depend on each other, 0 to `_MOST_CORRELATED`.

    The usual estimate is too low for short series, by (1 + 3r) / n (Kendall, *Note on bias in the estimation of
    autocorrelation*, 1954), and uncertain by 1 / √n. Half of that is added: whoever is told of a change that is none
    believes the next one less.
    """
    mean = math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    if squares == 0:
        return 0.0
    products = math.fsum((one - mean) * (next_ - mean) for one, next_ in itertools.pairwise(values))
    r = products / squares
    return min(_MOST_CORRELATED, max(0.0, r + (1 + 3 * r) / len(values) + 0.5 / math.sqrt(len(values))))


def _at_least_binomial(one: Estimate, other: Estimate) -> tuple[Estimate, Estimate]:
    """Return the estimates of shares with at least the variance that chance alone gives: few failures vary little."""
    share = (one.failed + other.failed) / (one.count + other.count)
    first, second = (
        replace(each, variance=max(each.variance, share * (1 - share) / each.count)) for each in (one, other)
    )
    return first, second


def _differ(one: Estimate, other: Estimate, level: float) -> bool:
    difference, variance = abs(one.value - other.value), one.variance + other.variance
    if variance == 0:
        return difference > 0
    parts = [each.variance**2 / max(_LEAST_FREEDOM, each.blocks - 1) for each in (one, other)]
    freedom = variance**2 / sum(parts)
    return difference / math.sqrt(variance) > critical(level, freedom)


def critical(level: float, freedom: float) -> float:
    """Return the value that Student's t exceeds to either side with this probability.

    By the expansion of Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.7.5.
    """
    x = NormalDist().inv_cdf(1 - level / 2)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / freedom**power for power, term in enumerate(terms, 1))


def _share(block: Block) -> float | None:
    return block.failed / block.count if block.count else None


def _mean(block: Block) -> float | None:
    timed = sum(block.buckets.values())
    return math.log(block.sum_ns / timed) if timed and block.sum_ns else None


def _quantile(share: float) -> Callable[[Block], float | None]:
    def compute(block: Block) -> float | None:
        value = block.histogram().quantile(share)
        return math.log(value) if value else None

    return compute


_COMPUTE: dict[str, Callable[[Block], float | None]] = {
    "failed": _share,
    "avg": _mean,
    "p50": _quantile(0.5),
    "p95": _quantile(0.95),
    "p99": _quantile(0.99),
}
