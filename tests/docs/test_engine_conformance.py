"""The table of what is proven of the engine names tests and places of the guide that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
TABLE = (GUIDE / "engine-conformance.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))
PLACES = sorted(set(re.findall(r"\]\(([\w./-]+)(?:#([\w-]+))?\)", TABLE)))


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / path).read_text()


@pytest.mark.parametrize(("file", "place"), PLACES)
def test_a_place_of_the_guide_exists(file: str, place: str) -> None:
    text = (GUIDE / file).read_text()
    assert not place or place in {anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def test_every_row_names_a_test_and_a_place() -> None:
    rows = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith("| what")]
    assert len(rows) > 40
    assert [row for row in rows if "::" not in row or "](" not in row] == []
