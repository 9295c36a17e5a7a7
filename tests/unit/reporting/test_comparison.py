"""What is called better or worse between two runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.metrics import comparison
from penstock.metrics.histogram import Histogram
from penstock.metrics.latency import Latency
from penstock.metrics.noise import Noise, NoiseOfRuns
from penstock.metrics.rows import Row
from penstock.metrics.summary import Summary
from penstock.reporting import comparison_text
from penstock.reporting.text_cells import width
from tests.unit.reporting import synthetic

NOTHING = Latency.of(Histogram())


def row(count: int, failed: int, p95_s: float) -> Row:
    taken = Latency(count, p95_s, p95_s, 0, p95_s, p95_s, p95_s, p95_s, p95_s, Histogram())
    return Row("request", "a", count, failed, count / 10, 1, 0, 0, (), (), (), taken, taken, taken, NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("before", "after", "change", "tone"),
    [
        pytest.param(row(100, 0, 0.1), row(100, 0, 0.112), "+12%", "worse", id="slower"),
        pytest.param(row(100, 0, 0.1), row(100, 0, 0.05), "−50%", "better", id="faster"),
        pytest.param(row(100, 0, 0.1), row(100, 0, 0.104), "+4%", "", id="as runs of the same test differ"),
        pytest.param(row(100, 0, 0.1), row(99, 0, 0.2), "+100%", "", id="too few requests"),
        pytest.param(row(100, 0, 0.1), row(100, 0, 0.1001), "0%", "", id="nothing has no sign"),
        pytest.param(None, row(100, 0, 0.1), "", "", id="new"),
        pytest.param(row(100, 0, 0.1), row(0, 0, 0.0), "", "", id="not measured"),
    ],
)
def test_latency_is_judged_where_there_is_enough_of_it(before: Row | None, after: Row, change: str, tone: str) -> None:
    p95 = comparison.line_of("a", before, after).cells[4]
    assert (p95.change, p95.tone) == (change, tone)


@pytest.mark.parametrize(
    ("before", "after", "change", "tone"),
    [(0, 5, "+5 points", "worse"), (5, 2, "−3 points", "better"), (1, 1, "", "")],
)
def test_failures_are_compared_in_points(before: int, after: int, change: str, tone: str) -> None:
    failed = comparison.line_of("a", row(100, before, 0.1), row(100, after, 0.1)).cells[1]
    assert (failed.change, failed.tone) == (change, tone)


def test_what_was_not_measured_is_no_number() -> None:
    assert {cell.before for cell in comparison.line_of("a", None, row(1, 0, 0.1)).cells} == {"–"}


def test_only_what_is_worse_by_more_than_is_allowed_and_made_often_enough_is_a_regression() -> None:
    report = synthetic.report()

    def with_rows(*rows: Row) -> Summary:
        return replace(report.summary, requests=rows, total=replace(rows[0], name="all"))

    before = with_rows(
        row(100, 0, 0.1), replace(row(99, 0, 0.1), name="seldom"), replace(row(100, 0, 0.1), name="gone")
    )
    after = with_rows(
        row(100, 11, 0.12), replace(row(99, 99, 9.0), name="seldom"), replace(row(100, 0, 9.0), name="new")
    )
    assert comparison.regressions(before, after, 0.1) == (
        "all requests: p95 100 ms → 120 ms (+20%)",
        "all requests: failed 0% → 11%",
        "a: p95 100 ms → 120 ms (+20%)",
        "a: failed 0% → 11%",
    )
    assert comparison.regressions(before, after, 0.2) == ()
    noise: NoiseOfRuns = {None: {"p95": "within", "failed": "beyond"}, "a": {"p95": "untold", "failed": "within"}}
    assert comparison.regressions(before, after, 0.1, noise) == ("all requests: failed 0% → 11%",)
    assert comparison.regressions(before, after, 0.1, noise, "untold") == ("a: p95 100 ms → 120 ms (+20%)",)


@pytest.mark.parametrize(
    ("noise", "tone", "words"),
    [
        pytest.param("beyond", "worse", "worse", id="a change"),
        pytest.param("within", "", "within the noise of these runs", id="noise"),
        pytest.param("untold", "worse", "worse, too little to tell from noise", id="nobody knows"),
    ],
)
def test_a_notable_change_is_told_with_the_noise_of_the_runs(noise: Noise, tone: str, words: str) -> None:
    line = comparison.line_of("a", row(100, 0, 0.1), row(100, 0, 0.112), {"p95": noise})
    assert (line.cells[4].tone, line.cells[4].words) == (tone, words)
    same = comparison.line_of("a", row(100, 0, 0.1), row(100, 0, 0.101), {"p95": noise})
    assert same.cells[4].words == ""


def test_what_speaks_against_comparing_is_said_first() -> None:
    before = synthetic.report()
    after = replace(
        before,
        scenario=replace(before.scenario, users=7, load="", base_url="http://other"),
        run=replace(before.run, end="stopped", workers=9),
        summary=replace(before.summary, distrust=("the core was busy",)),
    )
    told = comparison_text.doubts(replace(before, summary=replace(before.summary, distrust=())), after)
    assert [line.split(":")[0] for line in told] == [
        "! load",
        "! target",
        "! agents",
        "! the run after did not finish",
        "! the numbers after cannot be trusted",
    ]


@pytest.mark.parametrize("columns", [60, 100])
def test_no_line_is_longer_than_the_terminal_and_nothing_in_it_moves_the_cursor(columns: int) -> None:
    report = synthetic.report()
    rendered = comparison_text.render(report, report, {}, columns)
    assert max(map(width, rendered.splitlines())) <= columns
    assert all(line.isprintable() for line in rendered.splitlines())
