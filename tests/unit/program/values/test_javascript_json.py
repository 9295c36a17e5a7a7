"""JSON as JavaScript reads and writes it, and texts in UTF-16 units."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.program.values.javascript import texts
from penstock.program.values.javascript.json_text import as_text, parse_json, stringify


@pytest.mark.parametrize(
    ("source", "text", "why"),
    [
        ('{ "a" : [ 1 , 2 ] }', '{"a":[1,2]}', "compact"),
        ('{"n":1.50,"big":1e21,"small":1e-7,"whole":5.0}', '{"n":1.5,"big":1e+21,"small":1e-7,"whole":5}', "numbers"),
        ('{"b":1,"10":2,"9":3,"a":4}', '{"9":3,"10":2,"b":1,"a":4}', "indexes come first, by value"),
        ('{"01":1,"4294967295":2,"0":3}', '{"0":3,"01":1,"4294967295":2}', "but only what is an index"),
        ('["é 🚪 \\u2028"]', '["é 🚪 \u2028"]', "nothing beyond ASCII is escaped"),
        ('["\\u0001\\b\\f\\n\\"\\\\/\\u007f"]', '["\\u0001\\b\\f\\n\\"\\\\/\x7f"]', "what must be escaped is"),
        ("12345678901234567890", "12345678901234567000", "all numbers are doubles"),
        ("[1e400,-1e400]", "[null,null]", "an endless number cannot be written"),
        ("[true,false,null]", "[true,false,null]", "words"),
        ("[]", "[]", "nothing"),
        ('"x\\ud800y"', '"x\ufffdy"', "half a pair cannot be sent"),
    ],
)
def test_values_are_written_as_javascript_writes_them(source: str, text: str, why: str) -> None:
    assert stringify(parse_json(source)) == text, why


@pytest.mark.parametrize("source", ["", "{", "[1,]", "NaN", "{'a':1}", "01", "not json", '{"a":1} x'])
def test_what_is_no_json_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(source)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        ("", ""),
        (None, None),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1.5, "1.5"),
        ([1], "[1]"),
        ({}, "{}"),
    ],
)
def test_json_values_read_as_variables(value: Any, text: str | None) -> None:
    assert as_text(value) == text


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_reads_back(value: Any) -> None:
    def doubled(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, list):
            return [doubled(inner) for inner in value]
        return {key: doubled(inner) for key, inner in value.items()} if isinstance(value, dict) else value

    assert doubled(json.loads(stringify(value))) == doubled(value)


def test_lengths_and_cuts_count_utf16_units() -> None:
    assert texts.length("🚪é") == 3
    assert texts.cut("a🚪b", 1, 3) == "🚪"
    assert texts.cut("a🚪b", 0, 2) == "a\ufffd"
    assert texts.cut("abc", -2) == "bc"
    assert texts.units("a🚪") == ["a", "\ufffd", "\ufffd"]


@given(st.text(max_size=8), st.integers(-9, 9), st.integers(-9, 9) | st.none())
def test_a_cut_of_plain_text_is_a_slice(text: str, begin: int, end: int | None) -> None:
    plain = "".join(character for character in text if character <= "\ud7ff")
    assert texts.cut(plain, begin, end) == plain[begin:end]
