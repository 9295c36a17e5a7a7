from __future__ import annotations

import csv as plain_csv
import io
import re
from pathlib import Path

import pytest

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Series
from penstock.metrics.own import MICRO, OwnMetric
from penstock.metrics.snapshot import Snapshot
from penstock.reporting import csv, tables
from tests.unit.reporting import synthetic
from tests.unit.reporting.golden import same_as_golden


def table(content: bytes) -> list[dict[str, str]]:
    return list(plain_csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def named(name: str) -> str:
    """Return how the name of a request is written."""
    snapshot = Snapshot((0, 0), {"0/1": Agent()}, series={("request", name): Series(count=1)})
    return table(csv.render(synthetic.report_of([snapshot]))["requests.csv"])[1]["name"]


def test_there_are_three_tables() -> None:
    assert set(csv.render(synthetic.report())) == {"requests.csv", "timeline.csv", "errors.csv"}


def test_every_column_is_documented_in_the_code_and_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide" / "results.md").read_text(encoding="utf-8")
    for column in (
        *tables.REQUEST_COLUMNS,
        *tables.TIMELINE_COLUMNS,
        *tables.ERROR_COLUMNS,
        *tables.METRIC_COLUMNS,
    ):
        latency = next((name for name in tables._LATENCIES if column.startswith(f"{name}_")), "")
        figure = column.removeprefix(f"{latency}_")
        assert re.search(rf"`{figure}`", guide), column
        assert not latency or f"`{latency}_…`" in guide
        assert re.search(rf"\b_?{figure}\b", tables.__doc__ or ""), column


def test_the_first_line_is_of_all_requests() -> None:
    first, *others = table(csv.render(synthetic.report())["requests.csv"])
    assert (first["kind"], first["name"], first["count"]) == ("total", "", "5618")
    assert [row["kind"] for row in others] == ["request"] * 5 + ["group", "iteration"]
    assert sum(int(row["count"]) for row in others if row["kind"] == "request") == 5618


def test_latencies_are_milliseconds_and_empty_where_there_are_none() -> None:
    rows = {row["name"]: row for row in table(csv.render(synthetic.report())["requests.csv"])}
    assert 5_000 < float(rows["POST /orders"]["response_max_ms"]) < 5_010
    assert float(rows["POST /orders"]["successful_response_max_ms"]) < 5_000
    assert rows["shopper"]["response_p95_ms"] == ""


def test_the_timeline_has_a_line_a_point() -> None:
    report = synthetic.report()
    rows = table(csv.render(report)["timeline.csv"])
    assert [int(row["second"]) for row in rows] == list(range(60))
    assert sum(int(row["requests"]) for row in rows) == report.summary.total.count
    assert float(rows[-1]["users"]) == 24


def test_metrics_of_the_tests_own_have_a_table_and_counters_from_elsewhere_another() -> None:
    trend = OwnMetric("trend", 2, 6 * MICRO, 2 * MICRO, 4 * MICRO, histogram=Histogram.of([2 * MICRO, 4 * MICRO]))
    gauge = OwnMetric("gauge", 1, MICRO // 2, MICRO // 2, MICRO // 2, MICRO // 2)
    own = {"queue": gauge, "size": trend}
    rows = {
        row["name"]: row
        for row in table(csv.render(synthetic.report_of([Snapshot((0, 0), {"0/1": Agent()}, own=own)]))["metrics.csv"])
    }
    assert [rows["size"][name] for name in ("kind", "count", "total", "avg", "max")] == ["trend", "2", "6", "3", "4"]
    assert abs(float(rows["size"]["p99"]) - 4) < 0.02
    assert (rows["queue"]["last"], rows["queue"]["p95"]) == ("0.5", "")
    assert "metrics.csv" not in csv.render(synthetic.watched_report())


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("GET /a,b", "GET /a,b"),
        ('say "hi"', 'say "hi"'),
        ("two\nlines", "two\nlines"),
        ("bell\x07 colour\x1b[31m nul\x00", "bell\\x07 colour\\x1b[31m nul\\x00"),
    ],
)
def test_texts_are_data_and_never_formulas(name: str, written: str) -> None:
    assert named(name) == written


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (7, "7"), (12_345_678, "12345678"), (0.5, "0.5"), (1 / 3, "0.333333"), (2e9 / 3, "666666667")],
)
def test_numbers_are_written_for_machines(value: tables.Cell, text: str) -> None:
    assert csv._cell(value) == text


@pytest.mark.parametrize("name", ["requests.csv", "timeline.csv", "errors.csv"])
def test_the_made_up_run_is_written_as_ever(name: str) -> None:
    assert same_as_golden(name, csv.render(synthetic.report())[name])


def test_a_run_that_measured_nothing_has_tables_with_headers() -> None:
    tables = csv.render(synthetic.report_of([]))
    assert len(table(tables["requests.csv"])) == 1
    assert (table(tables["timeline.csv"]), table(tables["errors.csv"])) == ([], [])
