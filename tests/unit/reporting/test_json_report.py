from __future__ import annotations

import copy
import json as plain_json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from penstock.metrics.snapshot import Snapshot
from penstock.reporting import json
from penstock.runs.report import Report
from tests.unit.reporting import synthetic
from tests.unit.reporting.golden import same_as_golden

SCHEMA = plain_json.loads((Path(__file__).parents[3] / "schema" / "summary.v1.json").read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:
    """Return the schema with every object closed, so that no key goes undocumented."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        if "properties" in inner and isinstance(inner["properties"], dict) and "type" in inner:
            inner.setdefault("additionalProperties", False)
        return inner
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


STRICT = jsonschema.Draft202012Validator(closed(SCHEMA), format_checker=jsonschema.FormatChecker())


def rendered(report: Report) -> Any:
    return plain_json.loads(json.render(report))


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("what", "report"),
    [
        ("a run with something of everything", synthetic.report()),
        ("a run that measured nothing", synthetic.report_of([])),
        ("a run whose agents never said anything", synthetic.report_of([Snapshot.empty], ("p95 < 1s",))),
        ("one second", synthetic.report_of(synthetic.snapshots()[:1])),
        ("only iterations limit it", synthetic.report_of(synthetic.snapshots()[:1], max_failures=1.0)),
    ],
)
def test_what_is_written_is_what_the_schema_says_and_nothing_else(what: str, report: Report) -> None:
    STRICT.validate(rendered(report))


def test_the_schema_refuses_another_shape() -> None:
    content = rendered(synthetic.report())
    for change in (
        {"version": 2},
        {"seconds": -1},
        {"requests": [{}]},
        {"verdict": {"passed": "yes"}},
        {"errors": None},
    ):
        assert not STRICT.is_valid({**copy.deepcopy(content), **change}), change


def test_the_numbers_are_those_of_the_summary() -> None:
    report = synthetic.report()
    content = rendered(report)
    assert content["totals"]["requests"]["count"] == report.summary.total.count
    assert content["totals"]["requests"]["all"]["response"]["p95_s"] == report.summary.total.response.p95_s
    orders = next(row for row in content["requests"] if row["name"] == "POST /orders")
    assert orders["all"]["count"] == orders["successful"]["count"] + orders["failed"]
    assert orders["all"]["response"]["max_s"] > 5 > orders["successful"]["response"]["max_s"]
    assert sum(error["count"] for error in content["errors"] if error["series_kind"] == "request") == 64
    assert content["verdict"]["passed"] is False
    assert content["generator"]["distrust"] == list(report.summary.distrust)


def test_texts_that_are_no_unicode_are_written_readably() -> None:
    report = synthetic.report_of([])
    report = replace(report, run=replace(report.run, file="caf\udce9.json", arguments=("caf\udce9.json",)))
    assert rendered(report)["run"]["file"] == "caf?.json"


def test_the_made_up_run_is_written_as_ever() -> None:
    assert same_as_golden("summary.json", json.render(synthetic.report()))
