"""What expressions do, as closures, whatever the words that they are written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.scripting import methods, objects, semantics
from penstock.program.values.jmeter.scripting.members import Node, Run
from penstock.program.values.jmeter.scripting.semantics import ScriptFailed
from penstock.program.values.jmeter.scripting.tokens import Fill, Flavour, Unsupported

CONSTANTS = {"true": True, "false": False, "null": None}

CASTS: dict[str, Callable[[Any], Any]] = {
    "int": lambda value: int(value) if semantics.is_number(value) else methods.whole(value),
    "double": methods.double,
    "String": lambda value: None if value is None else semantics.shown(value, "groovy"),
    "boolean": lambda value: semantics.truth(value, "groovy"),
    "BigDecimal": methods.decimal,
}
CASTS |= {"Integer": CASTS["int"], "long": CASTS["int"], "Long": CASTS["int"], "float": CASTS["double"]}
CASTS |= {"Double": CASTS["double"], "Boolean": CASTS["boolean"], "string": CASTS["String"]}
CASTS |= {"bool": CASTS["boolean"]}
"""What a value becomes as another kind, by its name."""

_LITERAL = re.compile(r"\s*(?:(?P<int>-?\d+)|(?P<word>true|false|null)|(?P<decimal>-?\d+\.\d+))\s*")


def is_method(name: str) -> bool:
    """Whether any kind of value has a method of this name."""
    tables = (methods.TEXT, methods.NUMBER, methods.LIST, methods.BOOLEAN)
    return name in objects.NAMES or any(name in table for table in tables)


class HoleIsCode(Exception):
    """What stands in a hole is no constant: the script must be read with it in its place."""


def text_of(value: Any) -> str:
    """Return a value that must be a text."""
    if not isinstance(value, str):
        raise ScriptFailed(f"{value!r} is no text")
    return value


def ordered(sign: str, left: Node, right: Node, flavour: Flavour) -> Node:
    """Return what compares two values by their order."""
    match sign:
        case "<":
            return lambda run: semantics.compare(left(run), right(run), flavour) < 0
        case "<=":
            return lambda run: semantics.compare(left(run), right(run), flavour) <= 0
        case ">":
            return lambda run: semantics.compare(left(run), right(run), flavour) > 0
        case _:
            return lambda run: semantics.compare(left(run), right(run), flavour) >= 0


def member_of(left: Node, right: Node) -> Node:
    """Return what tells whether a list holds a value."""

    def judge(run: Run) -> bool:
        value, items = left(run), right(run)
        return value in items if isinstance(items, list) else value == items

    return judge


def is_empty(value: Node) -> Node:
    """Return what tells whether a value is empty, as JEXL asks."""

    def judge(run: Run) -> bool:
        found = value(run)
        return found is None or found == "" or found == []

    return judge


def size_of(value: Node) -> Node:
    """Return what counts the items of a list, or the characters of a text."""

    def count(run: Run) -> int:
        found = value(run)
        if not isinstance(found, str | list):
            raise ScriptFailed(f"{found!r} has no size")
        return len(found)

    return count


def cast(kind: str, value: Node) -> Node:
    """Return what makes a value of another kind."""
    convert = CASTS[kind]
    return lambda run: convert(value(run))


def item(value: Node, index: Node) -> Node:
    """Return what picks an item by its place or name."""

    def pick(run: Run) -> Any:
        items, at = value(run), index(run)
        if isinstance(items, dict):
            return items.get(at)
        if not isinstance(items, str | list) or not isinstance(at, int):
            raise ScriptFailed(f"{items!r} has no item {at!r}")
        if not -len(items) <= at < len(items):
            if isinstance(items, list):
                return None
            raise ScriptFailed(f"a text of {len(items)} characters has no character {at}")
        return items[at]

    return pick


def called(target: Any, name: str, arguments: list[Any]) -> Any:
    """Return what a method of a value gives."""
    table: Mapping[str, methods.Method]
    if type(target) in objects.METHODS:
        table = objects.METHODS[type(target)]
        if name == "toString":
            return semantics.shown(target, "groovy")
    elif isinstance(target, str):
        table = methods.TEXT
    elif isinstance(target, bool):
        table = methods.BOOLEAN
    elif isinstance(target, list):
        table = methods.LIST
    else:
        table = methods.NUMBER
    method = table.get(name)
    if method is None:
        raise EvaluationFailed(f"the method {name!r} of {target!r} is not among what can be carried over")
    return guarded(method, [target, *arguments], name)


def guarded(function: methods.Method, arguments: list[Any], name: str) -> Any:
    """Return what a function gives; what does not fit it fails the script."""
    try:
        return function(*arguments)
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise ScriptFailed(f"{name}: {error}") from None


def number(text: str, flavour: Flavour) -> Any:
    """Return a number as it is written."""
    suffix = text[-1] if text[:2].lower() != "0x" and text[-1] in "lLfFdDgGiI" else ""
    plain = text.removesuffix(suffix)
    if plain[:2].lower() == "0x":
        return int(plain, 16)
    if plain.isdigit() and suffix not in tuple("fFdD"):
        return int(plain)
    return Decimal(plain) if flavour == "groovy" and suffix not in tuple("fFdD") else float(plain)


def hole(part: str | Fill, flavour: Flavour) -> Node:
    """Return what reads a constant that stands in a hole; anything else there must be read as code."""
    if isinstance(part, str):
        raise Unsupported("a hole without a value")
    fill = part
    decimal: Callable[[str], Any] = Decimal if flavour == "groovy" else float

    def read(run: Run) -> Any:
        match = _LITERAL.fullmatch(fill(run.variables))
        if match is None:
            raise HoleIsCode
        if match["int"]:
            return int(match["int"])
        return CONSTANTS[match["word"]] if match["word"] else decimal(match["decimal"])

    return read
