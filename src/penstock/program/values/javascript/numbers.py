"""Numbers as JavaScript reads and writes them. All are doubles."""

from __future__ import annotations

import math
import re

SPACES = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""The characters that JavaScript trims and that `\\s` means, as the inside of a character class."""

_TRIM = re.compile(f"[{SPACES}]+")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Infinity)", re.ASCII)
_RADIX = re.compile(r"0(?:[xX](?P<x>[0-9a-fA-F]+)|[oO](?P<o>[0-7]+)|[bB](?P<b>[01]+))")
_BASES = {"x": 16, "o": 8, "b": 2}
_EXACT = 2**53


def parse_number(text: str) -> float:
    """Return what `Number(text)` gives: blank text is 0, what is no number is NaN."""
    if text.isascii() and text.isdigit():
        return float(text)
    text = _strip(text)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    radix = _RADIX.fullmatch(text)
    if radix is None or radix.lastgroup is None:
        return math.nan
    return _from_integer(int(radix[radix.lastgroup], _BASES[radix.lastgroup]))


def parse_leading_number(text: str) -> float:
    """Return what `parseFloat(text)` gives: the number the text begins with, else NaN."""
    if text.isascii() and text.isdigit():
        return float(text)
    match = _DECIMAL.match(_strip(text))
    return float(match[0]) if match else math.nan


def parse_integer(text: str) -> int | None:
    """Return the whole number that `Number(text)` gives, or None when it is none, or the text is empty."""
    if not text:
        return None
    number = parse_number(text)
    return int(number) if math.isfinite(number) and number.is_integer() else None


def format_number(number: float) -> str:
    """Return what `String(number)` gives: the shortest digits, `1e+21`, `1e-7`, `NaN`, `-Infinity`."""
    if isinstance(number, int):
        if -_EXACT < number < _EXACT:
            return str(int(number))
        number = _from_integer(number)
    if number != number:
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number.is_integer() and -_EXACT < number < _EXACT:
        return str(int(number))
    sign = "-" if number < 0 else ""
    digits, point = _shortest(abs(number))
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = point - 1
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def round_half_up(number: float) -> float:
    """Return what `Math.round(number)` gives: halves go towards positive infinity."""
    floor = math.floor(number)
    return floor + 1.0 if number - floor >= 0.5 else float(floor)


def _strip(text: str) -> str:
    start = _TRIM.match(text)
    begin = start.end() if start else 0
    end = len(text)
    while end > begin and _TRIM.match(text[end - 1]):
        end -= 1
    return text[begin:end]


def _from_integer(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _shortest(number: float) -> tuple[str, int]:
    """Return the shortest digits that read back as `number`, and where the decimal point stands among them."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    return stripped.rstrip("0"), point - (len(digits) - len(stripped))
