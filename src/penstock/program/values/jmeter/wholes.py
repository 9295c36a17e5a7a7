"""Whole numbers in texts, and the patterns that Java writes them by."""

from __future__ import annotations

import re

from penstock.program.values.dialect import EvaluationFailed

_DECIMAL = re.compile(r"(.*?)([#0,]+)(?:\.[#0]*)?([^#0]*)", re.DOTALL)


def whole(text: str, blank: int | None = None) -> int:
    """Return a whole number; a blank text is `blank`. Raises `EvaluationFailed` for what is none."""
    written = text.strip()
    if not written and blank is not None:
        return blank
    try:
        return int(written)
    except ValueError:
        raise EvaluationFailed(f"{text[:60]!r} is not a whole number") from None


def formatted(number: int, pattern: str) -> str:
    """Return a number by a pattern of Java's `DecimalFormat` (`000`, `user_0000`); a blank one: as it is."""
    match = _DECIMAL.fullmatch(pattern) if pattern else None
    if match is None or not match[2]:
        return str(number)
    before, digits, after = match[1], match[2], match[3]
    least = digits.count("0")
    grouping = f"{abs(number):0{least}d}"
    if "," in digits:
        size = len(digits) - digits.rindex(",") - 1
        if size:
            pieces = []
            while len(grouping) > size:
                pieces.append(grouping[-size:])
                grouping = grouping[:-size]
            grouping = ",".join([grouping, *reversed(pieces)])
    sign = "-" if number < 0 else ""
    return f"{sign}{before}{grouping}{after}".replace("'", "")
