"""Bodies read as leniently as the service read them: names in any letter case, numbers in strings, enums in any form.

A reader takes a value and its place, and returns what is meant; it raises `InvalidInput` naming the place. Its schema
says in JSON Schema what a client should send: more is taken than that.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.errors import InvalidInput
from penstock.services.documents import read_json


@dataclass(frozen=True, slots=True)
class Reader:
    """See above."""

    read: Callable[[Any, str], Any]
    schema: Mapping[str, Any]

    def __call__(self, value: Any, place: str) -> Any:
        """Return what is meant by a value."""
        return self.read(value, place)


_LONGEST_TEXT = 10_000
_LARGEST_NUMBER = 2**31 - 1
_TRAILING_COMMA = re.compile(rb",(\s*[}\]])")


def json_of(body: bytes) -> Any:
    """Return the content of a body; a comma too much at an end, as an old client leaves it, does no harm."""
    if b"\\u0000" in body:
        raise InvalidInput("the body holds a NUL character, which no text may have")
    try:
        return read_json(body)
    except json.JSONDecodeError as error:
        try:
            return read_json(_TRAILING_COMMA.sub(rb"\1", body))
        except json.JSONDecodeError:
            raise InvalidInput(f"the body is no JSON: {error}") from None


def _text(value: Any, place: str) -> str:
    """Read a text; a number is taken as its digits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidInput(f"{place}: must be a text")
    if len(value) > _LONGEST_TEXT:
        raise InvalidInput(f"{place}: is longer than {_LONGEST_TEXT} characters")
    return value


text = Reader(_text, {"type": "string", "maxLength": _LONGEST_TEXT})


def _real(value: Any, place: str) -> float:
    """Read a number, which may be in a string."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"{place}: {value!r} is no number") from None
    if not math.isfinite(found) or abs(found) > _LARGEST_NUMBER or isinstance(value, bool):
        raise InvalidInput(f"{place}: {value!r} is no number that can be used")
    return found


real = Reader(_real, {"type": "number", "minimum": -_LARGEST_NUMBER, "maximum": _LARGEST_NUMBER})


def _whole(value: Any, place: str) -> int:
    """Read a whole number, which may be in a string or have a fraction of zero."""
    found = _real(value, place)
    if found != int(found):
        raise InvalidInput(f"{place}: {value!r} is no whole number")
    return int(found)


whole = Reader(_whole, {"type": "integer", "minimum": -_LARGEST_NUMBER, "maximum": _LARGEST_NUMBER})


def _anything(value: Any, _place: str) -> Any:
    """Keep a value as it is."""
    return value


anything = Reader(_anything, {})


def one_of(names: Sequence[str], also: Mapping[str, str] | None = None) -> Reader:
    """Return the reader of an enum: a name in any case, the place of it, or that in a string."""
    known = {name.lower(): name for name in names} | {name.lower(): meant for name, meant in (also or {}).items()}

    def read(value: Any, place: str) -> str:
        told = str(value).strip().lower()
        if told in known:
            return known[told]
        if told.isascii() and told.isdigit() and int(told) < len(names) and not isinstance(value, bool):
            return names[int(told)]
        raise InvalidInput(f"{place}: {value!r} is none of {', '.join(names)}")

    return Reader(read, {"type": "string", "enum": list(names)})


def many(reader: Reader) -> Reader:
    """Return the reader of a list; one thing alone is a list of it."""

    def read(value: Any, place: str) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        return [reader(one, f"{place}[{index}]") for index, one in enumerate(values)]

    return Reader(read, {"type": "array", "items": reader.schema})


def form(fields: Mapping[str, Reader]) -> Reader:
    """Return the reader of an object: what is unknown or null is left out, names are as `fields` spells them."""
    known = {name.lower(): (name, reader) for name, reader in fields.items()}

    def read(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise InvalidInput(f"{place or 'the body'}: must be an object")
        found: dict[str, Any] = {}
        for key, content in value.items():
            if content is not None and key.lower() in known:
                name, reader = known[key.lower()]
                found[name] = reader(content, f"{place}.{name}" if place else name)
        return found

    properties = {name: reader.schema for name, reader in fields.items()}
    return Reader(read, {"type": "object", "properties": properties})
