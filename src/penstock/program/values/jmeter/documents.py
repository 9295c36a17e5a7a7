"""JSON values as the libraries of JMeter write them."""

from __future__ import annotations

import json
from typing import Any

from penstock.program.values.jmeter.numbers import format_double

_WIDE = 1 << 32


def as_text(value: Any) -> str:
    """Return a value that a JSONPath has found: texts as they are, objects and arrays as JSON; null gives `null`."""
    if isinstance(value, dict):
        return _object({key: value[key] for key in _as_hashed(list(value))})
    if isinstance(value, list):
        return _array(value)
    return value if isinstance(value, str) else _scalar(value)


def _object(value: dict[str, Any]) -> str:
    return "{" + ",".join(f"{_quoted(key)}:{_json(inner)}" for key, inner in value.items()) + "}"


def _array(value: list[Any]) -> str:
    return "[" + ",".join(map(_json, value)) + "]"


def _json(value: Any) -> str:
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        return _array(value)
    return _quoted(value) if isinstance(value, str) else _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_double(value) if isinstance(value, float) else str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("/", "\\/")


def _as_hashed(keys: list[str]) -> list[str]:
    """Return keys in the order of a Java HashMap: JMeter copies an object that it has found into one."""
    size = 1
    while size < len(keys) / 0.75 + 1:
        size *= 2
    return sorted(keys, key=lambda key: _spread(key) & (size - 1))


def _spread(text: str) -> int:
    number = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for index in range(0, len(units), 2):
        number = (31 * number + (units[index] << 8) + units[index + 1]) % _WIDE
    return number ^ (number >> 16)


def as_jackson(value: Any) -> str:
    """Return a value that a JMESPath has found: texts as they are, all else as compact JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_compact(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return _scalar(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else as_jackson(value)
