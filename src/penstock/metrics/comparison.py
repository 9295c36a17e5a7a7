"""What changed between two load runs: every request before and after, and what is worse by more than is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from penstock.metrics import numbers
from penstock.metrics.noise import Noise, NoiseOfRuns
from penstock.metrics.rows import Row
from penstock.metrics.summary import Summary

FIGURES = ("rate", "failed", "avg", "p50", "p95", "p99")
"""What the cells of a line are about, in their order."""

NOTABLE = 0.05
"""Changes of less than this share are neither better nor worse: nobody would act on them."""

ENOUGH = 100
"""Latencies of fewer requests are not judged: one slow answer would decide."""

_ALL = "all requests"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure before and after, what changed, and whether that is `better`, `worse` or neither.

    `noise` says whether a notable change is more than the noise of the two runs; `untold`: too little was measured.
    """

    before: str
    after: str
    change: str
    tone: Literal["better", "worse", ""]
    noise: Noise | Literal[""] = ""

    @property
    def words(self) -> str:
        """What is to be said of the change."""
        match self.noise:
            case "within":
                return "within the noise of these runs"
            case "untold":
                return f"{self.tone}, too little to tell from noise"
        return self.tone


@dataclass(frozen=True, slots=True)
class Line:
    """One request in both runs, with a cell for each of `FIGURES`."""

    name: str
    cells: tuple[Cell, ...]


def lines(before: Summary, after: Summary, noise: NoiseOfRuns) -> tuple[Line, ...]:
    """Return all requests together, then each by name, in the order of the run before."""
    return tuple(
        line_of(name, old, new, noise.get(key, {})) for key, name, old, new in _totals_and_pairs(before, after)
    )


def pairs(before: Summary, after: Summary) -> Iterator[tuple[str, Row | None, Row | None]]:
    """Give each request by name with its rows in both runs, in the order of the run before; None: it was not made."""
    old, new = ({row.name: row for row in one.requests} for one in (before, after))
    for name in dict.fromkeys((*old, *new)):
        yield name, old.get(name), new.get(name)


def _totals_and_pairs(before: Summary, after: Summary) -> Iterator[tuple[str | None, str, Row | None, Row | None]]:
    yield None, _ALL, before.total, after.total
    for name, old, new in pairs(before, after):
        yield name, name, old, new


def regressions(
    before: Summary, after: Summary, allowed: float, noise: NoiseOfRuns | None = None, wanted: Noise = "beyond"
) -> tuple[str, ...]:
    """Return a sentence for each request that is worse by more than a share (0.1: a tenth) allows.

    Judged is the p95 of its response latency, and the share that failed, which may rise by as many points; both where
    the request was made often enough in both runs. With `noise` only that counts of which it says what is wanted.
    """
    found = []
    for key, name, old, new in _totals_and_pairs(before, after):
        if old is None or new is None or min(old.count, new.count) < ENOUGH:
            continue
        told = {} if noise is None else noise.get(key, {})
        p95_s = (old.response.p95_s, new.response.p95_s)
        if (
            p95_s[0] > 0
            and p95_s[1] / p95_s[0] - 1 > allowed
            and (noise is None or told.get("p95", "untold") == wanted)
        ):
            change = _signed((p95_s[1] / p95_s[0] - 1) * 100, "%")
            found.append(f"{name}: p95 {numbers.latency(p95_s[0])} → {numbers.latency(p95_s[1])} ({change})")
        rose = new.failed_share - old.failed_share
        if rose > allowed and (noise is None or told.get("failed", "untold") == wanted):
            failed = [numbers.share(row.failed_share) for row in (old, new)]
            found.append(f"{name}: failed {failed[0]} → {failed[1]}")
    return tuple(found)


def line_of(name: str, before: Row | None, after: Row | None, noise: Mapping[str, Noise] | None = None) -> Line:
    """Return one line; a row is None where the request was not made. Without `noise` nothing is said of that."""
    pair = (before, after)
    failed = [None if row is None else row.failed_share for row in pair]
    measured = [row if row is not None and row.count else None for row in pair]
    is_judged = all(row is not None and row.count >= ENOUGH for row in pair)
    cells = [
        _cell(
            [None if row is None else row.rate for row in pair],
            lambda value: f"{numbers.count(value)}/s",
            is_judged=False,
        ),
        _against(_points(failed[0], failed[1]), "failed", noise),
    ]
    for figure in FIGURES[2:]:
        values = [None if row is None else float(getattr(row.response, f"{figure}_s")) for row in measured]
        cells.append(_against(_cell(values, numbers.latency, is_judged=is_judged), figure, noise))
    return Line(name, tuple(cells))


def _against(cell: Cell, figure: str, noise: Mapping[str, Noise] | None) -> Cell:
    """Return the cell with what the noise of the runs says of its change; one that is only noise has no tone."""
    if noise is None or not cell.tone:
        return cell
    told = noise.get(figure, "untold")
    return replace(cell, tone="" if told == "within" else cell.tone, noise=told)


def _cell(values: list[float | None], write: Callable[[float], str], *, is_judged: bool) -> Cell:
    """Compare; where it is judged, more is worse."""
    before, after = values
    texts = ["–" if value is None else write(value) for value in values]
    if before is None or after is None or before == 0:
        return Cell(texts[0], texts[1], "", "")
    change = after / before - 1
    tone: Literal["better", "worse", ""] = ""
    if is_judged and abs(change) >= NOTABLE:
        tone = "worse" if change > 0 else "better"
    return Cell(texts[0], texts[1], _signed(change * 100, "%"), tone)


def _points(before: float | None, after: float | None) -> Cell:
    """Compare shares of failures: in points, since a share of nothing has no multiple."""
    texts = ["–" if value is None else numbers.share(value) for value in (before, after)]
    if before is None or after is None:
        return Cell(texts[0], texts[1], "", "")
    points = (after - before) * 100
    tone: Literal["better", "worse", ""] = "worse" if points > 0 else "better" if points < 0 else ""
    return Cell(texts[0], texts[1], _signed(points, " points") if points else "", tone)


def _signed(number: float, unit: str) -> str:
    """Write a change: `+12%`, `−0.25 points`; what rounds to nothing has no sign."""
    text = f"{number:+.2g}" if abs(number) < 1 and unit != "%" else f"{number:+,.0f}"
    return ("0" if text in ("+0", "-0") else text.replace("-", "−")) + unit
