"""What is called more than noise: simulated runs, whose truth is known."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.metrics.courses import MOST_BLOCKS, Courses
from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Series
from penstock.metrics.noise import FEWEST_BLOCKS, critical, noise_of, spread_of
from penstock.metrics.snapshot import Snapshot

SECONDS = 60
PER_SECOND = 12
_SPREAD = [math.exp(0.25 * NormalDist().inv_cdf((place + 0.5) / 500)) for place in range(500)]


def run(chance: random.Random, *, factor: float = 1.0, seconds: int = SECONDS) -> Iterator[Snapshot]:
    """Give the seconds of a run: log-normal latencies around a level that wanders, each second half of the last."""
    level = chance.gauss(0, 0.04)
    for second in range(seconds):
        level = 0.5 * level + chance.gauss(0, 0.04 * math.sqrt(0.75))
        middle = 20e6 * factor * math.exp(level)
        took = [int(middle * one) for one in chance.choices(_SPREAD, k=PER_SECOND)]
        series = Series(count=PER_SECOND, response=Histogram.of(took))
        yield Snapshot((second, second), series={("request", "buy"): series})


def test_two_runs_of_the_same_target_are_almost_never_called_different() -> None:
    chance = random.Random(1)
    told: Counter[str] = Counter()
    for _ in range(200):
        one, other = (spread_of(Courses(run(chance))) for _ in range(2))
        told.update(figure for figure, noise in noise_of(one, other)["buy"].items() if noise == "beyond")
    assert set(told) <= {"avg", "p50", "p95"}
    assert max(told.values(), default=0) <= 4, told


def test_a_slow_down_by_a_tenth_is_found() -> None:
    chance = random.Random(2)
    told: Counter[str] = Counter()
    for _ in range(30):
        one, other = (spread_of(Courses(run(chance, factor=factor, seconds=150))) for factor in (1.0, 1.1))
        told.update(figure for figure, noise in noise_of(one, other)["buy"].items() if noise == "beyond")
    assert told["avg"] >= 28, told


def test_a_burst_of_bad_seconds_is_noise_and_hides_no_great_change() -> None:
    def course(factor: float) -> Courses:
        """Return 14 seconds with five bad ones in the middle of them."""
        levels = [3.0, 2.9, 2.9, 2.8, 3.4, 3.2, 4.2, 7.7, 5.2, 5.2, 3.1, 2.9, 3.0, 3.1]
        histograms = [Histogram.of([int(level * factor * 1e6)] * 50) for level in levels]
        return Courses(
            Snapshot((second, second), series={("request", "buy"): Series(count=50, response=histogram)})
            for second, histogram in enumerate(histograms)
        )

    before, same, slower, tripled = (spread_of(course(factor)) for factor in (1.0, 1.0, 1.1, 3.0))
    assert noise_of(before, same)["buy"]["avg"] == "within"
    assert noise_of(before, slower)["buy"]["avg"] == "within", "nobody can tell a tenth from such noise"
    assert noise_of(before, tripled)["buy"]["avg"] == "beyond"


def failing(counts: list[int], per_second: int = 50) -> Courses:
    """Return the course of a run in which so many requests of each second failed."""
    return Courses(
        Snapshot((second, second), series={("request", "buy"): Series(count=per_second, failed=failed)})
        for second, failed in enumerate(counts)
    )


@pytest.mark.parametrize(
    ("before", "after", "noise"),
    [
        pytest.param([0] * 20, [0] * 20, "within", id="nothing failed"),
        pytest.param([0] * 20, [0] * 19 + [1], "within", id="one failure is chance"),
        pytest.param([0] * 20, [1] * 4 + [0] * 16, "within", id="four failures in a row are one event"),
        pytest.param([0] * 20, [3, 2] * 10, "beyond", id="one in twenty, all the time"),
        pytest.param([0] * 20, [50] * 20, "beyond", id="everything"),
        pytest.param([0] * 3, [50] * 3, "untold", id="too short"),
    ],
)
def test_failures_are_told_from_chance(before: list[int], after: list[int], noise: str) -> None:
    told = noise_of(spread_of(failing(before)), spread_of(failing(after)))
    assert told["buy"]["failed"] == told[None]["failed"] == noise


def test_what_is_asked_too_seldom_cannot_be_told() -> None:
    seldom = [
        Snapshot((second, second), series={("request", "buy"): Series(count=1, response=Histogram.of([second]))})
        for second in range(50)
    ]
    told = noise_of(spread_of(Courses(seldom)), spread_of(Courses(seldom)))["buy"]
    assert told == {"failed": "untold", "avg": "untold", "p50": "untold", "p95": "untold", "p99": "untold"}


def test_warm_up_and_requests_of_one_run_alone_are_left_out() -> None:
    chance = random.Random(3)
    usual = list(run(chance, seconds=30))
    one = Courses([*usual, Snapshot((30, 30), phase="warm-up", series={("request", "new"): Series(count=9)})])
    assert set(one.by_request()) == {None, "buy"}
    assert set(noise_of(spread_of(one), spread_of(failing([0] * 20)))) == {None, "buy"}


@given(seconds=st.integers(1, 200), seed=st.integers(0, 99))
def test_blocks_lose_nothing_and_do_not_depend_on_the_order(seconds: int, seed: int) -> None:
    chance = random.Random(seed)
    given_seconds = list(run(chance, seconds=seconds))
    shuffled = list(given_seconds)
    chance.shuffle(shuffled)
    blocks, same = (Courses(each).by_request()["buy"] for each in (given_seconds, shuffled))
    assert blocks == same
    assert sum(block.count for block in blocks) == seconds * PER_SECOND
    assert min(seconds, FEWEST_BLOCKS) <= len(blocks) <= MOST_BLOCKS


@pytest.mark.parametrize(
    ("level", "freedom", "value"),
    [(0.05, 10, 2.228), (0.01, 5, 4.032), (0.01, 38, 2.712), (0.0002, 20, 4.539), (0.001, 1e9, 3.291)],
)
def test_limits_are_those_of_tables(level: float, freedom: float, value: float) -> None:
    assert critical(level, freedom) == pytest.approx(value, rel=0.005)
