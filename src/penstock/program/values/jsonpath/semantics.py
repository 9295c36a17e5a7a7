"""How JavaScript compares and computes JSON values."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from penstock.program.values.javascript import texts
from penstock.program.values.javascript.json_text import as_text
from penstock.program.values.javascript.numbers import parse_number
from penstock.program.values.javascript.regexp import Pattern, compile_pattern


class _Undefined:
    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = _Undefined()
"""No value at all; null is None."""


def truth(value: Any) -> bool:
    """Return whether a condition holds."""
    if isinstance(value, list | dict):
        return True
    return value is not UNDEFINED and bool(value) and value == value  # NaN is not itself


def number(value: Any) -> float:
    """Return the value as a number, perhaps NaN."""
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, str):
        return parse_number(value)
    if value is None:
        return 0.0
    if isinstance(value, list) and len(value) < 2:
        return number(value[0]) if value else 0.0
    return math.nan


def member(owner: Any, key: Any) -> Any:
    """Return `owner[key]`."""
    name = text(key)
    if isinstance(owner, dict):
        return owner.get(name, UNDEFINED)
    if isinstance(owner, list | str):
        if name == "length":
            return len(owner) if isinstance(owner, list) else texts.length(owner)
        if name.isdecimal() and name.isascii() and int(name) < len(owner):
            return owner[int(name)]
    return UNDEFINED


def text(value: Any) -> str:
    """Return `String(value)`."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, list):
        return ",".join("" if inner is None else text(inner) for inner in value)
    if isinstance(value, dict):
        return "[object Object]"
    return as_text(value) or ("" if value == "" else "null")


def strictly_equal(left: Any, right: Any) -> bool:
    """Return `left === right`; objects and arrays are equal to nothing but themselves."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def loosely_equal(left: Any, right: Any) -> bool:
    """Return `left == right`."""
    nothing = (None, UNDEFINED)
    if left in nothing or right in nothing:
        return left in nothing and right in nothing
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        return left is right
    if isinstance(left, list | dict) and isinstance(right, str):
        return text(left) == right
    if isinstance(left, str) and isinstance(right, list | dict):
        return left == text(right)
    return number(left) == number(right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(left: Any, right: Any) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        if left is UNDEFINED or right is UNDEFINED:
            return False
        return compare(number(left), number(right))

    return holds


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str | list | dict) or isinstance(right, str | list | dict):
        return text(left) + text(right)
    return number(left) + number(right)


def _divide(left: Any, right: Any) -> float:
    top, bottom = number(left), number(right)
    if bottom:
        return top / bottom
    return math.nan if not top or top != top else math.copysign(math.inf, top)


def _remainder(left: Any, right: Any) -> float:
    top, bottom = number(left), number(right)
    return math.fmod(top, bottom) if bottom and math.isfinite(top) else math.nan


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "===": strictly_equal,
    "!==": lambda left, right: not strictly_equal(left, right),
    "==": loosely_equal,
    "!=": lambda left, right: not loosely_equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "+": _add,
    "-": lambda left, right: number(left) - number(right),
    "*": lambda left, right: number(left) * number(right),
    "/": _divide,
    "%": _remainder,
}


def _pattern(value: Any) -> Pattern:
    return value if isinstance(value, Pattern) else compile_pattern(text(value))


def _includes(owner: Any, wanted: Any = UNDEFINED) -> bool:
    if isinstance(owner, list):
        return any(strictly_equal(inner, wanted) for inner in owner)
    return isinstance(owner, str) and text(wanted) in owner


def _index_of(owner: Any, wanted: Any = UNDEFINED) -> int:
    if isinstance(owner, list):
        return next((index for index, inner in enumerate(owner) if strictly_equal(inner, wanted)), -1)
    return owner.find(text(wanted)) if isinstance(owner, str) else -1


METHODS: dict[str, Callable[..., Any]] = {
    "test": lambda owner, subject=UNDEFINED: _pattern(owner).matches(text(subject)),
    "match": lambda owner, pattern="": isinstance(owner, str) and _pattern(pattern).matches(owner),
    "includes": _includes,
    "indexOf": _index_of,
    "startsWith": lambda owner, start="": isinstance(owner, str) and owner.startswith(text(start)),
    "endsWith": lambda owner, end="": isinstance(owner, str) and owner.endswith(text(end)),
    "toLowerCase": lambda owner: owner.lower() if isinstance(owner, str) else UNDEFINED,
    "toUpperCase": lambda owner: owner.upper() if isinstance(owner, str) else UNDEFINED,
    "toString": text,
    "trim": lambda owner: owner.strip() if isinstance(owner, str) else UNDEFINED,
}
"""Methods with the most usual arguments: the owner and at most one more."""
