"""Where the rows of a data source come from, if from no file of the test."""

from __future__ import annotations

from typing import Protocol

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Columns and rows, all of them text."""


class Tables(Protocol):
    """A place with tables; read before a run, never while load runs."""

    def read(self, table: str) -> Table:
        """Return a table by its name (`schema.table` too).

        Raises `InvalidInput` when there is no such table, when the place cannot be reached, or when it is too large.
        """
