"""What runs gave: while they go on, and as reports."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from penstock.api.native.asking import Asked, JsonRoute, Who
from penstock.api.native.runs import RunForm
from penstock.metrics.comparison import pairs
from penstock.metrics.noise import Noise
from penstock.metrics.points import Point
from penstock.metrics.rows import Row

router = APIRouter(route_class=JsonRoute, tags=["results"])

Form = Literal["html", "json", "junit", "csv"]
_TYPES = {"html": "text/html; charset=utf-8", "json": "application/json", "junit": "application/xml"}
_FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report.",
        "content": {kind: {} for kind in (*(one.split(";")[0] for one in _TYPES.values()), "application/zip")},
    }
}


class ProgressForm(BaseModel):
    """How far a run is. `latest` is the newest second that all its agents have told."""

    run: RunForm
    latest: dict[str, Any] | None
    points: list[dict[str, Any]]


class RowForm(BaseModel):
    """One request, or all together, in one run; seconds and shares from 0 to 1."""

    name: str
    count: int
    failed: int
    rate: float
    avg_s: float
    p50_s: float
    p95_s: float
    p99_s: float

    @staticmethod
    def of(row: Row) -> RowForm:
        """Return the form of a row."""
        response = row.response
        return RowForm(
            name=row.name,
            count=row.count,
            failed=row.failed,
            rate=row.rate,
            avg_s=response.avg_s,
            p50_s=response.p50_s,
            p95_s=response.p95_s,
            p99_s=response.p99_s,
        )


class Compared(BaseModel):
    """One request in two runs; null where it was not made. `change` is after divided by before, less 1.

    `noise` says of `failed`, `avg`, `p50`, `p95` and `p99` whether the difference is more than the noise of the two
    runs (`beyond`), not more (`within`), or that too little was measured to tell (`untold`).
    """

    name: str
    before: RowForm | None
    after: RowForm | None
    change: dict[str, float]
    noise: dict[str, Noise]


class Comparison(BaseModel):
    """Two runs beside each other: all requests together first, then each by name."""

    before: RunForm
    after: RunForm
    rows: list[Compared]


class TrendPoint(BaseModel):
    """One run of a test."""

    run: RunForm
    total: RowForm
    iterations: int
    failed_iterations: int


@router.get("/runs/{id}/progress")
def progress(asked: Asked, who: Who, id: str, since: Annotated[int, Query(ge=-1, le=2**31 - 1)] = -1) -> ProgressForm:
    """Return how far a run is, with the points of its seconds from `since` on."""
    found = asked.results.progress(who, id, since)
    return ProgressForm(
        run=RunForm.of(found.run),
        latest=None if found.latest is None else _point(found.latest),
        points=[_point(point) for point in found.points],
    )


@router.get("/runs/{id}/report", response_class=Response, responses=_FORMS)
def report(asked: Asked, who: Who, id: str, format: Form = "json") -> Response:
    """Return the report of a load run, from what is kept of it so far; CSV files come in a zip."""
    if format == "csv":
        return Response(_zipped(asked.results.tables(who, id)), media_type="application/zip")
    return Response(asked.results.rendered(who, id, format), media_type=_TYPES[format])


@router.get("/comparison")
def comparison(
    asked: Asked,
    who: Who,
    before: Annotated[str, Query(max_length=100)],
    after: Annotated[str, Query(max_length=100)],
) -> Comparison:
    """Return two runs beside each other."""
    run_before, old = asked.results.summary(who, before)
    run_after, new = asked.results.summary(who, after)
    noise = asked.results.noise(who, before, after)
    rows = [
        _compared("", old.total, new.total, noise.get(None, {})),
        *(_compared(*pair, noise.get(pair[0], {})) for pair in pairs(old, new)),
    ]
    return Comparison(before=RunForm.of(run_before), after=RunForm.of(run_after), rows=rows)


@router.get("/tests/{id}/trend")
def trend(asked: Asked, who: Who, id: str, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[TrendPoint]:
    """Return the numbers of the last runs of a kept load test, the newest first."""
    return [
        TrendPoint(
            run=RunForm.of(one.run),
            total=RowForm.of(one.summary.total),
            iterations=one.summary.iterations.finished,
            failed_iterations=one.summary.iterations.failed,
        )
        for one in asked.results.trend(who, id, limit)
    ]


def _point(point: Point) -> dict[str, Any]:
    told = {field.name: getattr(point, field.name) for field in dataclasses.fields(point)}
    for curves in ("requests", "counters"):  # mappings of whatever kind
        told[curves] = {name: dataclasses.asdict(one) for name, one in told[curves].items()}
    return told


def _compared(name: str, before: Row | None, after: Row | None, noise: Mapping[str, Noise]) -> Compared:
    old = None if before is None else RowForm.of(before)
    new = None if after is None else RowForm.of(after)
    change = {}
    if old and new:
        for figure in ("rate", "avg_s", "p50_s", "p95_s", "p99_s"):
            if base := getattr(old, figure):
                change[figure] = getattr(new, figure) / base - 1
    return Compared(name=name, before=old, after=new, change=change, noise=dict(noise))


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
