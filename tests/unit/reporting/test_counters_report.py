"""Counters in every report: the names of Visual Studio, what was violated, errors by type."""

from __future__ import annotations

import csv as plain_csv
import io

import pytest

from penstock.model import CounterName
from penstock.reporting import counters, csv, text
from penstock.reporting.html import render as render_html
from tests.unit.reporting import synthetic
from tests.unit.reporting.test_json_report import STRICT, rendered


def test_the_json_has_them_as_the_schema_says() -> None:
    content = rendered(synthetic.counted_report())
    STRICT.validate(content)
    found = content["counters"]
    assert found["sample_s"] == 10
    assert len(found["samples"]) == 6
    total = {(one["category"], one["counter"], one["instance"]): one["value"] for one in found["totals"]}
    assert total["LoadTest:Request", "Total Requests", "_Total"] == content["totals"]["requests"]["count"]
    assert found["warnings"] + found["criticals"] >= len(found["violations"]) > 0


def test_a_run_without_counters_has_none() -> None:
    assert rendered(synthetic.report())["counters"] is None
    assert "COUNTERS" not in text.render(synthetic.report())
    assert set(csv.render(synthetic.report())) == {"requests.csv", "timeline.csv", "errors.csv"}


def test_the_text_shows_the_first_page_and_the_violations() -> None:
    told = text.render(synthetic.counted_report(), 100)
    assert "COUNTERS" in told
    assert "LoadTest:Test" in told
    assert "Avg. Page Time" in told
    assert "violations in all" in told
    assert max(map(len, told.splitlines())) <= 100


def test_the_csv_holds_every_counter_of_the_run_and_of_each_sample() -> None:
    files = csv.render(synthetic.counted_report())
    rows = list(plain_csv.DictReader(io.StringIO(files["counters.csv"].decode())))
    seconds = [row["second"] for row in rows]
    assert {"", "0", "10", "50"} <= set(seconds)
    whole = {(row["category"], row["counter"]): float(row["value"]) for row in rows if row["second"] == ""
             and row["instance"] == "_Total"}  # fmt: skip
    parts = [float(row["value"]) for row in rows if row["second"] and row["counter"] == "Total Requests"]
    assert sum(parts) == pytest.approx(whole["LoadTest:Request", "Total Requests"])
    violations = list(plain_csv.DictReader(io.StringIO(files["violations.csv"].decode())))
    assert {row["level"] for row in violations} <= {"warning", "critical"}
    assert all("LoadTest:" in row["text"] for row in violations)


def test_the_page_has_a_section_of_them() -> None:
    page = render_html(synthetic.counted_report()).decode()
    assert '<h2 id="counters">Counters</h2>' in page
    assert "Errors by type" in page
    assert "503 - ServiceUnavailable" in page
    assert '<h2 id="counters">' not in render_html(synthetic.report()).decode()


@pytest.mark.parametrize(
    ("counter", "value", "shown"),
    [
        ("Total Pages", 1200.0, "1,200"),
        ("Avg. Page Time", 0.25, "250 ms"),
        ("Requests/Sec", 12.5, "12.5/s"),
        ("% Pages Meeting Goal", 99.0, "99.0%"),
        ("User Load", 24.9, "24.9"),
    ],
)
def test_values_have_the_units_of_their_counters(counter: str, value: float, shown: str) -> None:
    assert counters.value_text(counter, value) == shown


def test_a_violation_is_a_sentence() -> None:
    report = synthetic.counted_report().counters
    assert report is not None
    sentences = [sentence for _, sentence in counters.violated(report, 100)]
    assert any(" was " in one and ", over " in one for one in sentences)
    assert any("5 × Pages/Sec" in one and ", under " in one for one in sentences)


def test_what_people_see_is_every_counter_of_the_load_test() -> None:
    """All instances together in one list, each instance in the table of its category. The agent's processor is no
    counter of the load test; it stands with the generator's own numbers."""
    found = synthetic.counted_report().counters
    assert found is not None
    read = {name: value for name, value in found.totals.items() if name.category.startswith("LoadTest:")}
    lines = {CounterName(line.category, line.counter, line.instance): line.value for line in counters.totals(found)}
    assert lines == {name: value for name, value in read.items() if name.instance == "_Total"}
    cells = {
        CounterName(table.category, counter, instance): cell
        for table in counters.instances(found)
        for instance, row in table.rows
        for counter, cell in zip(table.counters, row, strict=True)
        if cell
    }
    of_instances = {name: value for name, value in read.items() if name.instance != "_Total"}
    assert of_instances
    assert cells == {name: counters.value_text(name.counter, value) for name, value in of_instances.items()}
