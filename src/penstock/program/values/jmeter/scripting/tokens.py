"""Words of a script. A hole, whose text is only known under load, is a word of its own or stands inside a literal."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from penstock.program.values.dialect import Variables

Flavour = Literal["groovy", "java", "javascript", "jexl", "jexl2"]
Fill = Callable[[Variables], str]
"""Gives the text of a hole."""

Kind = Literal["number", "text", "word", "sign", "hole", "end"]


class Unsupported(ValueError):
    """The script says something that is outside of what is understood; the text says what."""


@dataclass(frozen=True, slots=True)
class Token:
    """`parts` are the pieces of a text or the one hole; `line` counts from 1."""

    kind: Kind
    text: str
    line: int
    parts: tuple[str | Fill, ...] = ()


_HOLE = re.compile("\ue000(\\d+)\ue001")
_WORDS = re.compile(
    r"""
      (?P<blank>[ \t\r\f]+|//[^\n]*|/\*.*?\*/|\#![^\n]*)
    | (?P<line>\n)
    | (?P<number>(?:0[xX][0-9a-fA-F]+|\d+\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)[lLfFdDgGiI]?(?![\w]))
    | (?P<word>[A-Za-z_$][\w$]*)
    | (?P<hole>\ue000\d+\ue001)
    | (?P<sign>===|!==|==~|<=>|==|!=|<=|>=|&&|\|\||=~|!~|=\^|!\^|=\$|!\$|\?\.|\?:|\+\+|--|\+=|-=|\*=|/=
        |[-+*/%<>!?:()\[\].,;{}=])
    """,
    re.VERBOSE | re.DOTALL,
)
_TRIPLES = ("'''", '"""')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_GOES_ON = ".?:&|=<>+*/%,)]"
"""A line that begins so goes on with the statement of the line before."""


def tokens(parts: Sequence[str | Fill], flavour: Flavour) -> list[Token]:
    """Return the words; a line end that ends a statement is a `;`. Raises `Unsupported`."""
    holes: list[Fill] = []
    source = ""
    for part in parts:
        if isinstance(part, str):
            source += part
        else:
            source += f"\ue000{len(holes)}\ue001"
            holes.append(part)
    return _Reader(source, holes, flavour).read()


class _Reader:
    def __init__(self, source: str, holes: list[Fill], flavour: Flavour) -> None:
        self._source = source
        self._holes = holes
        self._flavour = flavour
        self._found: list[Token] = []
        self._line = 1
        self._depth = 0

    def read(self) -> list[Token]:
        at = 0
        while at < len(self._source):
            if self._source[at] in "'\"" or self._begins_pattern(at):
                at = self._literal(at)
                continue
            match = _WORDS.match(self._source, at)
            if match is None:
                raise Unsupported(f"line {self._line}: {self._source[at]!r} is not understood")
            at = match.end()
            self._word(match, at)
        self._add("end", "")
        return self._found

    def _begins_pattern(self, at: int) -> bool:
        """Whether a slash begins a text of Groovy, and divides nothing."""
        if self._flavour != "groovy" or self._source[at] != "/" or self._source[at + 1 : at + 2] in ("/", "*"):
            return False
        last = self._found[-1] if self._found else None
        return last is None or (last.kind == "sign" and last.text not in (")", "]"))

    def _add(self, kind: Kind, text: str, parts: tuple[str | Fill, ...] = ()) -> None:
        self._found.append(Token(kind, text, self._line, parts))

    def _word(self, match: re.Match[str], at: int) -> None:
        token = match[0]
        if match["number"]:
            self._add("number", token)
        elif match["word"]:
            self._add("word", token)
        elif match["hole"]:
            if (
                self._found
                and self._found[-1].kind in ("word", "hole")
                and self._source[match.start() - 1] not in " \n"
            ):
                raise Unsupported(f"line {self._line}: a name that is put together, like {self._found[-1].text}${{…}}")
            self._add("hole", token, (self._holes[int(token[1:-1])],))
        elif match["sign"]:
            self._depth += int(token in ("(", "[")) - int(token in (")", "]"))
            self._add("sign", token)
        elif match["line"]:
            if self._ends_statement(at):
                self._add("sign", ";")
            self._line += 1
        else:
            self._line += token.count("\n")

    def _ends_statement(self, at: int) -> bool:
        if self._depth > 0 or not self._found:
            return False
        last = self._found[-1]
        if last.kind == "sign" and last.text not in (")", "]", "}", "++", "--"):
            return False
        following = self._source[at:].lstrip()
        return bool(following) and not (following[0] in _GOES_ON and not following.startswith(("//", "++")))

    def _literal(self, at: int) -> int:
        quote = self._source[at : at + 3]
        quote = quote if quote in _TRIPLES and self._flavour == "groovy" else self._source[at]
        at += len(quote)
        pieces: list[str | Fill] = [""]
        while not self._source.startswith(quote, at):
            character = self._source[at : at + 1]
            if not character:
                raise Unsupported(f"line {self._line}: a text is not closed")
            if hole := _HOLE.match(self._source, at):
                pieces += (self._holes[int(hole[1])], "")
                at = hole.end()
                continue
            if character == "\\" and quote == "/":
                character = "/" if self._source.startswith("/", at + 1) else character
                at += int(character == "/")
            elif character == "\\":
                following = self._source[at + 1 : at + 2]
                if following == "u" and re.fullmatch("[0-9a-fA-F]{4}", code := self._source[at + 2 : at + 6]):
                    character, at = chr(int(code, 16)), at + 5
                else:
                    character, at = _ESCAPES.get(following, following), at + 1
            elif character == "$" and quote[0] == '"' and self._flavour == "groovy":
                if re.match(r"\$[A-Za-z_{]", self._source[at : at + 2]):
                    raise Unsupported(f"line {self._line}: a text with $ in it, which Groovy would fill in")
            elif character == "\n":
                self._line += 1
            pieces[-1] = f"{pieces[-1]}{character}"
            at += 1
        self._add("text", quote, tuple(piece for piece in pieces if piece != "") or ("",))
        return at + len(quote)
