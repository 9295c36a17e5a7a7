"""Durations as people write them: `30s`, `1m30s`, `250ms`, `1.5h`, or plain seconds."""

from __future__ import annotations

import re

from penstock.errors import InvalidInput

_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def parse_duration(text: str | float, name: str = "duration") -> float:
    """Return seconds; a plain number is seconds. `name` is what it is the length of.

    Raises `InvalidInput` with the name and the forms that are understood.
    """
    if not isinstance(text, str):
        return float(text)
    compact = text.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", compact):
        return float(compact)
    pieces = _PIECE.findall(compact)
    if not pieces or _PIECE.sub("", compact).strip():
        raise InvalidInput(f"{name} {text!r} is not understood; write it like 30s, 1m30s, 250ms or 1.5h")
    return sum(float(number) * _SECONDS[unit] for number, unit in pieces)
