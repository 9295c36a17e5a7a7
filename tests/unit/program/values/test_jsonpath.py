"""JSONPath in Goessner's dialect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.program.values.jsonpath import InvalidPath, compile_path
from penstock.program.values.jsonpath.query import MISSING

SHOP: Any = {
    "items": [
        {"id": 1, "name": "pen", "price": 2.5, "tags": ["blue"], "stock": {"n": 3}},
        {"id": 2, "name": "Ink", "price": 12, "tags": []},
        {"id": "3", "name": "pad", "price": None, "sold": True},
    ],
    "a b": {"c.d": "deep"},
    "0": "zero",
    "count": 3,
    "text": "abc",
}


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("$.count", [3]),
        ("count", [3]),
        ("items[0].id", [1]),
        ("$.items[1]['name']", ["Ink"]),
        ("$['a b'][\"c.d\"]", ["deep"]),
        ("$.a b", [{"c.d": "deep"}]),
        ("$.items[*].id", [1, 2, "3"]),
        ("$.items.*.name", ["pen", "Ink", "pad"]),
        ("$.items[0,2].name", ["pen", "pad"]),
        ("$.items[0]['id','name']", [1, "pen"]),
        ("$.items[-1:].name", ["pad"]),
        ("$.items[1:].id", [2, "3"]),
        ("$.items[:2].id", [1, 2]),
        ("$.items[0:3:2].id", [1, "3"]),
        ("$.items[(@.length-1)].id", ["3"]),
        ("$.items.length", [3]),
        ("$..id", [1, 2, "3"]),
        ("$..stock.n", [3]),
        ("$..[0]", ["zero", SHOP["items"][0], "blue"]),
        ("$.0", ["zero"]),
        ("$[0]", ["zero"]),
        ("$", [SHOP]),
        ("$.items[-1]", []),
        ("$.items[9]", []),
        ("$.text[0]", []),
        ("$.text.length", []),
        ("$.count.x", []),
        ("$.items.id", []),
        ("$.missing..x", []),
        ("$.['count']", [3]),
        ("$type", []),
        # filters
        ("$.items[?(@.id==2)].name", ["Ink"]),
        ("$.items[?(@.id=='3')].name", ["pad"]),
        ("$.items[?(@.id==3)].name", ["pad"]),
        ("$.items[?(@.id===3)].name", []),
        ("$.items[?(@.price>2 && @.price<10)].name", ["pen"]),
        ("$.items[?(@.price<10 || @.sold)].name", ["pen", "pad"]),
        ("$.items[?(!@.sold)].id", [1, 2]),
        ("$.items[?(@.sold)].id", ["3"]),
        ("$.items[?(@['name'] == \"pen\")].id", [1]),
        ("$.items[?(@.name.length == 3 && @.tags.length > 0)].id", [1]),
        ("$.items[?(@.stock.n >= 3)].id", [1]),
        ("$.items[?(@.name.match(/^p/))].id", [1, "3"]),
        ("$.items[?(/INK/i.test(@.name))].id", [2]),
        ("$.items[?(@.name.indexOf('a') > -1)].id", ["3"]),
        ("$.items[?(@.tags && @.tags.includes('blue'))].id", [1]),
        ("$.items[?(@.price == null)].id", ["3"]),
        ("$.items[?(@.price*2 == 5)].id", [1]),
        ("$.items[?(@.price % 5 - 2 == 0)].id", [2]),
        ("$.items[?(@.id < $.count)].id", [1, 2]),
        ("$.items[?((@.id + 1) / 2 == 1)].id", [1]),
        ("$.items[?(@.name.toLowerCase().startsWith('in'))].id", [2]),
        ("$.items[?(-@.id < -1)].id", [2, "3"]),
        ("$.items[?(0x2 == @.id)].id", [2]),
        ("$.items[?(@.tags[0] == 'blue')].id", [1]),
        ("$.items[?(true)].id", [1, 2, "3"]),
        ("$.items[?(@.price.no.such.thing)].id", []),
    ],
)
def test_a_path_finds(path: str, matches: list[Any]) -> None:
    compiled = compile_path(path)
    assert compiled.all(SHOP) == matches
    first = compiled.first(SHOP)
    assert first == matches[0] if matches else first is MISSING


@pytest.mark.parametrize(
    "path",
    [
        "",
        "  ",
        "$.",
        "$.[",
        "$[",
        "$.a[",
        "$..",
        "a..",
        "$.a[]",
        "$.a]",
        "$.a[?(@.b]",
        "$.a[?(@.b ==)]",
        "$.a[?(steal())]",
        "$.a[?(@.b.eval('x'))]",
        "$.a[?@.b]",
        "$.a[?(/(/.test(@))]",
        "$.a[?(@ @)]",
        "." * 500,
        "$[?(" + "(" * 99 + "1" + ")" * 99 + ")]",
    ],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        compile_path(path)


KEYS = st.sampled_from(["a", "b", "0", "1", "length", "7"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@given(DOCUMENTS, st.lists(KEYS, min_size=1, max_size=5))
def test_the_fast_getter_finds_what_the_walk_finds(document: Any, keys: list[str]) -> None:
    path = compile_path("$" + "".join(f"['{key}']" for key in keys))
    walked = path.all(document)
    assert path.first(document) == walked[0] if walked else path.first(document) is MISSING


@given(st.text(alphabet="$.[]()@?*'\"abc01 :,-=<>&|!/\\", max_size=12))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        path = compile_path(text)
    except InvalidPath:
        return
    path.all(SHOP)


def test_matches_are_replaced_in_a_copy() -> None:
    document = {"a": [{"p": 1}, {"p": 2}], "n": 1}
    assert compile_path("$..p").replace(document, 0) == {"a": [{"p": 0}, {"p": 0}], "n": 1}
    assert compile_path("$").replace(document, 5) == 5
    assert compile_path("$.a.length").replace(document, 5) == document
    assert document["a"] == [{"p": 1}, {"p": 2}]
