"""YAML with places, and what small files may not blow up to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers.base import Findings
from penstock.importers.document import Node
from penstock.importers.yamlfile import read_yaml

TEXT = """\
# a comment
a:
  - 1
  - "x"
  - b: {c: d}
e: |
  two
  lines
f: *missing
"""


def read(text: str | bytes, findings: Findings | None = None) -> Node:
    return read_yaml(text.encode() if isinstance(text, str) else text, "f.yaml", findings or Findings())


def refusal(text: str | bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    return str(refused.value)


def test_every_value_knows_its_place() -> None:
    places: list[tuple[str, int | None]] = []

    def visit(node: Node) -> None:
        places.append((node.origin.path, node.origin.line))
        value = node.value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            visit(inner)

    visit(read(TEXT.replace("f: *missing\n", "")))
    assert places == [
        ("", 2), ("a", 2), ("a[0]", 3), ("a[1]", 4), ("a[2]", 5), ("a[2].b", 5), ("a[2].b.c", 5), ("e", 6)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-0.5e3", -500.0),
        ("0x1F", 31),
        ("0o17", 15),
        ("010", 10),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2020-01-01", "2020-01-01"),
        (".5", 0.5),
        ("1.", 1.0),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("${__eq('a','b')}", "${__eq('a','b')}"),
        ("9" * 400, "9" * 400),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: Any) -> None:
    node = read(f"key: {written}\n")
    assert isinstance(node.value, dict)
    assert node.value["key"].value == value
    assert type(node.value["key"].value) is type(value)


def test_an_alias_repeats_what_it_names_at_its_own_place() -> None:
    node = read("base: &b {url: /x, more: [1]}\nuses:\n  - *b\n")
    assert node.plain() == {"base": {"url": "/x", "more": [1]}, "uses": [{"url": "/x", "more": [1]}]}
    assert isinstance(node.value, dict)
    again = node.value["uses"].value
    assert isinstance(again, list)
    inner = again[0].value
    assert isinstance(inner, dict)
    assert (inner["url"].origin.path, inner["url"].origin.line) == ("uses[0].url", 3)


def bomb(levels: int) -> str:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT, "f.yaml:9: there is no anchor &missing before this alias"),
        ("a: &a [1, *a]\n", "f.yaml:1: the alias *a stands inside of what it names"),
        (bomb(9), "aliases repeat more than 200,000 values"),
        ("[" * 200 + "]" * 200, "nested too deeply"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document begins here"),
        ("{[1, 2]: x}\n", "f.yaml:1: the key of a mapping must be a text"),
        ("a: !!python/object:os.system x\n", "the tag !!python/object:os.system is not understood"),
        ("a: !secret x\n", "the tag !secret is not understood"),
        ("a: [1,\nb: 2\n", "not valid YAML"),
        ("a:\n\t- 1\n", "f.yaml:2: column 1: not valid YAML"),
        ("a: 'open\n", "not valid YAML"),
        (b"a: \xff\n", "the file is not UTF-8"),
        (b"a: \x01\n", "not valid YAML"),
    ],
)
def test_what_is_wrong_or_too_much_is_named_with_its_line(text: str | bytes, said: str) -> None:
    assert said in refusal(text)


def test_a_key_that_is_given_twice_is_found_and_the_last_one_counts() -> None:
    findings = Findings()
    assert read("a: 1\nb: 2\na: 3\n", findings).plain() == {"a": 3, "b": 2}
    (finding,) = findings.all()
    assert (finding.code, finding.origin.line, finding.origin.path) == ("duplicate-key", 3, "a")


def test_an_empty_file_is_null() -> None:
    assert read("").value is None
    assert read("# only a comment\n").value is None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", categories=["L", "N"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_json_is_yaml(value: Any) -> None:
    assert read(json.dumps(value, ensure_ascii=False)).plain() == value


@given(st.text(st.sampled_from(list("abc:-[]{}&*!|>'\"#%@ \n\t0.~")), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    refused = ""
    try:
        read(text)
    except (InvalidInput, UnreadableFile) as error:
        refused = str(error)
    assert not refused or refused.startswith("f.yaml")
