"""What a run gave in the end: all that its report needs of it, whatever the run's length.

It is kept once the run is over, so that nobody has to read its seconds again to see its report.

    {"version": 1, "points": columns, "verdict": {…}, "counters": {…} or null, "warnings": […],
     "spread": {…} or null}, compressed
    the sum, packed as seconds are

The points are kept as columns: a list a field, for each request those of its counts and sums, and for each counter from
elsewhere those of its samples.
"""

from __future__ import annotations

import dataclasses
import lzma
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from penstock.errors import PenstockError
from penstock.metrics.packing import pack, unpack
from penstock.metrics.points import CounterPoint, Point, RequestPoint
from penstock.metrics.snapshot import Snapshot
from penstock.model import codec
from penstock.runs.counters import CounterReport
from penstock.runs.nodes import Spread
from penstock.runs.verdict import Verdict

_VERSION = 1
_SIZE = 4
_Counted = tuple[int, int, int]
"""How many exchanges of a request, how many of them failed, and the sum of their latencies in nanoseconds."""
_PLAIN = tuple(field.name for field in dataclasses.fields(Point) if field.name not in ("requests", "counters"))


@dataclass(frozen=True, slots=True)
class Measured:
    """The sum and the curves of a run, and what was thought of them; `warnings` are those of its agents.

    `spread` tells of the nodes that these ran on, where it was a cluster.
    """

    total: Snapshot
    points: tuple[Point, ...]
    verdict: Verdict
    counters: CounterReport | None = None
    warnings: tuple[str, ...] = ()
    spread: Spread | None = None

    def encode(self) -> bytes:
        """Return it in few bytes; `decode` gives an equal one back."""
        counters = self.counters
        content = {
            "version": _VERSION,
            "points": _columns(self.points),
            "verdict": orjson.Fragment(codec.encode_as(Verdict, self.verdict)),
            "counters": None if counters is None else orjson.Fragment(codec.encode_as(CounterReport, counters)),
            "warnings": self.warnings,
            "spread": None if self.spread is None else orjson.Fragment(codec.encode_as(Spread, self.spread)),
        }
        told = zlib.compress(orjson.dumps(content))
        return len(told).to_bytes(_SIZE, "big") + told + pack([self.total])

    @staticmethod
    def decode(content: bytes) -> Measured | None:
        """Return what `encode` wrote; None for what another version wrote in a form that this one does not read."""
        try:
            end = _SIZE + int.from_bytes(content[:_SIZE], "big")
            told = orjson.loads(zlib.decompress(content[_SIZE:end]))
            if told["version"] != _VERSION:
                return None
            counters, spread = told["counters"], told.get("spread")
            (total,) = unpack(content[end:])
            return Measured(
                total,
                _points(told["points"]),
                codec.decode_as(Verdict, orjson.dumps(told["verdict"])),
                None if counters is None else codec.decode_as(CounterReport, orjson.dumps(counters)),
                tuple(told["warnings"]),
                None if spread is None else codec.decode_as(Spread, orjson.dumps(spread)),
            )
        except (LookupError, TypeError, ValueError, zlib.error, lzma.LZMAError, PenstockError):
            return None


def _columns(points: tuple[Point, ...]) -> dict[str, Any]:
    requests: dict[str, list[list[int]]] = {}
    for place, point in enumerate(points):
        for name, one in point.requests.items():
            columns = requests.setdefault(name, [[], [], [], []])
            for column, value in zip(
                columns, (place, one.count, one.failed, round(one.avg_s * one.count * 1e9)), strict=True
            ):
                column.append(value)
    fields = {name: [getattr(point, name) for point in points] for name in _PLAIN}
    return {"fields": fields, "requests": requests, "counters": _counter_columns(points)}


def _counter_columns(points: tuple[Point, ...]) -> dict[str, list[list[float]]]:
    counters: dict[str, list[list[float]]] = {}
    for place, point in enumerate(points):
        for name, one in point.counters.items():
            columns = counters.setdefault(name, [[], [], [], [], []])
            for column, value in zip(columns, (place, one.count, one.avg, one.least, one.most), strict=True):
                column.append(value)
    return counters


class _Requests(Mapping[str, RequestPoint]):
    """The requests of one point, each made when it is asked for: charts show few of them, most reports none."""

    __slots__ = ("_columns", "_place", "_span_s")

    def __init__(self, columns: Mapping[str, Sequence[_Counted | None]], place: int, span_s: float) -> None:
        self._columns = columns
        self._place = place
        self._span_s = span_s

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        return (name for name, column in self._columns.items() if column[self._place] is not None)

    def __getitem__(self, name: str) -> RequestPoint:
        counted = self._columns[name][self._place]
        if counted is None:
            raise KeyError(name)
        count, failed, sum_ns = counted
        return RequestPoint(count, failed, count / self._span_s, sum_ns / count / 1e9 if count else 0.0)


def _points(told: dict[str, Any]) -> tuple[Point, ...]:
    fields = [told["fields"][name] for name in _PLAIN]
    spans = told["fields"]["span_s"]
    requests: dict[str, list[_Counted | None]] = {}
    for name, (places, *numbers) in sorted(told["requests"].items()):
        column = requests[name] = [None] * len(spans)
        for place, counted in zip(places, zip(*numbers, strict=True), strict=True):
            column[place] = counted
    counters: list[dict[str, CounterPoint]] = [{} for _ in spans]
    for name, columns in sorted(told.get("counters", {}).items()):
        for place, *values in zip(*columns, strict=True):
            counters[place][name] = CounterPoint(*values)
    rows = zip(zip(*fields, strict=True), spans, counters, strict=True)
    return tuple(
        Point(
            **dict(zip(_PLAIN, values, strict=True)),
            requests=_Requests(requests, place, span_s),
            counters=of_counters,
        )
        for place, (values, span_s, of_counters) in enumerate(rows)
    )
