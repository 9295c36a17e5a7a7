"""Whether one JSON value is a part of another."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from penstock.program.values.javascript.json_text import equal, parse_json

_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')
ANYTHING = "*"


@lru_cache(maxsize=256)
def read_expected(text: str) -> Any:
    """Return the value of a text in which commas may trail. Raises `ValueError`."""
    try:
        return parse_json(text)
    except ValueError:
        return parse_json(_TRAILING_COMMA.sub(lambda match: match[1] or "", text))


def contains_json(actual: Any, expected: Any) -> bool:
    """Whether every member of `expected` is in `actual`: objects by key, arrays place by place.

    `"*"` stands for any value but null.
    """
    if expected == ANYTHING:
        return actual is not None
    if isinstance(expected, dict | list):
        if not isinstance(actual, dict | list):
            return False
        members = expected.items() if isinstance(expected, dict) else enumerate(expected)
        return all(_has(actual, str(key), value) for key, value in members)
    return equal(actual, expected)


def _has(actual: dict[str, Any] | list[Any], key: str, value: Any) -> bool:
    if isinstance(actual, dict):
        return key in actual and contains_json(actual[key], value)
    return key.isdecimal() and int(key) < len(actual) and contains_json(actual[int(key)], value)
