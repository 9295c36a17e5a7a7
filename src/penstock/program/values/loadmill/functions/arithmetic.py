"""Numbers and comparisons of numbers."""

from __future__ import annotations

import math

from penstock.program.values.javascript.numbers import format_number, parse_number, round_half_up
from penstock.program.values.loadmill.functions.registry import (
    ANY,
    Function,
    FunctionFailed,
    Table,
    boolean,
    finite,
    number,
)


def add(*terms: str) -> str:
    """Sum of all; 0 of none."""
    total = 0.0
    for index, term in enumerate(terms):
        total += number(term, index)
    return finite(total)


def multiply(*factors: str) -> str:
    """Product of all; 1 of none."""
    product = 1.0
    for index, factor in enumerate(factors):
        product *= number(factor, index)
    return finite(product)


def subtract(left: str, right: str) -> str:
    """Difference."""
    return finite(number(left, 0) - number(right, 1))


def divide(left: str, right: str) -> str:
    """Quotient."""
    top, bottom = number(left, 0), number(right, 1)
    if not bottom:
        raise FunctionFailed("Cannot divide by zero")
    try:
        return finite(top / bottom)
    except OverflowError:
        return finite(math.inf)


def less(left: str, right: str) -> str:
    """Whether left < right, as numbers."""
    return boolean(number(left, 0) < number(right, 1))


def less_or_equal(left: str, right: str) -> str:
    """Whether left <= right, as numbers."""
    return boolean(number(left, 0) <= number(right, 1))


def greater(left: str, right: str) -> str:
    """Whether left > right, as numbers."""
    return boolean(number(left, 0) > number(right, 1))


def greater_or_equal(left: str, right: str) -> str:
    """Whether left >= right, as numbers."""
    return boolean(number(left, 0) >= number(right, 1))


def is_number(text: str) -> str:
    """Whether a text is a number, perhaps infinite; blanks are 0, nothing is none."""
    return boolean(text and not math.isnan(parse_number(text)))


ARITHMETIC: Table = {
    "__abs": Function(lambda text: finite(abs(number(text, 0))), 1, 1),
    "__neg": Function(lambda text: finite(-number(text, 0)), 1, 1),
    "__add": Function(add, 0, ANY),
    "__mult": Function(multiply, 0, ANY),
    "__sub": Function(subtract, 2, 2),
    "__div": Function(divide, 2, 2),
    "__round": Function(lambda text: finite(round_half_up(number(text, 0))), 1, 1),
    "__floor": Function(lambda text: finite(math.floor(number(text, 0))), 1, 1),
    "__lt": Function(less, 2, 2),
    "__lte": Function(less_or_equal, 2, 2),
    "__gt": Function(greater, 2, 2),
    "__gte": Function(greater_or_equal, 2, 2),
    "__is_number": Function(is_number, 1, 1),
    "__to_number": Function(lambda text: format_number(parse_number(text)), 1, 1),
}
