"""What a function of the dialect is: its name, how many arguments it takes, what it computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.program.values.javascript.json_text import parse_json
from penstock.program.values.javascript.numbers import format_number, parse_number

ANY = 1_000_000
"""More arguments than anyone writes: their number is not limited."""


class FunctionFailed(Exception):
    """A function cannot compute its value; the text says why, without the function's name."""


UNEXPECTED = "Unexpected error"
NO_RESULT = "Result undefined"
NOT_AN_ARRAY = 'must be a valid array: ex. [ 1, "str", true, null ]'


@dataclass(frozen=True, slots=True)
class Function:
    """`compute` gets the arguments as text and returns the value as text, or raises `FunctionFailed`.

    With `empty_for_none`, an argument without a value counts as the empty text.
    """

    compute: Callable[..., str]
    least: int = 0
    most: int = 0
    empty_for_none: bool = False


Table = dict[str, Function]


def number(text: str, index: int) -> float:
    """Return an argument as a finite number."""
    value = parse_number(text) if text else float("nan")
    if value - value != 0:  # NaN or infinite
        raise FunctionFailed(f"Cannot translate '{text}' at index {index} to a finite number")
    return value


def finite(value: float) -> str:
    """Return a result as text."""
    if value - value != 0:
        raise FunctionFailed(f"Result '{format_number(value)}' is not a finite number")
    return format_number(value)


def boolean(value: object) -> str:
    """Return a result as text."""
    return "true" if value else "false"


def array(text: str) -> list[object]:
    """Return an argument that must be a JSON array."""
    try:
        value = parse_json(text)
    except ValueError:
        raise FunctionFailed(NOT_AN_ARRAY) from None
    if not isinstance(value, list):
        raise FunctionFailed(NOT_AN_ARRAY)
    return value
