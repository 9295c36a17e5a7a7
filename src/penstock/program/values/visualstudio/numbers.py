"""Numbers as .NET reads and writes them in its invariant culture."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"\s*[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*")


def parse_number(text: str) -> float | None:
    """Return the finite number that a text is; None for any other text."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", ""))
    return number if math.isfinite(number) else None


def format_number(number: float) -> str:
    """Return the shortest text of a number; a whole one has no decimals."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
