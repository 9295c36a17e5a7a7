"""Random values. How many arguments they get is not checked."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable
from functools import partial
from random import Random

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
_PREFIX = "__random_"
_KINDS = frozenset({"uuid", "boolean", "number", "chars", "digits", "letters", "uppers", "lowers", "hex", "from"})


def whole(text: str) -> int:
    """Return an argument that must be a whole number, not negative."""
    value = parse_number(text) if text else float("nan")
    if not (value >= 0 and value.is_integer()):
        raise FunctionFailed(f"Argument must be a non-negative integer, instead found: {text}")
    return int(value)


def generators(random: Random) -> dict[str, Callable[..., str]]:
    """Return the generators by kind, the name without `__random_`."""

    def draw_boolean(percent: str = "50", *_: str) -> str:
        return boolean(random.random() * 100 < whole(percent))

    def draw_number(first: str | None = None, second: str | None = None, *_: str) -> str:
        if first is None:
            return str(random.randint(0, _LARGEST))
        bounds = (0, whole(first)) if second is None else (whole(first), whole(second))
        return str(random.randint(min(bounds), max(bounds)))

    def draw_from(alphabet: str | None = None, length: str = "10", *_: str) -> str:
        if not alphabet:
            raise FunctionFailed(NO_RESULT)
        return "".join(random.choices(alphabet, k=min(whole(length), _LONGEST)))

    def out_of(alphabet: str) -> Callable[..., str]:
        return lambda length="10", *_: draw_from(alphabet, length)

    return {
        "uuid": lambda *_: str(uuid.UUID(int=random.getrandbits(128), version=4)),
        "boolean": draw_boolean,
        "number": draw_number,
        "chars": out_of(string.ascii_letters + string.digits),
        "digits": out_of(string.digits),
        "letters": out_of(string.ascii_letters),
        "uppers": out_of(string.ascii_uppercase),
        "lowers": out_of(string.ascii_lowercase),
        "hex": out_of("0123456789abcdef"),
        "from": draw_from,
    }


def chance(random: Random) -> Table:
    """Return the functions that draw something."""

    def draw_regexp(source: str, *_: str) -> str:
        try:
            return sample(source, random)
        except InvalidPattern as error:
            raise FunctionFailed(f"Random regex error: {error}") from None

    return {
        **{f"{_PREFIX}{kind}": Function(compute, 0, ANY) for kind, compute in generators(random).items()},
        "__random_seeded_number": Function(seeded_number, 0, 2),
        "__random_regex": Function(draw_regexp, 1, ANY),
    }


def seeded_number(seed: str = "", length: str = "") -> str:
    """Return a number that is always the same for a seed, or its first digits."""
    digits = str(abs(seeded_integer(seed)))
    count = parse_number(length) if length else 0
    return digits[: int(count)] if 0 < count <= len(digits) else digits


def is_legacy_name(name: str) -> bool:
    """Whether a name means a generator whose arguments are joined by underscores: `__random_boolean_75`."""
    return name.startswith(_PREFIX) and name != _PREFIX


def legacy_generator(name: str, functions: Table) -> Callable[[], str]:
    """Return what such a name draws. An unknown kind is itself the alphabet: `__random_ab_4`."""
    kind, *arguments = name.removeprefix(_PREFIX).split("_")
    if kind in _KINDS:
        return partial(functions[_PREFIX + kind].compute, *arguments)
    return partial(functions["__random_from"].compute, kind, *arguments)
