"""JSON as `JSON.parse` reads and `JSON.stringify` writes it."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from penstock.program.values.javascript.numbers import format_number
from penstock.program.values.javascript.texts import repair

_BIG = 2**53
_INDEX = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
_DEEPEST = 500
_PLAIN_DEPTH = 100
_SIMPLE = frozenset({str, bool, type(None)})
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_DECODER = json.JSONDecoder(parse_constant=lambda name: _refuse(name))


def parse_json(text: str) -> Any:
    """Return the value; raises `ValueError` with what the parser says."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # What orjson refuses and JavaScript reads: lone halves of pairs, numbers beyond a double.
        if "surrogate" not in str(error) and "number" not in str(error):
            raise
    try:
        return _repair(_DECODER.decode(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def stringify(value: Any) -> str:
    """Return the compact text of a value."""
    if _is_plain(value, 0):
        return orjson.dumps(value).decode()
    return "".join(_write(value, 0))


def as_text(value: Any) -> str | None:
    """Return how a JSON value reads as the value of a variable; None for null."""
    if type(value) is str:
        return value
    if value is None:
        return None
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int | float):
        return format_number(value)
    return stringify(value)


def equal(left: Any, right: Any) -> bool:
    """Deep equality of JSON values: `1` is `1.0`, but neither is `true` or `"1"`."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)


def _refuse(name: str) -> Any:
    raise ValueError(f"unexpected {name}")


def _repair(value: Any) -> Any:
    if isinstance(value, str):
        return repair(value)
    if isinstance(value, list):
        return [_repair(inner) for inner in value]
    if isinstance(value, dict):
        return {repair(key): _repair(inner) for key, inner in value.items()}
    return value


def _is_plain(value: Any, depth: int) -> bool:
    """Whether orjson writes the value as JavaScript would: no fractions, no large numbers, no numeric keys."""
    kind = type(value)
    if kind in _SIMPLE:
        return True
    if kind is int:
        return bool(-_BIG < value < _BIG)
    if depth >= _PLAIN_DEPTH:
        return False
    if kind is dict:
        for key, inner in value.items():
            if key[:1].isdigit() or (type(inner) is not str and not _is_plain(inner, depth + 1)):
                return False
        return True
    if kind is list:
        return all(_is_plain(inner, depth + 1) for inner in value)
    return False


def _write(value: Any, depth: int) -> list[str]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return [_quote(value)]
    if isinstance(value, dict):
        out = ["{"]
        for key in _order(value):
            out += ["," if len(out) > 1 else "", _quote(key), ":", *_write(value[key], depth + 1)]
        return [*out, "}"]
    if isinstance(value, list):
        out = ["["]
        for index, inner in enumerate(value):
            out += ["," if index else "", *_write(inner, depth + 1)]
        return [*out, "]"]
    text = as_text(value) or "null"
    return ["null" if text in _NOT_FINITE else text]


def _quote(text: str) -> str:
    return orjson.dumps(text).decode()


def _order(value: dict[str, Any]) -> list[str]:
    """Return the keys as a JavaScript object holds them: array indexes first, by value."""
    indexes = [key for key in value if _INDEX.fullmatch(key) and int(key) < 2**32 - 1]
    if not indexes:
        return list(value)
    taken = set(indexes)
    return sorted(indexes, key=int) + [key for key in value if key not in taken]
