"""Thresholds with windows, and those that stop the run, followed second by second."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Series
from penstock.metrics.own import OwnMetric
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import summarise
from penstock.model import parse_threshold
from penstock.runs.verdict import Judged, judge
from penstock.runs.watch import Record, Watch

MS = 1_000_000


def second(number: int, ms: int, *, source: str = "0/1", count: int = 10, failed: int = 0, name: str = "a") -> Snapshot:
    """Return a second with `count` requests of `ms` milliseconds each, some of them failed."""
    series = Series(
        count=count,
        failed=failed,
        checks={"c": (count - failed, failed)},
        response=Histogram.of([ms * MS] * (count - failed)),
        failed_response=Histogram.of([ms * MS] * failed),
    )
    return Snapshot(
        span=(number, number),
        agents={source: Agent(wall_us=1_000_000)},
        iterations=Iterated(finished=count),
        series={("request", name): series},
    )


def follow(text: str, snapshots: list[Snapshot]) -> tuple[Watch, Judged]:
    """Watch a whole run; gives the watch and the judgement at the end."""
    threshold = parse_threshold(text)
    timeline, watch = Timeline(), Watch((threshold,))
    for snapshot in snapshots:
        timeline.add(snapshot)
        watch.add(snapshot, timeline.complete())
    watch.finish()
    return watch, judge(summarise(timeline), (threshold,), 1.0, watch).thresholds[0]


def record(watch: Watch, text: str) -> Record:
    found = watch.record(parse_threshold(text))
    assert found is not None
    return found


def test_a_bad_stretch_that_the_whole_run_hides_is_found() -> None:
    run = [second(number, 500 if 20 <= number < 30 else 10) for number in range(100)]
    assert judge(summarise(Timeline(run)), (parse_threshold("p80 < 100ms"),), 1.0).passed
    watch, judged = follow("p80 < 100ms over 10s", run)
    assert not judged.passed
    assert judged.observed == pytest.approx(0.5)
    assert judged.note == "missed in 15 of 91 windows; the worst was 13s to 23s"
    assert watch.stop_reason is None


def test_windows_that_all_hold_name_the_nearest() -> None:
    _, judged = follow("max < 100ms over 10s", [second(number, 10 + number) for number in range(30)])
    assert judged.passed
    assert judged.observed == pytest.approx(0.039)
    assert judged.note == "held in all 21 windows; the nearest was 20s to 30s"


def test_a_lower_limit_has_its_worst_window_at_the_bottom() -> None:
    _, judged = follow("rate >= 10 over 5s", [second(n, 10, count=4 if n in (7, 8) else 10) for n in range(15)])
    assert (judged.passed, judged.observed) == (False, pytest.approx(38 / 5))


def test_the_first_miss_is_told_when_it_is_not_the_worst() -> None:
    latencies = [10] * 5 + [200] * 5 + [900] * 5
    _, judged = follow("max < 100ms over 5s", [second(number, ms) for number, ms in enumerate(latencies)])
    assert judged.note == "missed in 10 of 11 windows; the worst was 6s to 11s; the first was 1s to 6s"


@pytest.mark.parametrize(
    ("length", "windows", "why"),
    [
        (4, 1, "the only window is judged, however short"),
        (10, 1, "exactly one"),
        (14, 5, "one begins each second"),
    ],
)
def test_windows_slide_to_the_end_of_the_run(length: int, windows: int, why: str) -> None:
    watch, _ = follow("p95 < 1s over 10s", [second(number, 10) for number in range(length)])
    assert record(watch, "p95 < 1s over 10s").judged == windows, why


def test_a_bad_stretch_across_two_even_windows_is_found() -> None:
    run = [second(number, 500 if 5 <= number < 15 else 10) for number in range(20)]
    _, judged = follow("min < 100ms over 10s", run)
    assert (judged.passed, judged.note) == (False, "missed in 1 of 11 windows; the worst was 5s to 15s")


def test_a_long_window_slides_in_sixtieths_and_keeps_no_more_than_these() -> None:
    text = "p95 < 1s over 10m"
    watch, _ = follow(text, [second(number, 10) for number in range(1200)])
    assert record(watch, text).judged == 61
    (watched,) = watch._watched.values()
    assert len(watched._panes) <= 61


def test_a_warning_misses_nothing_and_is_told() -> None:
    run = [second(number, 60 if number == 7 else 10) for number in range(20)]
    _, judged = follow("max < 100ms warn 50ms over 5s", run)
    assert (judged.passed, judged.warned) == (True, True)
    assert judged.note == "held in all 16 windows; the nearest was 3s to 8s; a warning in 5 of 16 windows"
    timeline = Timeline(run)
    threshold = parse_threshold("max < 100ms warn 50ms")
    verdict = judge(summarise(timeline), (threshold,), 1.0)
    assert verdict.passed
    assert verdict.warnings == ("threshold max < 100ms warn 50ms: 60.0 ms observed (a warning from 50.0 ms on)",)


def test_a_threshold_that_fails_nothing_is_told() -> None:
    threshold = replace(parse_threshold("max < 5ms"), fails=False)
    verdict = judge(summarise(Timeline([second(0, 10)])), (threshold,), 1.0)
    assert (verdict.passed, len(verdict.warnings)) == (True, 1)


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        ("checks[check:c] > 99%", 0.9),
        ("failed[check:c] < 1%", 0.1),
        ("count[check:c] > 1000", 100),
        ("failed[request:a] < 1%", 0.1),
        ("p95[iteration:main] < 10ms", 0.02),
        ("count[tag:t] > 1000", 30),
        ("value[metric:queue] < 3", 7),
        ("p50[metric:sizes] < 3", 4),
    ],
)
def test_a_measure_may_be_of_anything(text: str, observed: float) -> None:
    whole = second(0, 10, count=100, failed=10)
    whole = whole + Snapshot(
        span=(0, 0),
        series={
            ("iteration", "main"): Series(count=1, response=Histogram.of([20 * MS])),
            ("tag", "t"): Series(count=30, response=Histogram.of([20 * MS] * 30), checks={"c": (30, 0)}),
        },
        own={
            "queue": OwnMetric("gauge", 2, 9_000_000, 2_000_000, 7_000_000, 7_000_000, (0, "0/1")),
            "sizes": OwnMetric("trend", 1, 4_000_000, 4_000_000, 4_000_000, histogram=Histogram.of([4_000_000])),
        },
    )
    _, judged = follow(f"{text} over 1s", [whole])
    assert (judged.passed, judged.observed) == (False, pytest.approx(observed, rel=0.005))
    assert judge(summarise(Timeline([whole])), (parse_threshold(text),), 1.0).thresholds[0].observed == judged.observed


def test_the_stop_rule_ends_a_run_that_fails_for_a_whole_window_and_not_before() -> None:
    timeline, watch = Timeline(), Watch((), parse_threshold("failed <= 90% over 5s stop"))
    stopped_at = None
    for number in range(20):
        snapshot = second(number, 10, failed=10 if number >= 3 else 0)
        timeline.add(snapshot)
        watch.add(snapshot, timeline.complete())
        if watch.stop_reason and stopped_at is None:
            stopped_at = number
    assert stopped_at == 7  # seconds 3 to 8 are the first window in which more than 90 % failed
    assert watch.rule_reason is not None
    assert watch.rule_reason.startswith("100% of the requests failed from 3s to 8s, more than the 90%")
    watch.finish()
    verdict = judge(summarise(timeline), (), 1.0, watch)
    assert (verdict.passed, verdict.reasons) == (False, (watch.rule_reason,))


def test_a_window_of_a_fraction_is_rounded_up_to_whole_seconds() -> None:
    watch, _ = follow("p95 < 1s over 1.5s", [second(number, 10) for number in range(6)])
    assert record(watch, "p95 < 1s over 1.5s").judged == 5


def test_a_window_is_judged_when_all_agents_have_reported_it() -> None:
    threshold = parse_threshold("max < 100ms over 2s stop")
    timeline, watch = Timeline(), Watch((threshold,))
    for snapshot, judged in [
        (second(0, 10, source="0/2"), 0),
        (second(0, 10, source="1/2"), 0),
        (second(1, 10, source="0/2"), 0),
        (second(2, 10, source="0/2"), 0),
        (second(1, 500, source="1/2"), 1),
    ]:
        timeline.add(snapshot)
        watch.add(snapshot, timeline.complete())
        assert record(watch, threshold.text).judged == judged
    assert watch.stop_reason == "threshold max < 100ms over 2s stop: 500 ms from 0s to 2s"


def test_what_comes_after_its_window_was_judged_is_said() -> None:
    run = [second(0, 10, source="0/2"), second(0, 10, source="1/2")]
    run += [second(number, 10, source="0/2") for number in range(1, 12)]
    run.append(second(1, 900, source="1/2"))
    _, judged = follow("max < 100ms over 2s", run)
    assert judged.note.endswith("; 1 snapshot came too late for their windows")


def test_a_window_without_the_request_is_not_judged() -> None:
    run = [second(number, 10, name="a" if number < 4 else "b") for number in range(8)]
    watch, judged = follow("p95[b] < 1s over 2s", run)
    assert record(watch, "p95[b] < 1s over 2s").judged == 4
    assert judged.passed


def test_but_a_rate_in_it_is_none() -> None:
    run = [second(number, 10, name="a" if number < 4 else "b") for number in range(8)]
    _, judged = follow("rate[b] > 1 over 2s", run)
    assert (judged.passed, judged.observed) == (False, 0.0)


def test_a_window_compares_two_measures_of_its_own_time() -> None:
    run = []
    for number in range(20):
        run += [second(number, 10 if number < 10 else 50, name="new"), second(number, 10, name="old")]
    _, judged = follow("p95[new] < 2 * p95[old] over 10s", run)
    assert (judged.passed, judged.observed, judged.limit) == (
        False,
        pytest.approx(0.05, rel=0.004),
        pytest.approx(0.02, rel=0.004),
    )


def test_a_name_that_never_comes_fails_with_the_names_there_are() -> None:
    _, judged = follow("p95[nobody] < 1s over 2s", [second(number, 10) for number in range(4)])
    assert (judged.passed, judged.observed) == (False, None)
    assert "the run had 'a'" in judged.note


def test_groups_are_watched_as_well() -> None:
    run = [
        Snapshot(
            span=(number, number),
            agents={"0/1": Agent(wall_us=1_000_000)},
            series={("group", "buy"): Series(count=1, response=Histogram.of([300 * MS]))},
        )
        for number in range(4)
    ]
    _, judged = follow("avg[buy] < 200ms over 2s", run)
    assert (judged.passed, judged.observed) == (False, 0.3)


def test_a_threshold_without_a_window_stops_at_the_second_that_misses_it() -> None:
    run = [second(number, 10, failed=5 if number >= 6 else 0) for number in range(12)]
    threshold = parse_threshold("failed < 10% stop")
    timeline, watch = Timeline(), Watch((threshold,))
    stopped_at = None
    for snapshot in run:
        timeline.add(snapshot)
        watch.add(snapshot, timeline.complete())
        if watch.stop_reason and stopped_at is None:
            stopped_at = snapshot.span
    assert stopped_at == (7, 7)  # 10 of 80
    assert watch.stop_reason == "threshold failed < 10% stop: 12.5% from 0s to 8s"


def test_a_run_that_was_stopped_stays_failed_whatever_its_end_brings() -> None:
    run = [second(0, 10, failed=5), *(second(number, 10) for number in range(1, 20))]
    _, judged = follow("failed < 10% stop", run)
    assert not judged.passed
    assert judged.observed == 0.5
    assert judged.note == "missed after 1s, which stopped the run"


def test_a_number_of_requests_to_reach_stops_nothing_before_the_end() -> None:
    watch, judged = follow("requests >= 50 stop", [second(number, 10) for number in range(5)])
    assert watch.stop_reason is None
    assert (judged.passed, judged.observed, judged.note) == (True, 50.0, "")


def test_a_threshold_that_stops_and_holds_is_judged_over_the_whole_run() -> None:
    watch, judged = follow("p95 < 1s stop", [second(number, 10) for number in range(5)])
    assert watch.stop_reason is None
    assert (judged.passed, judged.note) == (True, "")


def test_thresholds_without_window_or_stop_are_not_watched() -> None:
    threshold = parse_threshold("p95 < 1s")
    watch = Watch((threshold,))
    watch.add(second(0, 10), 0)
    watch.finish()
    assert watch.record(threshold) is None


@pytest.mark.parametrize(
    ("text", "most", "reason"),
    [
        ("failed < 90% over 60s", 2_000, "a share is two numbers"),
        ("p95 < 1s over 60s", 60_000, "a latency is the histogram of responses, and no other"),
    ],
)
def test_a_second_of_a_window_is_kept_as_far_as_it_is_asked_for(text: str, most: int, reason: str) -> None:
    """With all that a busy second holds, a minute of it would be some 40 MB."""
    latencies = Histogram.of(round(50_000 * 1.004**step) for step in range(1200))
    one = Series(count=1200, response=latencies, service=latencies, phases={"wait": latencies})
    busy = replace(second(0, 1), series={("request", f"page {number}"): one for number in range(10)})
    watch = Watch((parse_threshold(text),))
    tracemalloc.start()
    try:
        for number in range(30):
            watch.add(replace(busy, span=(number, number)), None)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept / 30 < most, reason
