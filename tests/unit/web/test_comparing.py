"""What is called better or worse between two runs."""

from __future__ import annotations

import pytest

from penstock.metrics.histogram import Histogram
from penstock.metrics.latency import Latency
from penstock.metrics.rows import Row
from penstock.web import comparing

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
    p95 = comparing.line_of("a", before, after).cells[4]
    assert (p95.change, p95.tone) == (change, tone)


@pytest.mark.parametrize(
    ("before", "after", "change", "tone"),
    [(0, 5, "+5 points", "worse"), (5, 2, "−3 points", "better"), (1, 1, "", "")],
)
def test_failures_are_compared_in_points(before: int, after: int, change: str, tone: str) -> None:
    failed = comparing.line_of("a", row(100, before, 0.1), row(100, after, 0.1)).cells[1]
    assert (failed.change, failed.tone) == (change, tone)


def test_what_was_not_measured_is_no_number() -> None:
    assert {cell.before for cell in comparing.line_of("a", None, row(1, 0, 0.1)).cells} == {"–"}
