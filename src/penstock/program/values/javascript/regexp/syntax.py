r"""Reading a JavaScript regular expression (without the `u` and `v` flags), with the leniency of browsers.

A lone `{`, `}` or `]` stands for itself, unknown escapes mean the character, `\1` without such a group is octal.
"""

from __future__ import annotations

import re
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

DIGITS = ((0x30, 0x39),)
WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACE = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
LINE_ENDS = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
LAST = 0x10FFFF

_CLASSES = {"d": DIGITS, "w": WORD, "s": SPACE}
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D}
_BRACES = re.compile(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)
_NAME = re.compile(r"<([^\W\d][\w$]*|\$[\w$]*)>")
_HEX = {"x": re.compile(r"[0-9a-fA-F]{2}"), "u": re.compile(r"[0-9a-fA-F]{4}")}
_OCTAL = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_PAIR = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_GROUP_START = re.compile(r"\((?!\?)|\(\?<(?![=!])")
_DEEPEST = 200
_MOST_REPEATS = 1_000_000


class InvalidPattern(ValueError):
    """The text is no JavaScript regular expression."""


@dataclass(slots=True)
class Syntax:
    """A pattern that was read."""

    node: Node
    groups: int


def parse(source: str) -> Syntax:
    """Read a pattern. Raises `InvalidPattern`."""
    reader = _Reader(source)
    node = reader.choice(0)
    if reader.at < len(source):
        raise InvalidPattern("unmatched )")
    for reference in reader.references:
        if reference.name not in reader.names:
            raise InvalidPattern(f"no group named {reference.name}")
        reference.number = reader.names[reference.name]
    return Syntax(node, reader.groups)


