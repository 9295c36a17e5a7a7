r"""The tables of a report for spreadsheets and scripts: UTF-8, comma, a header line, a dot in numbers.

Texts that a spreadsheet would take for a formula are led by an apostrophe; control characters other than tab and line
break are written out (`\x1b`).
"""

from __future__ import annotations

import csv
import io
import re

from penstock.reporting.tables import Cell, Table, tables_of
from penstock.runs.report import Report

_FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def render(report: Report) -> dict[str, bytes]:
    """Return the content of each file by its name."""
    return {f"{name}.csv": _written(table) for name, table in tables_of(report).items()}


def _written(table: Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, int):
        return str(value)
    text = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", value)
    return f"'{text}" if text.lstrip(" ").startswith(tuple(_FORMULA_STARTS)) else text
