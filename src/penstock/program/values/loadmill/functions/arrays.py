"""Functions on JSON arrays."""

from __future__ import annotations

import math
from typing import Any

from penstock.program.values.javascript.json_text import as_text, equal, stringify
from penstock.program.values.javascript.numbers import parse_number
from penstock.program.values.javascript.regexp import PatternTooSlow
from penstock.program.values.jsonpath import semantics
from penstock.program.values.loadmill.functions.registry import (
    ANY,
    NO_RESULT,
    UNEXPECTED,
    Function,
    FunctionFailed,
    Table,
    array,
    boolean,
    finite,
)
from penstock.program.values.loadmill.functions.texts import pattern

_LONGEST_SEQUENCE = 100
_NOT_NUMERIC = 'Elements must be numbers [1,2] or numerical strings ["1","2"] or combination of both [1,"2"]'


def array_matches(text: str, source: str) -> str:
    """Whether the JSON text of every element matches; false of none."""
    elements, compiled = array(text), pattern(source)
    try:
        return boolean(elements and all(compiled.matches(stringify(element)) for element in elements))
    except PatternTooSlow as error:
        raise FunctionFailed(str(error)) from None


def array_includes(text: str, wanted: str) -> str:
    """Whether every wanted element is among the others."""
    elements = array(text)
    return boolean(all(_is_among(one, elements) for one in array(wanted)))


def array_in_range(text: str, least: str, most: str) -> str:
    """Whether every element is a number from least to most; false of none, and where a limit is no number."""
    elements = array(text)
    low, high = parse_number(least), parse_number(most)
    return boolean(elements and all(low <= semantics.number(element) <= high for element in elements))


def array_sum(text: str) -> str:
    """Sum of the elements; NaN when one of them is no number."""
    total = sum((semantics.number(element) for element in array(text)), 0.0)
    return as_text(total) or "0"


def array_sort(text: str) -> str:
    """Elements in the order of their texts."""
    return stringify(sorted(array(text), key=lambda element: semantics.text(element).encode("utf-16-be", "replace")))


def array_sort_numbers(text: str) -> str:
    """Elements as numbers, in order."""
    numbers: list[float] = []
    for element in array(text):
        value = parse_number(element) if isinstance(element, str) and element.strip() else element
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise FunctionFailed(_NOT_NUMERIC)
        numbers.append(value)
    return stringify(sorted(numbers))


def array_is_unique(text: str) -> str:
    """Whether no two elements are equal."""
    elements = array(text)
    return boolean(not any(_is_among(element, elements[:index]) for index, element in enumerate(elements)))


def array_pluck(text: str, *keys: str) -> str:
    """Array of objects with only these keys; `old:new` renames."""
    if not text:
        return "[]"
    out: list[dict[str, Any]] = []
    for element in array(text):
        if element is None:
            raise FunctionFailed(UNEXPECTED)
        members = element if isinstance(element, dict) else {}
        pairs = (key.partition(":") for key in keys)
        out.append({new or old: members[old] for old, _, new in pairs if old in members})
    return stringify(out)


def sequence_array(text: str) -> str:
    """Array of the numbers from 0 to n."""
    last = parse_number(text)
    if math.isnan(last) or last < 0:
        return "[]"
    return stringify(list(range(int(min(last, _LONGEST_SEQUENCE)) + 1)))


def missing_element(text: str, full: str) -> str:
    """First element of the full array that the other lacks."""
    elements = array(text)
    for element in array(full):
        if not _is_among(element, elements):
            return as_text(element) or ""
    raise FunctionFailed(NO_RESULT)


def _is_among(one: object, elements: list[object]) -> bool:
    return any(equal(one, element) for element in elements)


ARRAYS: Table = {
    "__array_length": Function(lambda text: finite(len(array(text))), 1, 1),
    "__array_matches": Function(array_matches, 2, 2),
    "__array_includes": Function(array_includes, 2, 2),
    "__array_in_range": Function(array_in_range, 3, 3),
    "__array_sum": Function(array_sum, 1, 1),
    "__array_sort": Function(array_sort, 1, 1),
    "__array_sort_numbers": Function(array_sort_numbers, 1, 1),
    "__array_is_unique": Function(array_is_unique, 1, 1),
    "__array_pluck": Function(array_pluck, 2, ANY),
    "__sequence_array": Function(sequence_array, 1, 1),
    "__array_missing_element": Function(missing_element, 2, 2),
}
