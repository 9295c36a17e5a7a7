"""XML data files as tables, as .NET's `DataSet.ReadXml` infers them without a schema.

An element with attributes or with elements inside is a row of the table of its name, wherever it stands; its attributes
and its simple elements are the columns. A simple element that repeats beside its like is a table of its own, with its
text in the column `NAME_Text`.
"""

from __future__ import annotations

from collections import Counter

from penstock.importers.base import Table
from penstock.importers.xmlfile import Element

Rows = list[dict[str, str]]


def read_tables(root: Element) -> dict[str, Table]:
    """Return all tables by name, the rows in the order of the file."""
    rows: dict[str, Rows] = {}
    holds_tables = all(not _is_simple(child) for child in root.children)
    if root.attributes or not holds_tables:
        _add(root, rows)
    else:  # the outermost element only holds the tables
        for child in root.children:
            _add(child, rows)
    return {name: _table(found) for name, found in rows.items()}


def _add(element: Element, rows: dict[str, Rows]) -> None:
    row = dict(element.attributes)
    rows.setdefault(element.name, []).append(row)
    counts = Counter(child.name for child in element.children)
    for child in element.children:
        if not _is_simple(child):
            _add(child, rows)
        elif counts[child.name] > 1:
            rows.setdefault(child.name, []).append({f"{child.name}_Text": child.text})
        else:
            row[child.name] = child.text
    if element.text.strip() and not element.children:
        row[f"{element.name}_Text"] = element.text


def _is_simple(element: Element) -> bool:
    return not element.attributes and not element.children


def _table(rows: Rows) -> Table:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return columns, tuple(tuple(row.get(column, "") for column in columns) for row in rows)
