r"""A JavaScript pattern in the words of the `regex` library.

Everything is written out (character sets as ranges, `$` as `\Z`), so that no difference of defaults is left. Two
things stay different: a text is a row of code points here, so `.` takes a whole emoji; and a group inside a
repetition keeps what it captured in an earlier round.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.program.values.javascript.regexp.nodes import (
    Assertion,
    Characters,
    Choice,
    Group,
    Look,
    NamedReference,
    Node,
    Reference,
    Repeat,
    Sequence,
)
from penstock.program.values.javascript.regexp.syntax import LINE_ENDS, WORD

_ANY = r"[\x00-\U0010ffff]"
_NOTHING = r"(?!)"


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that change what a pattern means."""

    multiline: bool = False
    dot_all: bool = False


def translate(node: Node, flags: Flags) -> str:
    """Return the source for `regex.compile` in its version-0 form."""
    return _Writer(flags).write(node)


class _Writer:
    def __init__(self, flags: Flags) -> None:
        self.flags = flags
        self.closed: set[int] = set()

    def write(self, node: Node) -> str:
        match node:
            case Characters(ranges, negated):
                if self.flags.dot_all and negated and ranges is LINE_ENDS:
                    return _ANY
                return _set(ranges, negated)
            case Assertion(kind):
                return self.assertion(kind)
            case Look(inner, behind, negated):
                return f"(?{'<' if behind else ''}{'!' if negated else '='}{self.write(inner)})"
            case Group(inner, number):
                text = self.write(inner)
                if number is None:
                    return f"(?:{text})"
                self.closed.add(number)
                return f"({text})"
            case Reference(number) | NamedReference(_, number):
                # A group that has captured nothing yet matches the empty text.
                return f"(?({number})\\{number}|)" if number in self.closed else ""
            case Repeat(inner, least, most, lazy):
                bounds = f"{{{least},{'' if most is None else most}}}"
                return f"(?:{self.write(inner)}){bounds}{'?' if lazy else ''}"
            case Sequence(nodes):
                return "".join(self.write(inner) for inner in nodes)
            case Choice(nodes):
                return "|".join(self.write(inner) for inner in nodes)

    def assertion(self, kind: str) -> str:
        word = _set(WORD, False)
        match kind:
            case "^":
                return f"(?<!{_set(LINE_ENDS, True)})" if self.flags.multiline else r"\A"
            case "$":
                return f"(?!{_set(LINE_ENDS, True)})" if self.flags.multiline else r"\Z"
            case "b":
                return f"(?:(?<!{word})(?={word})|(?<={word})(?!{word}))"
            case _:
                return f"(?:(?<!{word})(?!{word})|(?<={word})(?={word}))"


def _set(ranges: tuple[tuple[int, int], ...], negated: bool) -> str:
    if not ranges:
        return _ANY if negated else _NOTHING
    if not negated and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _character(ranges[0][0])
    inside = "".join(
        _character(least) if least == most else f"{_character(least)}-{_character(most)}" for least, most in ranges
    )
    return f"[{'^' if negated else ''}{inside}]"


def _character(code: int) -> str:
    text = chr(code)
    if text.isascii() and text.isalnum():
        return text
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
