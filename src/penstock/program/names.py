"""Which variables the expressions of a scenario read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from penstock.model import Variable


def names_in(node: object) -> frozenset[str]:
    """Return the names of the variables that expressions in a node of the model read."""
    return frozenset(_names(node))


def _names(node: object) -> Iterator[str]:
    """Yield the variables that expressions in the node read."""
    if isinstance(node, Variable):
        yield node.name
    elif isinstance(node, tuple):
        for each in node:
            yield from _names(each)
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from _names(getattr(node, field.name))
