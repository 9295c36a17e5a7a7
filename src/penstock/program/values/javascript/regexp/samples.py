"""Random texts that match a regular expression."""

from __future__ import annotations

from random import Random

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
from penstock.program.values.javascript.regexp.syntax import parse

_MOST_ROUNDS = 100
_LONGEST = 10_000
_PRINTABLE = tuple(range(0x20, 0x7F))


def sample(source: str, random: Random) -> str:
    """Return a text, random where the pattern leaves a choice. Raises `InvalidPattern`.

    An endless repetition is cut at a hundred rounds. Assertions are not looked at.
    """
    groups: dict[int, str] = {}
    return _draw(parse(source).node, groups, random)[:_LONGEST]


def _draw(node: Node, groups: dict[int, str], random: Random) -> str:
    match node:
        case Characters(ranges, negated):
            return _character(ranges, negated, random)
        case Group(inner, number):
            text = _draw(inner, groups, random)
            if number is not None:
                groups[number] = text
            return text
        case Reference(number) | NamedReference(_, number):
            return groups.get(number, "")
        case Repeat(inner, least, most, _):
            rounds = random.randint(least, least + _MOST_ROUNDS if most is None else most)
            pieces: list[str] = []
            length = 0
            for _ in range(rounds):
                pieces.append(_draw(inner, groups, random))
                length += len(pieces[-1])
                if length > _LONGEST:
                    break
            return "".join(pieces)
        case Sequence(nodes):
            return "".join(_draw(inner, groups, random) for inner in nodes)
        case Choice(nodes):
            return _draw(random.choice(nodes), groups, random)
        case Assertion() | Look():
            return ""


def _character(ranges: tuple[tuple[int, int], ...], negated: bool, random: Random) -> str:
    if negated:
        allowed = [code for code in _PRINTABLE if not any(least <= code <= most for least, most in ranges)]
        return chr(random.choice(allowed)) if allowed else ""
    sizes = [most - least + 1 for least, most in ranges]
    if not sizes:
        return ""
    least, most = random.choices(ranges, sizes)[0]
    return chr(random.randint(least, most))
