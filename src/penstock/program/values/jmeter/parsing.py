r"""References in a text as JMeter reads them: `${name}`, `${__function(a,b)}`, with escapes.

An escape only means something in a text that holds a reference, or inside the arguments of one: `a\,b` alone stays as
it is written, as it does in JMeter, which leaves a text without references alone.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

_ESCAPABLE = "$,\\"


class Malformed(ValueError):
    """A call of a function that is not closed; the text says where."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable (`arguments` is None) or a function with its arguments; `source` is how it is written."""

    name: str
    arguments: tuple[Parts, ...] | None
    source: str


Parts = tuple["str | Reference", ...]
"""Constant pieces, without escapes, and references."""


def parse(source: str, functions: Container[str]) -> Parts:
    """Return the pieces of a text; `functions` are the names that call one. Raises `Malformed`."""
    if "${" not in source:
        return (source,) if source else ()
    parts = _Reader(source, functions).text()
    if any(isinstance(part, Reference) for part in parts):
        return parts
    return (source,)  # escaped or never closed: JMeter finds no reference, and leaves it alone


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, source: str, functions: Container[str]) -> None:
        self._source = source
        self._functions = functions
        self._at = 0

    def _next(self) -> str:
        character = self._source[self._at : self._at + 1]
        self._at += 1
        return character

    def text(self) -> Parts:
        parts: list[str | Reference] = []
        pending: list[str] = []
        before = ""
        while character := self._next():
            if character == "\\":
                escaped = self._next()
                if not escaped:
                    break
                pending.append(escaped if escaped in _ESCAPABLE else f"\\{escaped}")
                before = ""
            elif character == "{" and before == "$":
                pending.pop()
                reference = self._reference()
                if isinstance(reference, str):
                    pending.append(reference)
                else:
                    if pending:
                        parts.append("".join(pending))
                    pending = []
                    parts.append(reference)
                before = ""
            else:
                pending.append(character)
                before = character
        if pending:
            parts.append("".join(pending))
        return tuple(parts)

    def _reference(self) -> Reference | str:
        """Read behind `${`; a reference that is never closed is the text behind it."""
        start = self._at - 2
        name: list[str] = []
        before = ""
        while character := self._next():
            if character == "\\":
                name.append(self._next())
                before = ""
            elif character == "(" and before and "".join(name).strip() in self._functions:
                arguments = self._arguments()
                while (closing := self._next()).isspace():
                    pass
                if closing != "}":
                    raise Malformed(f"'}}' is missing behind {self._source[start : self._at - 1]!r}")
                return Reference("".join(name).strip(), arguments, self._source[start : self._at])
            elif character == "}":
                called = "".join(name)
                arguments_or_none: tuple[Parts, ...] | None = () if called in self._functions else None
                return Reference(called, arguments_or_none, self._source[start : self._at])
            else:
                name.append(character)
                before = character
        return "".join(name)

    def _arguments(self) -> tuple[Parts, ...]:
        found: list[Parts] = []
        pending: list[str] = []
        before = ""
        inside = depth = 0
        while character := self._next():
            if character == "\\":
                pending += (character, self._next())
                before = ""
                continue
            if not inside and character == ",":
                found.append(self._argument(pending))
                pending = []
                continue
            if not inside and character == ")" and not depth:
                if pending or found:
                    found.append(self._argument(pending))
                return tuple(found)
            if character == "{" and before == "$":
                inside += 1
            elif character == "}" and inside:
                inside -= 1
            elif not inside and character in "()":
                depth += 1 if character == "(" else -1
            pending.append(character)
            before = character
        raise Malformed(f"')' is missing behind {self._source[:60]!r}")

    def _argument(self, characters: list[str]) -> Parts:
        return _Reader("".join(characters), self._functions).text()
