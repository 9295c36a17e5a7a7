"""Numbers as Java reads and writes them."""

from __future__ import annotations

import math
import re
from decimal import Decimal

_DOUBLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?")


def wrapped(number: int, bits: int) -> int:
    """Return a sum as a Java integer of so many bits has it."""
    half = 1 << (bits - 1)
    return (number + half) % (2 * half) - half


def parse_double(text: str) -> float | None:
    """Return what `Double.parseDouble` reads; None for what it refuses."""
    text = text.strip()
    if not _DOUBLE.fullmatch(text):
        return None
    return float(text.rstrip("dDfF"))


def format_double(value: float) -> str:
    """Return `Double.toString`: always with a fraction, in scientific notation for what is very large or small."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    if 1e-3 <= abs(value) < 1e7:
        text = format(Decimal(repr(value)), "f")
        return text if "." in text else f"{text}.0"
    digits, exponent = Decimal(repr(value)).as_tuple().digits, Decimal(repr(value)).adjusted()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    return f"{'-' if value < 0 else ''}{shown[0]}.{shown[1:] or '0'}E{exponent}"