def complement(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Return all characters that are not in the ranges."""
    out: list[tuple[int, int]] = []
    start = 0
    for least, most in sorted(ranges):
        if least > start:
            out.append((start, least - 1))
        start = max(start, most + 1)
    if start <= LAST:
        out.append((start, LAST))
    return tuple(out)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.groups = 0
        self.names: dict[str, int] = {}
        self.references: list[NamedReference] = []
        # Whether \1 is a reference or octal, and \k a reference or a letter, depends on groups further on.
        plain = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", source, flags=re.DOTALL)
        self.all_groups = len(_GROUP_START.findall(plain))
        self.named = "(?<" in plain.replace("(?<=", "").replace("(?<!", "")

    def choice(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise InvalidPattern("nested too deeply")
        branches = [self.sequence(depth)]
        while self.take("|"):
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self, depth: int) -> Node:
        nodes: list[Node] = []
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            nodes.append(self.repeated(self.term(depth)))
        return nodes[0] if len(nodes) == 1 else Sequence(tuple(nodes))

    def repeated(self, node: Node) -> Node:
        bounds: tuple[int, int | None]
        if self.take("*"):
            bounds = (0, None)
        elif self.take("+"):
            bounds = (1, None)
        elif self.take("?"):
            bounds = (0, 1)
        elif match := _BRACES.match(self.source, self.at):
            self.at = match.end()
            least = min(int(match[1]), _MOST_REPEATS)
            most = least if match[2] is None else min(int(match[3]), _MOST_REPEATS) if match[3] else None
            if most is not None and most < least:
                raise InvalidPattern("numbers out of order in {} quantifier")
            bounds = (least, most)
        else:
            return node
        if isinstance(node, Assertion) or (isinstance(node, Look) and node.behind):
            raise InvalidPattern("nothing to repeat")
        return Repeat(node, *bounds, lazy=self.take("?"))

    def term(self, depth: int) -> Node:
        character = self.source[self.at]
        if character in "*+?" or _BRACES.match(self.source, self.at):
            raise InvalidPattern("nothing to repeat")
        self.at += 1
        if character == "(":
            return self.group(depth)
        if character == "[":
            return self.characters()
        if character == "\\":
            return self.escape()
        if character == ".":
            return Characters(LINE_ENDS, negated=True)
        if character == "^":
            return Assertion("^")
        if character == "$":
            return Assertion("$")
        return _one(ord(character))

    def group(self, depth: int) -> Node:
        if self.take("?:"):
            return Group(self.closed(depth))
        for mark, behind, negated in (("?=", 0, 0), ("?!", 0, 1), ("?<=", 1, 0), ("?<!", 1, 1)):
            if self.take(mark):
                return Look(self.closed(depth), bool(behind), bool(negated))
        self.groups += 1
        number = self.groups
        if self.take("?"):
            match = _NAME.match(self.source, self.at)
            if match is None:
                raise InvalidPattern("invalid group")
            if match[1] in self.names:
                raise InvalidPattern("duplicate capture group name")
            self.at = match.end()
            self.names[match[1]] = number
        return Group(self.closed(depth), number)

    def closed(self, depth: int) -> Node:
        node = self.choice(depth + 1)
        if not self.take(")"):
            raise InvalidPattern("unterminated group")
        return node

    def escape(self) -> Node:
        if self.at >= len(self.source):
            raise InvalidPattern("\\ at end of pattern")
        character = self.source[self.at]
        if character in "bB":
            self.at += 1
            return Assertion("b" if character == "b" else "B")
        if ranges := self.class_escape():
            return Characters(ranges)
        if character == "k" and self.named:
            match = _NAME.match(self.source, self.at + 1)
            if match is None:
                raise InvalidPattern("invalid named reference")
            self.at = match.end()
            reference = NamedReference(match[1])
            self.references.append(reference)
            return reference
        if character in "123456789":
            match = re.compile(r"\d+", re.ASCII).match(self.source, self.at)
            if match and int(match[0]) <= self.all_groups:
                self.at = match.end()
                return Reference(int(match[0]))
        return _one(self.character_escape(in_class=False))

    def class_escape(self) -> tuple[tuple[int, int], ...] | None:
        character = self.source[self.at]
        ranges = _CLASSES.get(character.lower())
        if ranges is None:
            return None
        self.at += 1
        return ranges if character.islower() else complement(ranges)

    def character_escape(self, *, in_class: bool) -> int:
        character = self.source[self.at]
        self.at += 1
        if character in _CONTROLS:
            return _CONTROLS[character]
        if in_class and character == "b":
            return 8
        if character == "c":
            control = self.source[self.at : self.at + 1]
            if control.isascii() and (control.isalpha() or (in_class and (control.isdigit() or control == "_"))):
                self.at += 1
                return ord(control) % 32
            self.at -= 1
            return ord("\\")
        if character in _HEX and (match := _HEX[character].match(self.source, self.at)):
            self.at = match.end()
            code = int(match[0], 16)
            if 0xD800 <= code < 0xDC00 and (pair := _PAIR.match(self.source, self.at)):
                self.at = pair.end()
                return 0x10000 + ((code - 0xD800) << 10) + int(pair[1], 16) - 0xDC00
            return code
        if match := _OCTAL.match(character + self.source[self.at : self.at + 2]):
            self.at += match.end() - 1
            return int(match[0], 8)
        return ord(character)

    def characters(self) -> Node:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        while not self.take("]"):
            first = self.class_atom()
            if self.source.startswith("-", self.at) and not self.source.startswith("-]", self.at):
                self.at += 1
                last = self.class_atom()
                if len(first) == len(last) == 1 and first[0][0] == first[0][1] and last[0][0] == last[0][1]:
                    if first[0][0] > last[0][0]:
                        raise InvalidPattern("range out of order in character class")
                    ranges.append((first[0][0], last[0][0]))
                else:
                    ranges += [*first, (0x2D, 0x2D), *last]
            else:
                ranges += first
        return Characters(tuple(ranges), negated)

    def class_atom(self) -> tuple[tuple[int, int], ...]:
        if self.at >= len(self.source):
            raise InvalidPattern("unterminated character class")
        if not self.take("\\"):
            self.at += 1
            code = ord(self.source[self.at - 1])
            return ((code, code),)
        if self.at >= len(self.source):
            raise InvalidPattern("\\ at end of pattern")
        if ranges := self.class_escape():
            return ranges
        code = self.character_escape(in_class=True)
        return ((code, code),)

    def take(self, text: str) -> bool:
        if not self.source.startswith(text, self.at):
            return False
        self.at += len(text)
        return True


def _one(code: int) -> Characters:
    return Characters(((code, code),))
