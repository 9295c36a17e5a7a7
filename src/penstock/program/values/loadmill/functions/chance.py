"""Random values. How many arguments they get is not checked."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable

from penstock.program.values.dice import dice
from penstock.program.values.javascript.numbers import parse_number
from penstock.program.values.javascript.regexp.samples import sample
from penstock.program.values.javascript.regexp.syntax import InvalidPattern
from penstock.program.values.loadmill.functions.registry import (
    ANY,
    NO_RESULT,
    Function,
    FunctionFailed,
    Table,
    boolean,
)
from penstock.program.values.loadmill.functions.seeded import seeded_integer

_LONGEST = 100
_LARGEST = 2**32
_DIGITS = string.digits
_LETTERS = string.ascii_letters


def whole(text: str) -> int:
    """Return an argument that must be a whole number, not negative."""
    value = parse_number(text) if text else float("nan")
    if not (value >= 0 and value.is_integer()):
        raise FunctionFailed(f"Argument must be a non-negative integer, instead found: {text}")
    return int(value)


def random_boolean(percent: str = "50", *_: str) -> str:
    """Draw true in so many of a hundred cases."""
    return boolean(dice.random() * 100 < whole(percent))


def random_number(first: str | None = None, second: str | None = None, *_: str) -> str:
    """Whole number up to a maximum, or between two bounds, which may stand in any order."""
    if first is None:
        return str(dice.randint(0, _LARGEST))
    bounds = (0, whole(first)) if second is None else (whole(first), whole(second))
    return str(dice.randint(min(bounds), max(bounds)))


def random_from(alphabet: str | None = None, length: str = "10", *_: str) -> str:
    """Text out of the given characters."""
    if not alphabet:
        raise FunctionFailed(NO_RESULT)
    return "".join(dice.choices(alphabet, k=min(whole(length), _LONGEST)))


def random_seeded_number(seed: str = "", length: str = "", *_: str) -> str:
    """Return a number that is always the same for a seed, or its first digits."""
    digits = str(abs(seeded_integer(seed)))
    count = parse_number(length) if length else 0
    return digits[: int(count)] if 0 < count <= len(digits) else digits


def random_regexp(source: str, *_: str) -> str:
    """Text that matches a regular expression."""
    try:
        return sample(source)
    except InvalidPattern as error:
        raise FunctionFailed(f"Random regex error: {error}") from None


def _out_of(alphabet: str) -> Callable[..., str]:
    def draw(length: str = "10", *_: str) -> str:
        return random_from(alphabet, length)

    return draw


GENERATORS: dict[str, Callable[..., str]] = {
    "uuid": lambda *_: str(uuid.UUID(int=dice.getrandbits(128), version=4)),
    "boolean": random_boolean,
    "number": random_number,
    "chars": _out_of(_LETTERS + _DIGITS),
    "digits": _out_of(_DIGITS),
    "letters": _out_of(_LETTERS),
    "uppers": _out_of(string.ascii_uppercase),
    "lowers": _out_of(string.ascii_lowercase),
    "hex": _out_of("0123456789abcdef"),
    "from": random_from,
}
"""By kind, the name without `__random_`."""

CHANCE: Table = {
    **{f"__random_{kind}": Function(compute, 0, ANY) for kind, compute in GENERATORS.items()},
    "__random_seeded_number": Function(random_seeded_number, 0, ANY),
    "__random_regex": Function(random_regexp, 1, ANY),
}


def legacy_generator(name: str) -> Callable[[], str] | None:
    """Return what a name with underscores for arguments means: `__random_boolean_75`; None when it is no such name.

    An unknown kind is itself the alphabet: `__random_ab_4`.
    """
    if not name.startswith("__random_") or name == "__random_":
        return None
    kind, *arguments = name.removeprefix("__random_").split("_")
    if kind in GENERATORS:
        return lambda: GENERATORS[kind](*arguments)
    return lambda: random_from(kind, *arguments)
