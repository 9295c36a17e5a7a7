"""Typed looks into JSON that came from outside; every failure names the place of the value.

A key that is missing, or null, gives the empty value of its type unless it is required.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

Item = TypeVar("Item")


class Malformed(Exception):
    """A value that is missing or impossible; the text says which one."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what

    def inside(self, where: str) -> Malformed:
        """Return the same, seen from further out; `where` may be all there is to say."""
        return Malformed(f"{where}.{self.where}" if self.where else where, self.what)


def within(where: str, reader: Callable[..., Item], *arguments: Any) -> Item:
    """Call the reader; what it finds wrong is inside `where`."""
    try:
        return reader(*arguments)
    except Malformed as error:
        raise error.inside(where) from None


def objects(data: dict[str, Any], key: str, reader: Callable[[dict[str, Any]], Item]) -> list[Item]:
    """Read a list of objects."""
    return _items(data, key, dict, "an object", reader)


def rows(data: dict[str, Any], key: str, reader: Callable[[list[Any]], Item]) -> list[Item]:
    """Read a list of lists."""
    return _items(data, key, list, "a list", reader)


def _items(data: dict[str, Any], key: str, kind: type, called: str, reader: Callable[[Any], Item]) -> list[Item]:
    given = data.get(key)
    if given is None:
        return []
    if type(given) is not list:
        raise Malformed(key, f"is not a list but {shown(given)}")
    items: list[Item] = []
    for index, item in enumerate(given):
        if type(item) is not kind:
            raise Malformed(f"{key}[{index}]", f"is not {called} but {shown(item)}")
        try:
            items.append(reader(item))
        except Malformed as error:
            raise error.inside(f"{key}[{index}]") from None
    return items


def object_at(data: dict[str, Any], key: str) -> dict[str, Any]:
    """Read an object."""
    given = data.get(key)
    if given is None:
        return {}
    if type(given) is not dict:
        raise Malformed(key, f"is not an object but {shown(given)}")
    return cast("dict[str, Any]", given)


def text_at(data: dict[str, Any], key: str, *, required: bool = False) -> str:
    """Read a text."""
    given = data.get(key)
    if given is None and not required:
        return ""
    if type(given) is not str:
        raise Malformed(key, f"is not a text but {shown(given)}")
    return given


def optional_text_at(data: dict[str, Any], key: str) -> str | None:
    """Read a text that may be missing."""
    return None if data.get(key) is None else text_at(data, key)


def whole_at(data: dict[str, Any], key: str, *, required: bool = False) -> int:
    """Read a whole number from 0."""
    given = data.get(key)
    if given is None and not required:
        return 0
    if type(given) is not int or given < 0:
        raise Malformed(key, f"is not a whole number from 0 but {shown(given)}")
    return given


def micros_at(data: dict[str, Any], key: str) -> int:
    """Read seconds as whole microseconds."""
    given: float | None = data.get(key)
    if given is None:
        return 0
    if type(given) not in (int, float) or not 0 <= given < 1e12:
        raise Malformed(key, f"is not a number of seconds but {shown(given)}")
    return round(given * 1_000_000)


def typed(row: list[Any], *kinds: type) -> list[Any]:
    """Return the row if its values are of these kinds, numbers not being negative; a float may be a whole number."""
    fits = len(row) == len(kinds) and all(
        type(value) is kind or (kind is float and type(value) is int) for value, kind in zip(row, kinds, strict=True)
    )
    if not fits or any(type(value) is not str and value < 0 for value in row):
        wanted = ", ".join({str: "text", int: "whole number", float: "number"}[kind] for kind in kinds)
        raise Malformed("", f"is not [{wanted}] but {shown(row)}")
    return row


def shown(value: Any) -> str:
    """Return the value as an error message may hold it."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
