"""What counts as true."""

from __future__ import annotations

_UNTRUE = frozenset({"", "false", "undefined", "null", "nan"})


def is_true(value: str | None) -> bool:
    """Whether a value is true: anything but none, the empty text, and in any case false, undefined, null, NaN.

    `0` is true. The last three are untrue since early 2021; before, only `false` was.
    """
    if value is None:
        return False
    return len(value) > 9 or value.lower() not in _UNTRUE


def is_falsy(value: str | None) -> bool:
    """Whether a value passes the explicit test for falsehood: none, the empty text, or false in any case."""
    return not value or value.lower() == "false"
