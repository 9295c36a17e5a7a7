from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Series
from penstock.metrics.own import OwnMetric
from penstock.metrics.snapshot import Snapshot
from penstock.reporting import text
from penstock.reporting.text_cells import width
from penstock.runs.report import Report
from tests.unit.reporting import synthetic
from tests.unit.reporting.golden import same_as_golden


def measured(series: dict[tuple[str, str], Series], **iterations: int) -> Report:
    """Return the report of one second."""
    agents = {"0/1": Agent(wall_us=1_000_000)}
    counts = {"finished": 1, **iterations}
    return synthetic.report_of([Snapshot((0, 0), agents, 0, Iterated(**counts), series)])


def good(count: int = 1) -> Series:
    return Series(count=count, response=Histogram.of([10_000_000] * count))


@pytest.mark.parametrize(
    ("name", "columns", "colour"), [("wide", 100, False), ("narrow", 60, False), ("colour", 100, True)]
)
def test_the_made_up_run_is_written_as_ever(name: str, columns: int, colour: bool) -> None:
    rendered = text.render(synthetic.report(), width=columns, colour=colour)
    assert same_as_golden(f"{name}.txt", rendered.encode())


@pytest.mark.parametrize("columns", [40, 47, 60, 80, 81, 100, 140, 200])
def test_no_line_is_longer_than_the_terminal_is_wide(columns: int) -> None:
    lines = text.render(synthetic.report(), width=columns).splitlines()
    assert max(map(width, lines)) <= columns


@settings(max_examples=50)
@given(name=st.text(min_size=1), message=st.text(), columns=st.integers(40, 130))
def test_whatever_names_and_messages_hold_the_terminal_obeys_none_of_it(name: str, message: str, columns: int) -> None:
    failed = Series(
        count=9, failed=9, errors={("script", message): 9}, checks={name: (0, 9)}, failed_response=Histogram.of([5])
    )
    report = measured({("request", name): failed, ("group", message): good()})
    rendered = text.render(replace(report, run=replace(report.run, name=name, message=message)), width=columns)
    lines = rendered.split("\n")
    assert max(map(width, lines)) <= columns
    assert all(sign.isprintable() for line in lines for sign in line)


def test_colour_changes_nothing_but_colour() -> None:
    plain = text.render(synthetic.report())
    coloured = text.render(synthetic.report(), colour=True)
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("end", "max_failures", "first"),
    [
        ("finished", 0.05, "PASSED  Shop: browse & order"),
        ("finished", 0.0, "FAILED  Shop: browse & order"),
        ("stopped", 0.05, "STOPPED  Shop: browse & order (passed until then)"),
        ("stopped", 0.0, "STOPPED  Shop: browse & order (failed until then)"),
        ("failed", 0.05, "ERROR  Shop: browse & order (the load generator failed)"),
    ],
)
def test_the_first_line_says_how_it_ended(end: str, max_failures: float, first: str) -> None:
    report = synthetic.report(thresholds=(), max_failures=max_failures)
    report = replace(report, run=replace(report.run, end=end))  # type: ignore[arg-type] # rows of a table
    assert text.render(report).splitlines()[0] == first


def test_a_broken_generator_says_how() -> None:
    report = synthetic.report()
    report = replace(report, run=replace(report.run, end="failed", message="agent 0/2: no memory (exit code 1)"))
    assert text.render(report).splitlines()[1] == "  agent 0/2: no memory (exit code 1)"


def test_reasons_that_are_no_threshold_stand_at_the_top() -> None:
    assert text.render(synthetic.report_of([])).splitlines()[1] == "  ✗ nothing was measured: no request was made"


def test_sections_without_content_are_left_out() -> None:
    rendered = text.render(synthetic.report_of([]))
    for title in ("REQUESTS", "GROUPS", "CHECKS", "ERRORS"):
        assert title not in rendered
    for title in ("THRESHOLDS", "DATA", "USERS", "ITERATIONS", "GENERATOR"):
        assert title in rendered


def test_one_request_needs_no_line_for_all() -> None:
    assert "\n  all " not in text.render(measured({("request", "a"): good()}))
    assert "\n  all " in text.render(measured({("request", "a"): good(), ("request", "b"): good()}))


def test_long_names_are_cut_in_the_middle() -> None:
    rendered = text.render(synthetic.report(), width=100)
    assert "GET /api/v2/st…m}/availability" in rendered
    assert synthetic.LONG_NAME in text.render(synthetic.report(), width=160)


def test_in_a_narrow_terminal_the_least_telling_columns_go_first() -> None:
    head = next(line for line in text.render(synthetic.report(), width=60).splitlines() if line.startswith("REQUESTS"))
    assert head.split() == ["REQUESTS", "count", "failed", "p50", "p95", "p99"]


def test_of_very_many_requests_the_most_frequent_are_shown() -> None:
    report = measured({("request", f"request {number}"): good(number + 1) for number in range(80)})
    rendered = text.render(report)
    assert "request 79" in rendered
    assert "request 12 " not in rendered
    assert "and 30 more that were made less often" in rendered


def test_checks_that_were_missed_come_first_and_none_is_left_out() -> None:
    checks = {**{f"held {number}": (1, 0) for number in range(30)}, **{f"missed {n}": (1, 1) for n in range(25)}}
    rendered = text.render(measured({("request", "a"): replace(good(), checks=checks)}))
    assert all(f"✗ missed {number}" in rendered for number in range(25))
    assert "and 30 more checks that always held" in rendered


def test_of_very_many_own_metrics_and_missed_checks_the_rest_is_counted() -> None:
    own = {f"m{number:04}": OwnMetric("counter", 1, 5, 5, 5) for number in range(1000)}
    checks = {f"c{number:04}": (0, 1000 - number) for number in range(1000)}
    second = Snapshot((0, 0), series={("request", "a"): replace(good(), checks=checks)}, own=own)
    rendered = text.render(synthetic.report_of([second]))
    assert len(rendered) < 15_000
    assert "  m0049  " in rendered
    assert "  m0050  " not in rendered
    assert "  and 950 more; --json and --csv have them all\n" in rendered
    assert "c0049" in rendered
    assert "c0050" not in rendered
    assert "  and 950 more that were missed less often; --json and --csv have them all\n" in rendered


def test_errors_are_grouped_over_requests_with_one_sample() -> None:
    failing = Series(count=3, failed=3, errors={("timeout", "too late"): 3})
    report = measured({("request", f"request {number}"): failing for number in range(5)})
    rendered = text.render(report)
    assert rendered.count("too late") == 1
    assert "  15 × timeout: too late" in rendered
    assert "      in request 0 (3), request 1 (3), request 2 (3) and 2 more names" in rendered


def test_of_very_many_errors_the_rest_is_counted() -> None:
    errors = {("status", f"HTTP status {number}"): 2 for number in range(400, 415)}
    rendered = text.render(measured({("request", "a"): Series(count=30, failed=30, errors=errors)}))
    assert "and 5 more kinds of errors, 10 times in all" in rendered


def test_the_trust_sentence_is_always_there() -> None:
    assert "Nothing speaks against the numbers" in text.render(measured({("request", "a"): good()}))
    assert "! 3 iterations were interrupted" in text.render(measured({("request", "a"): good()}, interrupted=3))
