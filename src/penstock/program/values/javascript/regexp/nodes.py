"""The tree of a regular expression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Characters:
    """One character out of a set: inclusive ranges of code points, or all but these."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place: start, end, word boundary or not."""

    kind: Literal["^", "$", "b", "B"]


@dataclass(frozen=True, slots=True)
class Look:
    """A lookahead or lookbehind."""

    node: Node
    behind: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group; `number` is None when it does not capture."""

    node: Node
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What a group captured, by its number."""

    number: int


@dataclass(slots=True)
class NamedReference:
    """What a named group captured; the number is known when the whole pattern is read."""

    name: str
    number: int = field(default=0)


@dataclass(frozen=True, slots=True)
class Repeat:
    """`least` to `most` times (None: no limit)."""

    node: Node
    least: int
    most: int | None
    lazy: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after another."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first that fits."""

    nodes: tuple[Node, ...]


Node = Characters | Assertion | Look | Group | Reference | NamedReference | Repeat | Sequence | Choice
