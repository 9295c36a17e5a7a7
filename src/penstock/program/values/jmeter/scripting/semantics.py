"""How the languages compare, add and judge values: texts, whole numbers, decimals, doubles, booleans, null, lists."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from penstock.program.values.javascript.numbers import format_number
from penstock.program.values.javascript.numbers import parse_number as parse_js_number
from penstock.program.values.jmeter.numbers import format_double, parse_double
from penstock.program.values.jmeter.scripting.tokens import Flavour


class ScriptFailed(Exception):
    """The script fails, as it does in JMeter, which logs it and takes the empty text."""


class Undefined:
    """JavaScript's value of what is not there."""


UNDEFINED: Final = Undefined()
_LARGEST_EXACT = 2**53


def shown(value: Any, flavour: Flavour) -> str:
    """Return a value as text in a sum of texts."""
    if value is None:
        return "null"
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if flavour == "javascript" and is_number(value):
        is_exact = isinstance(value, int) and -_LARGEST_EXACT < value < _LARGEST_EXACT
        return str(value) if is_exact else format_number(float(value))
    if isinstance(value, float):
        return format_double(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        inner = ", ".join(f"{key}={shown(each, flavour)}" for key, each in value.items())
        return "{" + inner + "}"
    if isinstance(value, list):
        joint, ends = (",", ("", "")) if flavour == "javascript" else (", ", ("[", "]"))
        return ends[0] + joint.join(shown(each, flavour) for each in value) + ends[1]
    return str(value)


def result(value: Any, flavour: Flavour) -> str:
    """Return what a script gives as text."""
    if value is None and flavour != "javascript":
        return ""
    return shown(value, flavour)


def is_number(value: Any) -> bool:
    """Whether a value is a number, which a boolean is not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def truth(value: Any, flavour: Flavour) -> bool:
    """Return whether a value counts as true."""
    if isinstance(value, bool):
        return value
    if flavour == "jexl":
        if value is None:
            raise ScriptFailed("null is neither true nor false")
        if isinstance(value, str):
            return value.lower() == "true"
        return bool(value)
    if flavour == "java":
        raise ScriptFailed(f"{value!r} is neither true nor false")
    if isinstance(value, float) and math.isnan(value):
        return False
    if value is UNDEFINED or (isinstance(value, list) and flavour == "javascript"):
        return value is not UNDEFINED
    return bool(value)


def to_number(value: Any, flavour: Flavour) -> Any:
    """Return a value as a number, as operators that need one do."""
    if is_number(value):
        return value
    if flavour == "javascript":
        if value is UNDEFINED or isinstance(value, list):
            return math.nan
        if isinstance(value, str):
            number = parse_js_number(value) if value.strip() else 0.0
            return int(number) if math.isfinite(number) and number.is_integer() else number
        return int(bool(value))
    if flavour == "jexl" and isinstance(value, str):
        if not value:
            return 0
        try:
            return int(value)
        except ValueError:
            double = parse_double(value)
            if double is not None:
                return double
    raise ScriptFailed(f"{value!r} is no number")


def equal(left: Any, right: Any, flavour: Flavour) -> bool:
    """Return what `==` says."""
    empty = (None, UNDEFINED) if flavour == "javascript" else (None,)
    if any(left is each for each in empty) or any(right is each for each in empty):
        return any(left is each for each in empty) and any(right is each for each in empty)
    if flavour == "javascript":
        if isinstance(left, str) and isinstance(right, str):
            return left == right
        if isinstance(left, list) or isinstance(right, list):
            return left is right or shown(left, flavour) == shown(right, flavour)
        return bool(to_number(left, flavour) == to_number(right, flavour))
    if flavour == "jexl":
        if isinstance(left, bool) or isinstance(right, bool):
            return truth(left, flavour) == truth(right, flavour)
        return compare(left, right, flavour) == 0
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def identical(left: Any, right: Any) -> bool:
    """Return what `===` says."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def compare(left: Any, right: Any, flavour: Flavour) -> float:
    """Return less than, equal to or more than 0; not a number where the two cannot be compared in JavaScript."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if flavour == "javascript":
        one, other = float(to_number(left, flavour)), float(to_number(right, flavour))
        return math.nan if math.isnan(one) or math.isnan(other) else (one > other) - (one < other)
    if flavour == "groovy" and (left is None or right is None):
        return (left is not None) - (right is not None)
    if flavour == "jexl" and not (is_number(left) or is_number(right)):
        if left is None or right is None:
            raise ScriptFailed("null cannot be compared")
        one_text, other_text = shown(left, flavour), shown(right, flavour)
        return (one_text > other_text) - (one_text < other_text)
    if flavour == "jexl" and not isinstance(left, float) and not isinstance(right, float):
        one, other = _whole(left), _whole(right)
    else:
        one, other = _exact(to_number(left, flavour)), _exact(to_number(right, flavour))
    return int(one > other) - int(one < other)


def _whole(value: Any) -> int:
    """Return a value as JEXL compares it with a whole number: a text must be one."""
    try:
        return int(value or 0)
    except ValueError:
        raise ScriptFailed(f"{value!r} is no whole number") from None


def _exact(number: Any) -> Any:
    return Decimal(number) if isinstance(number, float) and math.isfinite(number) else number


def add(left: Any, right: Any, flavour: Flavour) -> Any:
    """Return what `+` gives."""
    if isinstance(left, str) or isinstance(right, str):
        if flavour == "jexl" and (left is None or right is None):
            raise ScriptFailed("null cannot be added")
        return shown(left, flavour) + shown(right, flavour)
    if isinstance(left, list) and flavour == "groovy":
        return [*left, *(right if isinstance(right, list) else [right])]
    return arithmetic("+", left, right, flavour)


def add_numbers(left: Any, right: Any, flavour: Flavour) -> Any:
    """Return what `+` gives where texts count as numbers if they are some."""
    try:
        return arithmetic("+", left, right, flavour)
    except ScriptFailed:
        return shown(left, flavour) + shown(right, flavour)


def arithmetic(sign: str, left: Any, right: Any, flavour: Flavour) -> Any:
    """Return what an operator gives for two numbers."""
    if flavour == "groovy" and isinstance(left, str):
        if sign == "-":
            return left.replace(shown(right, flavour), "", 1)
        if sign == "*" and isinstance(right, int):
            return left * right
    one, other = to_number(left, flavour), to_number(right, flavour)
    if isinstance(one, float) or isinstance(other, float):
        one, other = float(one), float(other)
    try:
        return _computed(sign, one, other, flavour)
    except (ZeroDivisionError, InvalidOperation, OverflowError):
        if flavour == "javascript" or isinstance(one, float):
            return _without_limits(sign, float(one))
        raise ScriptFailed("division by zero") from None


def _without_limits(sign: str, one: float) -> float:
    return math.nan if sign == "%" or one == 0 or math.isnan(one) else math.copysign(math.inf, one)


def _computed(sign: str, one: Any, other: Any, flavour: Flavour) -> Any:
    match sign:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case "%":
            if isinstance(one, int) and isinstance(other, int):
                return int(math.copysign(abs(one) % abs(other), one)) if abs(one) < _LARGEST_EXACT else one % other
            return math.fmod(one, other) if isinstance(one, float) else one % other
        case _:
            return _quotient(one, other, flavour)


def _quotient(one: Any, other: Any, flavour: Flavour) -> Any:
    if flavour == "groovy" and not isinstance(one, float):
        exact = Decimal(one) / Decimal(other)
        if exact == exact.to_integral_value():
            return Decimal(int(exact)) if isinstance(one, Decimal) or isinstance(other, Decimal) else int(exact)
        return round(exact, 10).normalize()
    if flavour == "javascript":
        number = one / other
        return int(number) if number == int(number) else number
    if isinstance(one, int) and isinstance(other, int):
        whole = abs(one) // abs(other)
        return whole if (one < 0) == (other < 0) else -whole
    return one / other
