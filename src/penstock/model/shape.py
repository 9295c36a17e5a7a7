"""What the annotations of the model say about its JSON: read once, used by the codec and by the schema.

str, int, float, bool        Plain            "x"  1  1.5  true
bytes                        Plain            "eA==": base64
Literal["a", "b"]            Word             "a"
tuple[X, ...], tuple[X, X]   Many             [x, x]
Mapping[K, X]                Table            [[k, x], [k, x]]
a dataclass                  Node             {"field": …}
Request | Think | …          OneOf            {"type": "request", …}: members of a sum carry their tag,
                                              outside of it, too, where a class is ALWAYS_TAGGED
X | None                     OneOf            x or null
Text                         TextShape        "constant", or ["piece", {"expr": …, "source": "${…}"}, …]
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from penstock.model.expr import Text

PLAIN: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    bytes: "base64",
}
"""The plain types, and how messages call a value of them."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A JSON scalar."""

    type: type


@dataclass(frozen=True, slots=True)
class Word:
    """One of some fixed texts."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """A list; of `length` items where that is fixed."""

    item: Any
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, as a list of pairs: its keys need not be texts."""

    key: Any
    item: Any


@dataclass(frozen=True, slots=True)
class Node:
    """An object with the fields of a dataclass; `tag` is its `type`, when it stands in a sum."""

    cls: type
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A tagged dataclass, a scalar or null, told apart by looking at the JSON."""

    nodes: tuple[Node, ...]
    other: Any = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class TextShape:
    """A text with holes."""


Shape = Plain | Word | Many | Table | Node | OneOf | TextShape


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a dataclass; without a default it is required."""

    name: str
    shape: Shape
    default: Any = dataclasses.MISSING

    @property
    def required(self) -> bool:
        """Whether the field must be there."""
        return self.default is dataclasses.MISSING


def tag(cls: type) -> str:
    """Return the `type` of a class in JSON: `JsonPathQuery` is `json_path_query`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


@cache
def fields(cls: type) -> tuple[Field, ...]:
    """Return the fields of a dataclass with their shapes."""
    hints = typing.get_type_hints(cls)
    return tuple(Field(each.name, shape(hints[each.name]), each.default) for each in dataclasses.fields(cls))


def shape(annotation: Any) -> Shape:
    """Return the shape of a type annotation; raises `TypeError` for one the model should not use."""
    if annotation is Text:
        return TextShape()
    if annotation in PLAIN:
        return Plain(annotation)
    if dataclasses.is_dataclass(annotation):
        cls = typing.cast("type", annotation)
        return Node(cls, tag(cls) if getattr(cls, "ALWAYS_TAGGED", False) else None)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return Word(arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return Many(shape(arguments[0]))
    if origin is tuple and len(set(arguments)) == 1:
        return Many(shape(arguments[0]), len(arguments))
    if origin is Mapping:
        return Table(*map(shape, arguments))
    if origin in (types.UnionType, typing.Union):
        return _sum(arguments)
    raise TypeError(f"the model has no JSON form for {annotation!r}")


def _sum(members: tuple[Any, ...]) -> OneOf:
    nullable = types.NoneType in members
    shapes = [shape(member) for member in members if member is not types.NoneType]
    if len(shapes) == 1:  # optional, not a choice: no tag needed
        return OneOf((), shapes[0], nullable)
    nodes = tuple(Node(each.cls, tag(each.cls)) for each in shapes if isinstance(each, Node))
    others = [each for each in shapes if not isinstance(each, Node)]
    if len(others) > 1:
        raise TypeError(f"the members {members!r} cannot be told apart in JSON")
    return OneOf(nodes, others[0] if others else None, nullable)
