"""Scenarios in their own form are read back as they are, and are told from other JSON."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings

from penstock.errors import InvalidInput, UnknownFormat
from penstock.importers import native, registry
from penstock.importers.base import Files, Overrides, Pool
from penstock.model import Assign, Scenario, codec
from tests.laws.scenarios import scenarios


@settings(max_examples=50, deadline=None)
@given(scenarios)
def test_a_written_scenario_is_read_back(scenario: Scenario) -> None:
    content = orjson.dumps(orjson.loads(codec.encode(scenario)), option=orjson.OPT_INDENT_2)
    assert native.recognises(content)
    imported = registry.compile(Files.from_dict({"s.json": content}), "s.json")
    assert imported.scenario == scenario
    assert imported.findings == ()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'{"requests": [{"url": "http://h/"}]}', "a Loadmill configuration"),
        (b'{"version": 1, "dialect": "loadmill", "journeys": [', "cut off"),
        (b'{"a": {"version": 1, "dialect": "loadmill", "journeys": []}}', "only inside something else"),
        (b'["version", "dialect", "journeys"]', "a list"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_files_are_no_scenarios(content: bytes, what: str) -> None:
    assert not native.recognises(content), what


def test_a_damaged_scenario_is_refused_with_file_and_place() -> None:
    content = b'{"version": 1, "name": "x", "dialect": "loadmill", "journeys": [{"name": 1}], "populations": []}'
    with pytest.raises(InvalidInput, match=r"^s\.json: journeys\[0\]\.name: a text is needed, not 1$"):
        registry.compile(Files.from_dict({"s.json": content}), "s.json")


def test_a_newer_scenario_is_refused() -> None:
    content = b'{"version": 99, "name": "x", "dialect": "new", "journeys": [], "populations": []}'
    with pytest.raises(InvalidInput, match="newer Penstock"):
        registry.compile(Files.from_dict({"s.json": content}), "s.json")


def test_nothing_is_still_no_format() -> None:
    with pytest.raises(UnknownFormat, match="the file is empty"):
        registry.compile(Files.from_dict({"s.json": b""}), "s.json")


def shop() -> bytes:
    loadmill = b'{"parameters": [{"a": "1"}], "requests": [{"url": "http://h/${a}"}]}'
    scenario = registry.compile(Files.from_dict({"l.json": loadmill}), "l.json").scenario
    assert scenario is not None
    return codec.encode(scenario)


def test_parameters_of_the_caller_come_last() -> None:
    files = Files.from_dict({"s.json": shop()})
    scenario = registry.compile(files, "s.json", Overrides(parameters=(("a", "2"),), timeout_s=7.0)).scenario
    assert scenario is not None
    assigned = [
        (each.variable, each.choices[0].source)
        for step in scenario.journeys[0].steps
        if isinstance(step, Assign)
        for each in step.assignments
    ]
    assert assigned == [("a", "1"), ("a", "2")]
    assert scenario.defaults.timeout_s == 7.0


def test_data_of_the_caller_is_refused() -> None:
    pool = Pool(None, "p.csv", b"a\n1\n")
    imported = registry.compile(Files.from_dict({"s.json": shop()}), "s.json", Overrides(pools=(pool,)))
    assert [finding.severity for finding in imported.findings] == ["error"]
