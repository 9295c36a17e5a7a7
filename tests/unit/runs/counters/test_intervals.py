"""Counters followed while a run goes on say what its report says at the end, interval by interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.metrics.snapshot import Snapshot
from penstock.model import CounterName, CounterRule, CounterSettings
from penstock.runs.counters.intervals import KINDS, Intervals, threshold_text
from tests.unit.runs.counters.test_counters import FACTS, PLACE, report, snapshot

REQUESTS = CounterName("LoadTest:Request", "Requests/Sec", "_Total")
RESPONSE = CounterName("LoadTest:Request", "Avg. Response Time", "_Total")


def followed(*parts: Snapshot, sample_s: float = 5, rules: tuple[CounterRule, ...] = ()) -> Intervals:
    intervals = Intervals(CounterSettings(sample_s, rules), FACTS)
    for part in parts:
        intervals.add(part)
    intervals.close()
    return intervals


@given(seconds=st.integers(1, 17), sample_s=st.sampled_from([1, 2, 5]))
def test_intervals_say_what_the_report_says(seconds: int, sample_s: int) -> None:
    parts = [snapshot(second, finished=1 + second % 4, failed=second % 2) for second in range(seconds)]
    intervals = followed(*parts, sample_s=sample_s)
    samples = report(*parts, sample_s=sample_s).samples
    assert len(intervals.ends) == len(samples)
    for category, counter in KINDS:
        name = CounterName(category, counter, "_Total")
        for number, sample in enumerate(samples):
            told = intervals.readings[name][number].value
            assert told == pytest.approx(sample.values.get(name, 0.0), abs=1e-6), (name, number)


def test_raw_values_add_up_and_averages_come_from_their_differences() -> None:
    intervals = followed(*(snapshot(second) for second in range(10)))
    first, second = intervals.readings[RESPONSE]
    assert second.raw == 2 * first.raw
    assert second.base == 2 * first.base == 100
    assert second.value == pytest.approx((second.raw - first.raw) / 1e7 / (second.base - first.base))


def test_an_interval_is_open_until_its_last_second_is_complete() -> None:
    intervals = Intervals(CounterSettings(5), FACTS)
    for second in range(5):
        intervals.add(snapshot(second))
    assert intervals.ends == []
    intervals.close_until(4)
    assert intervals.ends == [5]


def test_where_nothing_was_measured_rates_are_zero_and_the_sums_stay() -> None:
    intervals = followed(snapshot(0), snapshot(12))
    assert [reading.value for reading in intervals.readings[REQUESTS]] == pytest.approx([2.0, 0.0, 10 / 3])
    assert [reading.raw for reading in intervals.readings[REQUESTS]] == [10, 10, 20]


def test_a_warm_up_is_in_no_interval() -> None:
    intervals = followed(snapshot(0, phase="warm-up"), snapshot(7))
    assert [reading.raw for reading in intervals.readings[REQUESTS]] == [0, 10]


def test_violations_and_failures_are_known_as_they_come() -> None:
    rule = CounterRule(REQUESTS, 1.0, 5.0, PLACE)
    intervals = followed(*(snapshot(second) for second in range(6)), rules=(rule,))
    assert [one.interval for one in intervals.violations] == [1, 2]
    expected = (
        '["LoadTest:Request", "Requests/Sec", "_Total"] : The value 10 exceeds the critical threshold value of 5.'
    )
    assert threshold_text(intervals.violations[0].missed) == expected
    seen = intervals.failures["HttpError", "404 - NotFound", "request", "GET /a", "HTTP status 404 - Not Found"]
    assert (seen.count, seen.second) == (6, 5)
