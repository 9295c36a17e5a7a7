"""What changed: two load runs beside each other, and the runs of a load test one after the other."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from penstock.errors import NotFound
from penstock.metrics.comparison import ENOUGH, line_of, lines
from penstock.runs.stored import RunKind
from penstock.web import signing_in

_RUNS = 30


async def compare(request: Request) -> Response:
    """Answer GET /compare?before=ID&after=ID."""
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    results = signing_in.services_of(request).results
    ids = [request.query_params.get(key, "").strip() for key in ("before", "after")]
    try:
        (old, before), (new, after) = [await run_in_threadpool(results.summary, here.who, id_) for id_ in ids]
        noise = await run_in_threadpool(results.noise, here.who, *ids)
    except NotFound as error:
        return signing_in.problem(404, here, error)
    for run in (old, new):
        if run.kind is not RunKind.LOAD:
            return signing_in.problem(404, here, f"run {run.id} is no load run; only those are compared")
    return signing_in.page(
        "compare.html", signed_in=here, before=old, after=new, lines=lines(before, after, noise), enough=ENOUGH
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
    return signing_in.page("trend.html", signed_in=here, rows=rows, most=_RUNS, enough=ENOUGH)
