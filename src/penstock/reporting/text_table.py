"""The table of requests or groups in a terminal: names shrink first, then columns go, the least telling first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.metrics import numbers
from penstock.metrics.rows import Row
from penstock.reporting.text_cells import Painter, pad, pad_left, shorten, visible, width

_LEAST_NAME = 16
_LEAST_COLUMNS = 2
_GAP = "  "


@dataclass(frozen=True, slots=True)
class _Column:
    """A column; of those that do not fit, the one with the highest `dispensable` goes first."""

    title: str
    dispensable: int
    text: Callable[[Row], str]


def _latency(seconds: Callable[[Row], float]) -> Callable[[Row], str]:
    return lambda row: numbers.latency(seconds(row)) if row.response.count else "–"


_COLUMNS = (
    _Column("count", 1, lambda row: numbers.count(row.count)),
    _Column("rate", 5, lambda row: f"{numbers.count(row.rate)}/s"),
    _Column("failed", 0, lambda row: numbers.share(row.failed_share)),
    _Column("avg", 4, _latency(lambda row: row.response.avg_s)),
    _Column("p50", 3, _latency(lambda row: row.response.p50_s)),
    _Column("p95", 0, _latency(lambda row: row.response.p95_s)),
    _Column("p99", 2, _latency(lambda row: row.response.p99_s)),
    _Column("max", 6, _latency(lambda row: row.response.max_s)),
)


class Table:
    """The layout that all rows of a report share, so that requests and groups stand under each other.

    `total` is the row of all requests, called `all`.
    """

    def __init__(self, rows: Sequence[Row], total: Row, columns: int, paint: Painter) -> None:
        self._total = total
        self._paint = paint
        every = [*rows, total]
        self._widths = {column: max(map(width, [column.title, *map(column.text, every)])) for column in _COLUMNS}
        wanted = max(map(width, ["REQUESTS", *map(self._name, every)]))
        self._kept = list(_COLUMNS)
        while self._room(columns) < min(wanted, _LEAST_NAME) and len(self._kept) > _LEAST_COLUMNS:
            self._kept.remove(max(self._kept, key=lambda column: column.dispensable))
        self._name_width = max(1, min(wanted, self._room(columns)))

    def head(self, title: str) -> str:
        """Return the line above some rows."""
        titles = [pad_left(column.title, self._widths[column]) for column in self._kept]
        return self._paint(_GAP.join([pad(title, self._name_width), *titles]), "bold")

    def line(self, row: Row) -> str:
        """Return the line of one row."""
        texts = [pad_left(column.text(row), self._widths[column]) for column in self._kept]
        if row.failed:
            texts = [
                self._paint(text, "red") if column.title == "failed" else text
                for column, text in zip(self._kept, texts, strict=True)
            ]
        return _GAP.join([pad(shorten(self._name(row), self._name_width), self._name_width), *texts])

    def _name(self, row: Row) -> str:
        return f"  {'all' if row is self._total else visible(row.name)}"

    def _room(self, columns: int) -> int:
        return columns - sum(self._widths[column] + len(_GAP) for column in self._kept)
