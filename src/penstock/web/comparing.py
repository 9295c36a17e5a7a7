"""What changed: two load runs beside each other, and the runs of a load test one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from penstock.errors import NotFound
from penstock.metrics import numbers
from penstock.metrics.rows import Row
from penstock.metrics.summary import Summary
from penstock.runs.stored import RunKind
from penstock.web import signing_in

_NOTABLE = 0.05
"""Changes of less than this share are not coloured: two runs of the same test differ by as much."""

_ENOUGH = 100
"""Latencies of fewer requests are not coloured: one slow answer would decide."""

_RUNS = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure before and after, what changed, and whether that is `better`, `worse` or neither."""

    before: str
    after: str
    change: str
    tone: Literal["better", "worse", ""]


@dataclass(frozen=True, slots=True)
class Line:
    """One request in both runs; the cells are count, rate, failed, average, p50, p95, p99."""

    name: str
    cells: tuple[Cell, ...]


def lines(before: Summary, after: Summary) -> tuple[Line, ...]:
    """Return all requests together, then each by name, in the order of the run before."""
    old, new = ({row.name: row for row in one.requests} for one in (before, after))
    names = dict.fromkeys((*old, *new))
    return (
        line_of("all requests", before.total, after.total),
        *(line_of(name, old.get(name), new.get(name)) for name in names),
    )


def line_of(name: str, before: Row | None, after: Row | None) -> Line:
    """Return one line; a row is None where the request was not made."""
    pair = (before, after)
    failed = [None if row is None else (row.failed / row.count if row.count else 0.0) for row in pair]
    measured = [row if row is not None and row.count else None for row in pair]
    is_judged = all(row is not None and row.count >= _ENOUGH for row in pair)
    cells = [
        _cell(
            [None if row is None else row.rate for row in pair],
            lambda value: f"{numbers.count(value)}/s",
            is_judged=False,
        ),
        _points(failed[0], failed[1]),
    ]
    for figure in ("avg_s", "p50_s", "p95_s", "p99_s"):
        values = [None if row is None else float(getattr(row.response, figure)) for row in measured]
        cells.append(_cell(values, numbers.latency, is_judged=is_judged))
    return Line(name, tuple(cells))


def _cell(values: list[float | None], write: Callable[[float], str], *, is_judged: bool) -> Cell:
    """Compare; where it is judged, more is worse."""
    before, after = values
    texts = ["–" if value is None else write(value) for value in values]
    if before is None or after is None or before == 0:
        return Cell(texts[0], texts[1], "", "")
    change = after / before - 1
    tone: Literal["better", "worse", ""] = ""
    if is_judged and abs(change) >= _NOTABLE:
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


async def compare(request: Request) -> Response:
    """Answer GET /compare?before=ID&after=ID."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    results = signing_in.services_of(request).results
    ids = [request.query_params.get(key, "").strip() for key in ("before", "after")]
    try:
        (old, before), (new, after) = [await run_in_threadpool(results.summary, here.who, id_) for id_ in ids]
    except NotFound as error:
        return signing_in.problem(404, here, error)
    for run in (old, new):
        if run.kind is not RunKind.LOAD:
            return signing_in.problem(404, here, f"run {run.id} is no load run; only those are compared")
    return signing_in.page(
        "compare.html", signed_in=here, before=old, after=new, lines=lines(before, after), enough=_ENOUGH
    )


async def trend(request: Request) -> Response:
    """Answer GET /tests/ID: the runs of a load test that are over, the newest first."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    id_ = request.path_params["id"]
    runs = await run_in_threadpool(signing_in.services_of(request).results.trend, here.who, id_, _RUNS)
    if not runs:
        return signing_in.problem(404, here, f"there is no load test {id_}, or no run of it is over yet")
    rows = [
        (one, runs[place + 1] if place + 1 < len(runs) else None, line_of("", before, one.summary.total))
        for place, one in enumerate(runs)
        for before in [runs[place + 1].summary.total if place + 1 < len(runs) else None]
    ]
    return signing_in.page("trend.html", signed_in=here, rows=rows, most=_RUNS, enough=_ENOUGH)
