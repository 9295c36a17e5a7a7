from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from penstock.metrics.buckets import bucket_of
from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Series
from penstock.metrics.points import Point, Slot
from penstock.metrics.series import MOST_CURVES, MOST_SLOTS, Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import summarise


def second(
    number: int,
    source: str = "0/1",
    *,
    name: str = "a",
    good_ms: tuple[int, ...] = (10,),
    bad_ms: tuple[int, ...] = (),
    users: float = 1.0,
    wall_s: float = 1.0,
    cpu_s: float = 0.5,
) -> Snapshot:
    """Return what one agent saw in one second."""
    measured = Series(
        count=len(good_ms) + len(bad_ms),
        failed=len(bad_ms),
        bytes_sent=100,
        bytes_received=1_000,
        response=Histogram.of(ms * 1_000_000 for ms in good_ms),
        failed_response=Histogram.of(ms * 1_000_000 for ms in bad_ms),
    )
    return Snapshot(
        span=(number, number),
        agents={source: Agent(cpu_us=int(cpu_s * 1e6), wall_us=int(wall_s * 1e6))},
        user_us=int(users * wall_s * 1e6),
        iterations=Iterated(finished=2, failed=1),
        series={("request", name): measured},
    )


def test_a_point_holds_a_second_of_all_agents() -> None:
    timeline = Timeline(
        [
            second(0, "0/2", good_ms=(10, 20), users=3, cpu_s=0.2),
            second(0, "1/2", good_ms=(30,), bad_ms=(500,), users=2, cpu_s=0.6),
        ]
    )
    (point,) = timeline.points()
    assert (point.second, point.seconds, point.span_s) == (0, 1, 1.0)
    assert (point.users, point.cpu_share) == (5, 0.6)
    assert (point.count, point.failed, point.rate) == (4, 1, 4)
    assert (point.bytes_sent, point.bytes_received) == (200, 2_000)
    assert (point.iterations, point.failed_iterations) == (4, 2)
    assert point.avg_s == pytest.approx(0.14)
    assert (point.p50_s, point.max_s) == (pytest.approx(0.02, rel=0.004), 0.5)
    assert point.requests["a"].avg_s == pytest.approx(0.14)
    assert (point.requests["a"].count, point.requests["a"].failed) == (4, 1)


def test_a_point_tells_both_latencies_of_its_second() -> None:
    """Those since due and those since sent: they part when the generator or the server is late."""
    due, sent = (Histogram.of(ms * 1_000_000 for ms in range(first, first + 100)) for first in (1001, 1))
    measured = Series(count=100, response=due, service=sent)
    point = Timeline([replace(second(0), series={("request", "a"): measured})]).points()[0]
    assert (point.service_p50_s, point.service_p95_s, point.service_p99_s) == pytest.approx(
        (0.050, 0.095, 0.099), rel=0.02
    )
    assert (point.p50_s, point.p95_s, point.p99_s) == pytest.approx((1.050, 1.095, 1.099), rel=0.02)


def test_rates_are_over_the_time_really_measured() -> None:
    timeline = Timeline([second(0, good_ms=(10,) * 50, users=2, wall_s=0.5)])
    (point,) = timeline.points()
    assert (point.rate, point.users) == (100, 2)


def test_points_come_in_order_and_seconds_without_a_report_have_none() -> None:
    timeline = Timeline([second(7), second(0), second(3)])
    assert [point.second for point in timeline.points()] == [0, 3, 7]


def test_a_run_of_days_has_no_more_points_than_one_of_minutes() -> None:
    timeline = Timeline(second(number) for number in range(10 * MOST_SLOTS))
    points = timeline.points()
    assert timeline.seconds_per_point == points[0].seconds == 16
    assert MOST_SLOTS / 2 < len(points) <= MOST_SLOTS
    assert [point.second for point in points] == list(range(0, 10 * MOST_SLOTS, 16))
    assert points[0].count == 16
    assert points[0].rate == points[0].users == 1
    assert summarise(timeline).total.count == 10 * MOST_SLOTS


