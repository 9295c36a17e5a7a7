"""One runner for all formats: cases/<format>/<case>/ holds an input and what it becomes.

    input.json               the file
    options.json             what the caller adds, if anything: {"parameters": {…}, "pools": [["ID" or null, "FILE"]],
                             "plugins": ["CLASS"], "ignore_plugins": true}
    expected.findings.txt    a line a finding
    expected.scenario.json   the scenario, where it is worth looking at
    expected.suite.json      the suite, likewise

`PENSTOCK_GOLDEN=write` writes the expected files anew (a scenario only where there is one); look at the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import orjson
import pytest

from penstock.errors import InvalidInput
from penstock.importers import registry
from penstock.importers.base import Files, Imported, Overrides, Pool
from penstock.model import codec

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/*/input.*"))
UPDATE = os.environ.get("PENSTOCK_GOLDEN") == "write"


def options(case: Path) -> Overrides:
    path = case / "options.json"
    given = json.loads(path.read_text()) if path.exists() else {}
    pools = tuple(Pool(identity, name, (case / name).read_bytes()) for identity, name in given.get("pools", []))
    return Overrides(
        tuple(given.get("parameters", {}).items()),
        pools,
        given.get("timeout_s"),
        plugins=frozenset(given.get("plugins", [])),
        ignore_plugins=given.get("ignore_plugins", False),
        run_settings=given.get("run_settings"),
        skip_unsupported=given.get("skip_unsupported", False),
    )


def compiled(case: Path) -> tuple[Imported | None, str]:
    """Return what was imported, and the findings (or the refusal) as text."""
    files, entry = Files.from_path(next(case.glob("input.*")))
    try:
        result = registry.compile(files, entry, options(case))
    except InvalidInput as error:
        return None, f"{type(error).__name__}: {error}\n"
    return result, "".join(f"{each.severity} {each.effect} {each.code} {each}\n" for each in result.findings)


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.parent.name}/{case.name}") for case in CASES])
def test_a_file_becomes_what_is_expected(case: Path) -> None:
    result, findings = compiled(case)
    expected_scenario, expected_suite = case / "expected.scenario.json", case / "expected.suite.json"
    if UPDATE:
        (case / "expected.findings.txt").write_text(findings)
    assert findings == (case / "expected.findings.txt").read_text()
    if result is not None and result.suite is not None:
        suite = codec.encode_suite(result.suite)
        assert codec.decode_suite(suite) == result.suite
        if expected_suite.exists():
            if UPDATE:
                expected_suite.write_bytes(orjson.dumps(orjson.loads(suite), option=orjson.OPT_INDENT_2) + b"\n")
            assert orjson.loads(suite) == orjson.loads(expected_suite.read_bytes())
    if result is None or result.scenario is None:
        assert not expected_scenario.exists()
        return
    encoded = codec.encode(result.scenario)
    assert codec.decode(encoded) == result.scenario
    if expected_scenario.exists():
        if UPDATE:
            expected_scenario.write_bytes(orjson.dumps(orjson.loads(encoded), option=orjson.OPT_INDENT_2) + b"\n")
        assert orjson.loads(encoded) == orjson.loads(expected_scenario.read_bytes())


def test_there_are_cases() -> None:
    assert len(CASES) > 10
