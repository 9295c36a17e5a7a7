"""The steps of a path, read from its text.

The leading `$` may be missing: `items[0].id`. A name may hold anything but dots and brackets; in brackets it is
quoted. Brackets also hold an index, `*`, a slice, a list of these, a filter `?(…)`, or a computed key `(…)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.program.values.jsonpath.script import InvalidScript, Script, parse_script


class InvalidPath(ValueError):
    """The text is no JSONPath."""


@dataclass(frozen=True, slots=True)
class Key:
    """A member of an object, an element of an array (`text` is a number then), or `length`."""

    text: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """All members or elements."""


@dataclass(frozen=True, slots=True)
class Descent:
    """The value itself and everything below it, the rest of the path applied to each."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Elements of an array."""

    start: int | None
    end: int | None
    step: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Members or elements for which the script is true."""

    script: Script


@dataclass(frozen=True, slots=True)
class Computed:
    """The member or element that the script names; `@` is the object or array itself."""

    script: Script


@dataclass(frozen=True, slots=True)
class Union:
    """Several, one after another."""

    parts: tuple[Key | Slice | Wildcard, ...]


Selector = Key | Wildcard | Descent | Slice | Filter | Computed | Union

_NAME = re.compile(r"[^.\[\]]+")
_SLICE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(\d*)\s*)?", re.ASCII)
_PART = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,'"]+?))\s*(?:,|$)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LONGEST = 200


def parse_path(source: str) -> tuple[Selector, ...]:
    """Return the steps from the root. Raises `InvalidPath`."""
    text = source.strip()
    if not text:
        raise InvalidPath("empty path")
    at = 1 if text == "$" or text.startswith(("$.", "$[")) else 0
    if at == 0 and text[0] not in ".[":
        text = f".{text}"
    selectors: list[Selector] = []
    while at < len(text):
        at = _read(text, at, selectors)
        if len(selectors) > _LONGEST:
            raise InvalidPath("too many steps")
    if selectors and isinstance(selectors[-1], Descent):
        raise InvalidPath("nothing after ..")
    return tuple(selectors)


def _read(text: str, at: int, selectors: list[Selector]) -> int:
    if text.startswith("..", at):
        selectors.append(Descent())
        at += 2
        if text.startswith("[", at):
            return at
    elif text[at] == ".":
        at += 1
    elif text[at] == "[":
        end = _closing(text, at)
        selectors.append(_bracket(text[at + 1 : end].strip()))
        return end + 1
    else:
        raise InvalidPath(f"unexpected {text[at]!r} at {at}")
    if match := _NAME.match(text, at):
        name = match[0].strip()
        selectors.append(Wildcard() if name == "*" else Key(name))
        return match.end()
    if text.startswith("[", at) and at + 1 < len(text):  # $.[0] is written by some
        return at
    raise InvalidPath(f"a name is missing at {at}")


def _closing(text: str, at: int) -> int:
    """Return where the bracket that opens at `at` closes; quotes and nested brackets are passed over."""
    depth, quote, index = 0, "", at
    while index < len(text):
        character = text[index]
        if quote:
            if character == "\\":
                index += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character in "[(":
            depth += 1
        elif character in "])":
            depth -= 1
            if depth == 0 and character == "]":
                return index
        index += 1
    raise InvalidPath(f"[ at {at} is not closed")


def _bracket(inside: str) -> Selector:
    try:
        if inside.startswith("?(") and inside.endswith(")"):
            return Filter(parse_script(inside[2:-1]))
        if inside.startswith("(") and inside.endswith(")"):
            return Computed(parse_script(inside[1:-1]))
    except InvalidScript as error:
        raise InvalidPath(str(error)) from None
    parts: list[Key | Slice | Wildcard] = []
    at = 0
    while at < len(inside) or not parts:
        match = _PART.match(inside, at)
        if match is None:
            raise InvalidPath(f"[{inside}] is not understood")
        parts.append(_part(match))
        at = match.end()
    return parts[0] if len(parts) == 1 else Union(tuple(parts))


def _part(match: re.Match[str]) -> Key | Slice | Wildcard:
    for quoted in (match[1], match[2]):
        if quoted is not None:
            return Key(_ESCAPE.sub(r"\1", quoted))
    text = match[3].strip()
    if text == "*":
        return Wildcard()
    if text.startswith("?"):
        raise InvalidPath(f"[{text}] is not understood: a filter is written ?(…)")
    if bounds := _SLICE.fullmatch(text):
        start, end, step = bounds[1], bounds[2], bounds[3]
        if "-" in (start, end):
            raise InvalidPath(f"[{text}] is not understood")
        return Slice(int(start) if start else None, int(end) if end else None, int(step or 1) or 1)
    return Key(text)
