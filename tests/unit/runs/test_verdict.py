from __future__ import annotations

import pytest

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Series
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import Summary, summarise
from penstock.model import parse_threshold
from penstock.runs.verdict import Judged, judge

MS = 1_000_000


def measured(
    *,
    good_ms: tuple[int, ...] = tuple(range(1, 91)),
    bad_ms: tuple[int, ...] = tuple(range(91, 101)),
    iterations: Iterated | None = None,
    more_names: int = 0,
) -> Summary:
    """Ten seconds: requests of 1 to 100 ms, the ten slowest failed; 30 of 40 checks held; a group of 250 ms."""
    series = {
        ("request", "a"): Series(
            count=len(good_ms) + len(bad_ms),
            failed=len(bad_ms),
            checks={"c": (20, 0), "d": (10, 10)},
            response=Histogram.of(ms * MS for ms in good_ms),
            failed_response=Histogram.of(ms * MS for ms in bad_ms),
        ),
        ("group", "buy"): Series(count=4, response=Histogram.of([250 * MS] * 4)),
        **{("request", f"more {number}"): Series() for number in range(more_names)},
    }
    iterations = iterations or Iterated(finished=100, failed=10)
    agents = {"0/1": Agent(wall_us=10_000_000)}
    return summarise(Timeline([Snapshot(span=(0, 9), agents=agents, iterations=iterations, series=series)]))


def one(text: str, summary: Summary | None = None) -> Judged:
    return judge(summary or measured(), (parse_threshold(text),), 1.0).thresholds[0]


@pytest.mark.parametrize(
    ("text", "observed", "passed"),
    [
        ("p50 < 51ms", 0.050, True),
        ("p50 < 49ms", 0.050, False),
        ("p95 < 96ms", 0.095, True),  # failed ones count: 90 ms is the slowest success
        ("p0 >= 1ms", 0.001, True),
        ("p100 <= 100ms", 0.100, True),
        ("p99.9 <= 100ms", 0.100, True),
        ("min > 1ms", 0.001, False),  # equal is not greater
        ("min >= 1ms", 0.001, True),
        ("max < 100ms", 0.100, False),
        ("max <= 100ms", 0.100, True),
        ("avg < 51ms", 0.0505, True),
        ("failed < 10%", 0.1, False),
        ("failed <= 10%", 0.1, True),
        ("rate >= 10", 10.0, True),
        ("rate > 10/s", 10.0, False),
        ("requests >= 100", 100.0, True),
        ("checks >= 75%", 0.75, True),
        ("checks > 75%", 0.75, False),
        ("p95[a] < 96ms", 0.095, True),
        ("avg[buy] < 251ms", 0.25, True),
        ("requests[buy] <= 3", 4.0, False),
        ("rate[buy] < 1", 0.4, True),
        ("max[a] < 0.5 * max[buy]", 0.1, True),
        ("max[a] < 0.3 * max[buy]", 0.1, False),
    ],
)
def test_a_threshold_is_held_against_what_was_observed(text: str, observed: float, passed: bool) -> None:
    judged = one(text)
    assert judged.observed == pytest.approx(observed, rel=0.004)
    assert judged.passed is passed


def test_a_threshold_against_another_measure_says_what_that_allows() -> None:
    judged = one("max[a] < 0.3 * max[buy]")
    assert judged.limit == pytest.approx(0.075)
    assert judged.reason == "threshold max[a] < 0.3 * max[buy]: 100 ms observed, max[buy] allows 75.0 ms"
    assert judged.remark == "max[buy] allows 75.0 ms"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("p95[nobody] < 1s", "there is no request or group 'nobody'; the run had 'a', 'buy'"),
        ("p95[A] < 1s", "there is no request or group 'A'; the run had 'a', 'buy'"),
        ("checks[buy] > 1%", "no check was made"),
        ("p95[a] < 2 * p95[nobody]", "there is no request or group 'nobody'"),
    ],
)
def test_a_threshold_that_cannot_be_measured_fails_and_says_why(text: str, note: str) -> None:
    judged = one(text)
    assert (judged.passed, judged.observed, judged.limit, judged.observed_text) == (False, None, None, "–")
    assert judged.note.startswith(note)
    assert judged.reason == f"threshold {text}: {judged.note}"


def test_of_many_names_the_similar_ones_are_told_first() -> None:
    note = one("p95[more 77x] < 1s", measured(more_names=200)).note
    assert "the run had 'more 77'," in note
    assert note.endswith("and 190 more")
    assert len(note) < 300


def test_thresholds_on_nothing_fail() -> None:
    nothing = summarise(Timeline())
    for text in ("p95 < 1s", "avg < 1s", "failed < 1%", "checks > 1%"):
        assert one(text, nothing).observed is None
    assert one("requests < 1", nothing).passed
    assert not one("rate > 0", nothing).passed


@pytest.mark.parametrize(
    ("iterations", "most", "passed", "why"),
    [
        (Iterated(finished=100, failed=10), 0.1, True, "as many as are allowed"),
        (Iterated(finished=100, failed=11), 0.1, False, "one more"),
        (Iterated(finished=100, failed=0), 0.0, True, "none"),
        (Iterated(finished=100, failed=1), 0.0, False, "none are allowed"),
        (Iterated(finished=3, failed=3), 1.0, True, "all of them may fail"),
        (Iterated(finished=0, interrupted=5), 0.9, False, "no iteration finished, and requests failed"),
    ],
)
def test_failed_iterations_have_a_limit(iterations: Iterated, most: float, passed: bool, why: str) -> None:
    verdict = judge(measured(iterations=iterations), (), most)
    assert verdict.passed is verdict.failure_limit.passed is passed, why
    assert bool(verdict.reasons) is not passed


def test_without_a_finished_iteration_any_failed_request_is_too_much() -> None:
    limit = judge(measured(iterations=Iterated(interrupted=1)), (), 0.5).failure_limit
    assert (limit.of, limit.failed, limit.count, limit.most) == ("requests", 10, 100, 0.0)
    assert limit.reason == "10 of 100 requests failed (10%), 0% are allowed"
    assert judge(measured(bad_ms=(), iterations=Iterated(interrupted=1)), (), 0.0).passed


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        (summarise(Timeline()), "nothing was measured: no request was made"),
        (measured(good_ms=()), "no request succeeded"),
    ],
)
def test_a_run_without_a_successful_request_never_passes(summary: Summary, reason: str) -> None:
    verdict = judge(summary, (), 1.0)
    assert verdict.failure_limit.passed
    assert (verdict.passed, verdict.reasons) == (False, (reason,))


def test_every_reason_is_said() -> None:
    thresholds = tuple(map(parse_threshold, ("p95 < 1ms", "p95 < 10s", "failed < 5%")))
    verdict = judge(measured(), thresholds, 0.05)
    assert [judged.passed for judged in verdict.thresholds] == [False, True, False]
    assert verdict.reasons == (
        "threshold p95 < 1ms: 95.2 ms observed",
        "threshold failed < 5%: 10% observed",
        "10 of 100 iterations failed (10%), 5% are allowed",
    )


def test_a_threshold_with_a_window_has_to_be_watched() -> None:
    with pytest.raises(ValueError, match="has to be watched while the run goes on"):
        judge(measured(), (parse_threshold("p95 < 1s over 10s"),), 0.0)
