"""Counters of the server under test in every report, on the time axis of the load."""

from __future__ import annotations

import csv as plain_csv
import io
import json as plain_json
import re
from pathlib import Path

import pytest

from penstock.metrics.snapshot import Snapshot
from penstock.reporting import archive, csv, text
from penstock.reporting.html import render as render_html
from tests.unit.reporting import synthetic
from tests.unit.reporting.test_json_report import STRICT, rendered


def test_the_json_has_them_as_the_schema_says() -> None:
    content = rendered(synthetic.watched_report())
    STRICT.validate(content)
    (shop,) = content["applications"]
    assert (shop["name"], shop["kind"], shop["every_s"]) == ("shop", "prometheus", 5.0)
    memory, first, second = shop["counters"]
    assert (memory["name"], memory["unit"]) == ("memory", "B")
    assert memory["count"] == len(memory["points"]) == 12
    assert memory["avg"] == pytest.approx(900_000_000_027.5)
    assert (first["instance"], second["instance"]) == ("<b>", "a")
    assert [point["second"] for point in second["points"]] == list(range(0, 60, 5))
    assert [point["avg"] for point in second["points"]] == list(range(0, 60, 5))


def test_a_sum_beyond_64_bits_survives_its_writing() -> None:
    total = synthetic.watched_report().summary.snapshot
    assert total.own["counter:shop/memory"].sum_micro > 2**63
    assert Snapshot.decode(total.encode()) == total


def test_the_csv_has_a_row_a_counter_and_point() -> None:
    files = csv.render(synthetic.watched_report())
    rows = list(plain_csv.DictReader(io.StringIO(files["application_counters.csv"].decode())))
    assert len(rows) == 3 * 12
    assert rows[-1] == {
        "second": "55",
        "seconds": "1",
        "application": "shop",
        "counter": "queue",
        "instance": "a",
        "unit": "</script>",
        "samples": "1",
        "avg": "55",
        "min": "55",
        "max": "55",
    }


def test_the_text_has_a_line_a_counter_and_does_not_call_them_the_tests_own() -> None:
    told = text.render(synthetic.watched_report(), 100)
    (line,) = [one for one in told.splitlines() if one.strip().startswith("shop/queue/a")]
    assert "avg 27.5 </script>, from 0 to 55, last 55  (12 samples)" in line
    assert "APPLICATION COUNTERS" in told
    assert "counter:shop" not in told
    assert "APPLICATION COUNTERS" not in text.render(synthetic.report())


def test_the_page_draws_each_counter_over_the_time_of_the_load() -> None:
    page = render_html(synthetic.watched_report()).decode()
    assert '<h2 id="applications">Application counters</h2>' in page
    found = re.search(r'<script type="application/json" id="penstock-charts">(.*?)</script>', page, re.DOTALL)
    assert found
    charts = plain_json.loads(found[1])
    queue, rate = charts["counter1"], charts["rate"]
    assert queue["t"] == rate["t"]
    assert queue["end"] == rate["end"]
    assert [line["t"] for line in queue["lines"]] == [list(range(0, 60, 5))] * 2
    assert 'data-chart="counter1"' in page


def test_they_are_in_the_reports_of_an_archive(tmp_path: Path) -> None:
    report = synthetic.watched_report()
    path = tmp_path / "kept.zip"
    with path.open("wb") as file:
        archive.write(file, report, synthetic.watched_snapshots())
    again = archive.read(path)
    assert rendered(again)["applications"] == rendered(report)["applications"]
