"""Tables that plug-ins keep in a collection of collections: a row in each."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.jmeter.numbers import number
from penstock.importers.jmeter.parse import Bag, Node
from penstock.importers.jmeter.work import Work
from penstock.model.limits import LONGEST_S


def numbers_of(node: Node, key: str, columns: Sequence[str], work: Work) -> list[tuple[float, ...]]:
    """Return the rows of a table of numbers; a cell that is none is a finding and 0."""
    rows: list[tuple[float, ...]] = []
    for row in node.items(key):
        cells = row if isinstance(row, list) else []
        texts = [cell for cell in cells if isinstance(cell, str)]
        bag = Bag("", "", node.origin, dict(zip(columns, texts, strict=False)))
        rows.append(tuple(number(bag, column, work, most=LONGEST_S) for column in columns))
    return rows
