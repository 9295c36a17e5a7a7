from __future__ import annotations

import pytest

from penstock.metrics.histogram import Histogram
from penstock.metrics.latency import NOTHING, Latency
from penstock.metrics.measures import Agent, Iterated, Lags, Series
from penstock.metrics.samples import Sample
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import Summary, summarise

MS = 1_000_000


def ms(*values: int) -> Histogram:
    return Histogram.of(value * MS for value in values)


def summary() -> Summary:
    """Ten seconds of one agent: two requests, one of which fails, a group, and a journey that once broke."""
    sample = Sample("request", "order", "status", "HTTP status 503", 4, "0/1")
    return summarise(
        Timeline(
            [
                Snapshot(
                    span=(0, 9),
                    agents={"0/1": Agent(cpu_us=3_000_000, wall_us=10_000_000, peak_users=4, reconnects=2)},
                    user_us=35_000_000,
                    iterations=Iterated(started=22, finished=20, failed=5, interrupted=0),
                    series={
                        ("request", "order"): Series(
                            count=20,
                            failed=4,
                            bytes_sent=200,
                            bytes_received=2_000,
                            statuses={"503": 3, "201": 16},
                            errors={("timeout", "too late"): 1, ("status", "HTTP status 503"): 3},
                            checks={"ordered": (16, 0)},
                            response=ms(*[20] * 16),
                            service=ms(*[19] * 16),
                            failed_response=ms(5, 5, 5, 1_000),
                            failed_service=ms(4, 4, 4, 900),
                            connect=ms(1),
                        ),
                        ("request", "list"): Series(
                            count=60,
                            bytes_sent=300,
                            bytes_received=3_000,
                            statuses={"200": 60},
                            checks={"answers": (59, 1)},
                            response=ms(*[10] * 60),
                            service=ms(*[9] * 60),
                        ),
                        ("group", "buy"): Series(count=20, failed=4, response=ms(*[31] * 20), service=ms(*[31] * 20)),
                        ("iteration", "main"): Series(
                            count=20, failed=5, errors={("script", "KeyError: 'id'"): 1}, checks={"has an id": (19, 1)}
                        ),
                    },
                    samples=(sample,),
                    lags=Lags(slow_steps={"b.py:2": (1, 0.06), "a.py:1": (9, 0.4)}),
                )
            ]
        )
    )


def test_rows_are_sorted_by_name_and_kind() -> None:
    numbers = summary()
    assert [row.name for row in numbers.requests] == ["list", "order"]
    assert [row.name for row in numbers.groups] == ["buy"]
    assert [row.name for row in numbers.journeys] == ["main"]


def test_a_row_counts_and_shares() -> None:
    order = summary().requests[1]
    assert (order.count, order.failed, order.successful, order.failed_share) == (20, 4, 16, 0.2)
    assert (order.rate, order.share) == (2.0, 0.25)
    assert (order.bytes_sent, order.bytes_received) == (200, 2_000)
    assert order.statuses == (("201", 16), ("503", 3))
    assert order.connect.count == 1


def test_latencies_of_all_requests_hold_the_failed_ones_with_the_time_waited() -> None:
    order = summary().requests[1]
    assert (order.response.count, order.response.max_s, order.response.min_s) == (20, 1.0, 0.005)
    assert order.response.avg_s == pytest.approx((16 * 20 + 15 + 1_000) / 20 / 1_000)
    assert (order.successful_response.count, order.successful_response.max_s) == (16, 0.02)
    assert (order.service.max_s, order.successful_service.max_s) == (0.9, 0.019)


def test_the_total_is_of_requests_alone() -> None:
    total = summary().total
    assert (total.count, total.failed, total.rate) == (80, 4, 8.0)
    assert (total.bytes_sent, total.bytes_received) == (500, 5_000)
    assert total.statuses == (("200", 60), ("201", 16), ("503", 3))
    assert total.response.count == 80
    assert [check.name for check in total.checks] == ["answers", "ordered"]


def test_checks_say_where_they_were_made() -> None:
    assert [(check.series_kind, check.series, check.name, check.held_share) for check in summary().checks] == [
        ("request", "list", "answers", 59 / 60),
        ("request", "order", "ordered", 1.0),
        ("iteration", "main", "has an id", 0.95),
    ]


def test_errors_come_by_count_with_their_sample() -> None:
    status, *others = summary().errors
    assert (status.series, status.kind, status.message, status.count, status.share) == (
        "order",
        "status",
        "HTTP status 503",
        3,
        0.6,
    )
    assert status.sample is not None
    assert status.sample.second == 4
    assert [(error.series_kind, error.count, error.sample) for error in others] == [
        ("iteration", 1, None),
        ("request", 1, None),
    ]


def test_failures_that_only_a_group_counts_are_shares_of_themselves() -> None:
    series = {("group", "buy"): Series(errors={("x", "one"): 3, ("x", "two"): 1})}
    numbers = summarise(Timeline([Snapshot(span=(0, 0), agents={"0/1": Agent()}, series=series)]))
    assert [error.share for error in numbers.groups[0].errors] == [0.75, 0.25]
    assert numbers.errors == ()


def test_users_and_iterations_are_counted() -> None:
    numbers = summary()
    assert (numbers.users.peak, numbers.users.mean, numbers.users.user_seconds) == (4, 3.5, 35.0)
    assert (numbers.iterations.started, numbers.iterations.finished, numbers.iterations.failed_share) == (22, 20, 0.25)


def test_the_health_names_the_worst_slow_step_first() -> None:
    health = summary().health
    assert (health.cpu_share, health.agents[0].reconnects) == (0.3, 2)
    assert [step.where for step in health.slow_steps] == ["a.py:1", "b.py:2"]


def test_a_name_is_a_request_before_it_is_a_group() -> None:
    numbers = summary()
    assert (row := numbers.row("buy")) is not None
    assert row.kind == "group"
    assert (row := numbers.row("list")) is not None
    assert row.kind == "request"
    assert numbers.row("main") is None
    assert numbers.row("nobody") is None


def test_nothing_measured_is_a_summary_of_nothing() -> None:
    numbers = summarise(Timeline())
    assert (numbers.seconds, numbers.total.count, numbers.total.rate, numbers.users.mean) == (0.0, 0, 0.0, 0.0)
    assert numbers.total.response == NOTHING == Latency.of(Histogram())
    assert (numbers.requests, numbers.errors, numbers.distrust) == ((), (), ())


def test_without_a_measured_time_seconds_are_counted() -> None:
    snapshot = Snapshot(span=(3, 6), agents={"0/1": Agent()}, series={("request", "a"): Series(count=8)})
    numbers = summarise(Timeline([snapshot]))
    assert (numbers.seconds, numbers.total.rate) == (4.0, 2.0)


def test_agents_that_measure_side_by_side_share_the_time() -> None:
    agents = [Snapshot(span=(0, 0), agents={f"{n}/2": Agent(wall_us=1_000_000, peak_users=3)}) for n in range(2)]
    numbers = summarise(Timeline(agents))
    assert (numbers.seconds, numbers.users.peak) == (1.0, 6)
