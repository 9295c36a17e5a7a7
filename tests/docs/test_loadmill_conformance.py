"""The table of what is proven names tests that there are, and every kind of vector."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "guide" / "loadmill-conformance.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))
CASES = sorted(set(re.findall(r"case `(\w+)`", TABLE)))
VECTORS = json.loads((ROOT / "tests/unit/program/values/loadmill_vectors.json").read_text())["vectors"]


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / path).read_text()


@pytest.mark.parametrize("name", CASES)
def test_a_case_that_is_named_exists(name: str) -> None:
    assert list((ROOT / "tests/imports/cases/loadmill" / name).glob("input.*"))


def test_every_case_is_named() -> None:
    folder = ROOT / "tests/imports/cases/loadmill"
    unnamed = {case.name for case in folder.iterdir()} - set(CASES)
    assert unnamed <= {"a_suite", "duplicate_keys", "minimal", "no_requests", "not_a_configuration", "not_json"}


def test_every_kind_of_vector_is_named() -> None:
    named = set(re.findall(r"vectors `(\w+)`", TABLE)) | {"parameters", "sequence", "pause"}
    assert {vector["kind"] for vector in VECTORS} <= named
