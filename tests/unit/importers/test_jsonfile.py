"""JSON with places."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import InvalidInput
from penstock.importers.base import Findings
from penstock.importers.document import Node
from penstock.importers.jsonfile import read_json

TEXT = """{
  "a": [1, -2.5e3,
        {"b\\n": "x\\"y"}],
  "c": {"d": null}, "e": true
}"""


def read(text: str | bytes) -> Node:
    return read_json(text.encode() if isinstance(text, str) else text, "f.json", Findings())


def test_every_value_knows_its_place() -> None:
    places: list[tuple[str, int | None]] = []

    def visit(node: Node) -> None:
        places.append((node.origin.path, node.origin.line))
        value = node.value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            visit(inner)

    visit(read(TEXT))
    assert places == [
        ("", 1), ("a", 2), ("a[0]", 2), ("a[1]", 2), ("a[2]", 3), ("a[2].b\n", 3), ("c", 4), ("c.d", 4), ("e", 4)
    ]  # fmt: skip


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    ),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_what_is_read_is_what_was_written(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if value != value or "\\ud8" in text or "\\udb" in text:
        return
    assert read(text).plain() == value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1,}', "f.json:1: column 9"),
        ('{"a": 1', "f.json:1: column 8"),
        ('{\n "a": tru\n}', "f.json:2: column 7"),
        ("{'a': 1}", "f.json:1: column 2"),
        ('{"a": "tab\tin it"}', "f.json:1: column 11"),
        ('{"a": NaN}', "f.json: not valid JSON: NaN"),
        ("", "f.json:1: column 1"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
        ("[" * 200 + "]" * 200, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(InvalidInput, match=place.replace(".", r"\.")):
        read(text)


def test_a_key_that_is_given_twice_is_a_finding_and_the_last_one_counts() -> None:
    findings = Findings()
    node = read_json(b'{"a": 1,\n "b": {"a": 2, "a": 3},\n "a": 4}', "f.json", findings)
    assert node.plain() == {"a": 4, "b": {"a": 3}}
    assert [str(finding.origin) for finding in findings.all()] == ["f.json:2: b.a", "f.json:3: a"]


def test_half_a_character_is_replaced() -> None:
    findings = Findings()
    assert read_json(b'["\\ud83d", "\\ud83d\\ude00"]', "f.json", findings).plain() == ["\ufffd", "😀"]
    assert [finding.code for finding in findings.all()] == ["half-character"]
