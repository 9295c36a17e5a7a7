"""The tables of a report as Parquet files, for analysis with pandas, DuckDB, Spark and the like.

Numbers are numbers and texts are what they were: nothing is led by an apostrophe or written out, as CSV needs it. Needs
pyarrow, which the extra `parquet` installs.
"""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

from penstock.errors import Unavailable
from penstock.reporting.tables import Cell, Table, tables_of
from penstock.runs.report import Report


def verify() -> None:
    """Raise `Unavailable` where pyarrow is not installed."""
    _arrow("pyarrow")


def render(report: Report) -> dict[str, bytes]:
    """Return the content of each file by its name. Raises `Unavailable` where pyarrow is not installed."""
    return {f"{name}.parquet": _written(table) for name, table in tables_of(report).items()}


def _written(table: Table) -> bytes:
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    columns = [_column(arrow, [row[place] for row in table.rows]) for place in range(len(table.columns))]
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(columns, names=list(table.columns)), buffer)
    return buffer.getvalue()


def _column(arrow: Any, values: list[Cell]) -> Any:
    """Return a column of the narrowest type that holds all its values; of an empty one nobody can say."""
    kinds = {type(value) for value in values if value is not None}
    if str in kinds:
        texts = [None if value is None else str(value).encode("utf-8", "replace").decode() for value in values]
        return arrow.array(texts, arrow.string())
    if float in kinds:
        return arrow.array([None if value is None else float(value) for value in values], arrow.float64())
    return arrow.array(values, arrow.int64() if kinds else arrow.null())


def _arrow(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise Unavailable("Parquet files are written with pyarrow: install penstock[parquet], or pyarrow") from error