def test_memory_does_not_grow_with_the_length_of_the_run() -> None:
    timeline = Timeline(second(number) for number in range(2 * MOST_SLOTS))
    tracemalloc.start()
    try:
        for number in range(2 * MOST_SLOTS, 6 * MOST_SLOTS):
            timeline.add(second(number))
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 2_000_000


def test_a_kept_second_costs_some_kilobytes_however_much_was_in_it() -> None:
    """A second of a busy run has a thousand buckets and dozens of names: as dictionaries they would cost 100 KB."""
    buckets = {low: 300 + low % 7 for low in sorted({bucket_of(round(50_000 * 1.004**step)) for step in range(1200)})}
    count = sum(buckets.values())
    total_ns = sum(low * times for low, times in buckets.items())
    latencies = Histogram(count, total_ns, min(buckets), max(buckets), buckets)
    series = {("request", f"page {number}"): Series(count=count, response=latencies) for number in range(40)}
    busy = replace(second(0), series=series)
    timeline = Timeline()
    tracemalloc.start()
    try:
        sizes = []
        for number in range(64):
            timeline.add(replace(busy, span=(number, number)))
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(timeline.points()) == 64
    assert (sizes[63] - sizes[31]) / 32 < 8_000  # the same number waits to be added up at both


def test_with_too_many_names_there_are_no_curves_of_single_requests() -> None:
    timeline = Timeline(second(number, name=f"request {number}") for number in range(MOST_CURVES))
    assert all(point.requests for point in timeline.points())
    timeline.add(second(0, name="one more"))
    assert not any(point.requests for point in timeline.points())
    assert len(summarise(timeline).requests) == MOST_CURVES + 1


def test_the_latest_point_waits_for_all_agents() -> None:
    timeline = Timeline()
    assert timeline.latest() is None
    timeline.add(second(0, "0/2"))
    timeline.add(second(0, "1/2"))
    timeline.add(second(1, "0/2"))
    latest = timeline.latest()
    assert latest is not None
    assert (latest.second, latest.count) == (0, 2)


def test_the_latest_point_does_not_wait_for_an_agent_that_has_ended() -> None:
    timeline = Timeline([second(0, "0/2"), second(0, "1/2")])
    for number in range(1, 10):
        timeline.add(second(number, "0/2"))
    assert timeline.complete() == 9
    latest = timeline.latest()
    assert latest is not None
    assert latest.second == 9


def test_the_latest_point_is_one_second_however_long_the_run() -> None:
    timeline = Timeline(second(number) for number in range(3 * MOST_SLOTS))
    latest = timeline.latest()
    assert latest is not None
    assert (latest.second, latest.seconds) == (3 * MOST_SLOTS - 1, 1)


def test_an_empty_snapshot_changes_nothing() -> None:
    timeline = Timeline([Snapshot.empty])
    assert timeline.points() == ()
    assert timeline.complete() is None
    assert timeline.total == Snapshot.empty


def test_points_of_seconds_that_did_not_change_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    point = Slot.point

    def counted(self: Slot, at: int, seconds: int) -> Point:
        made.append(at)
        return point(self, at, seconds)

    monkeypatch.setattr(Slot, "point", counted)
    settled = Timeline(second(number) for number in range(20))
    now = settled.copy()
    now.add(second(20))
    now.points()
    made.clear()
    later = settled.copy()
    later.add(second(20, "1/2"))
    later.add(second(21))
    later.points()
    assert made == [20, 21]


def test_points_are_the_same_however_often_they_were_asked_for() -> None:
    """Through widths that double, a second that is missing, one that comes late, and copies that go different ways."""
    snapshots = [
        second(number) for number in [0, *range(2, MOST_SLOTS - 3), 4, *range(MOST_SLOTS - 3, 2 * MOST_SLOTS + 5)]
    ]
    asked = Timeline()
    for number, snapshot in enumerate(snapshots):
        asked.add(snapshot)
        if number % 400 == 0 or number > 2 * MOST_SLOTS:
            ahead = asked.copy()
            ahead.add(second(number + 500, "1/2"))
            assert ahead.points() == Timeline([*snapshots[: number + 1], second(number + 500, "1/2")]).points()
            assert asked.points() == Timeline(snapshots[: number + 1]).points()
