"""What a team keeps: suites, plans, labels, and the pool of a flow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from penstock.api.loadmill.asking import Asked, Who
from penstock.api.loadmill.errors import WrongType
from penstock.errors import InvalidInput
from penstock.library.items import Item, Kind
from penstock.services.access import Page

router = APIRouter(tags=["library"])

Filters = Annotated[list[str] | None, Query(alias="filter")]
Labels = Annotated[list[str] | None, Query(alias="label")]
Search = Annotated[str, Query(max_length=500)]
Rows = Annotated[int, Query(alias="rowsPerPage", ge=1, le=1000)]

_READY = frozenset({"active", "evaluating"})
_STATUSES = frozenset({"disabled", "draft", *_READY})

_CSV: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}},
}


@router.get("/labels")
def labels(asked: Asked, who: Who, filters: Filters = None) -> dict[str, Any]:
    """Return the team's labels; `filter=CI_enabled`, or statuses of flows, leaves those that such flows have."""
    found = asked.library.labels(who, _statuses(filters or ()))
    return {"teamLabels": [{"id": label.id, "description": label.name} for label in found]}


@router.get("/test-suites")
def suites(
    asked: Asked,
    who: Who,
    search: Search = "",
    rows: Rows = 10,
    page: Annotated[int, Query(ge=0, le=100_000)] = 0,
    filters: Filters = None,
    label: Labels = None,
) -> dict[str, Any]:
    """Return suites, the newest first; `filter=CI enabled` and `label` leave those that have such a flow."""
    ids = {one.name: one.id for one in asked.library.labels(who)}
    found = asked.library.suites(who, search, _statuses(filters or ()), frozenset(label or ()))
    shown = [
        {**_listed(suite), "assignedLabelsIds": [{"id": ids[name]} for name in sorted(names) if name in ids]}
        for suite, names in found[page * rows : (page + 1) * rows]
    ]
    return {"testSuites": shown, "from": page * rows, "total": len(found)}


@router.get("/test-plans")
def plans(asked: Asked, who: Who, search: Search = "", rows: Rows = 10) -> dict[str, Any]:
    """Return plans, the newest first."""
    found = asked.library.list(who, Kind.PLAN, Page(rows), search=search)
    total = asked.library.count(who, Kind.PLAN, search=search)
    return {"testPlans": [_listed(plan) for plan in found], "total": total}


@router.get("/test-flows")
def flows(
    asked: Asked, who: Who, search: Search = "", limit: Annotated[int, Query(ge=1, le=1000)] = 10
) -> dict[str, Any]:
    """Return flows of whatever suite whose name holds a text, the newest first."""
    found = asked.library.list(who, Kind.FLOW, Page(limit), search=search)
    total = asked.library.count(who, Kind.FLOW, search=search)
    return {"testFlows": [{**_listed(flow), "testSuiteId": flow.parent} for flow in found], "total": total}


@router.patch("/test-suites/{suite}/flows/{flow}/pools", response_class=Response, openapi_extra=_CSV)
async def set_pool(
    request: Request,
    asked: Asked,
    who: Who,
    suite: str,
    flow: str,
    name: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Let a flow run once for each row of the CSV that is sent; the rows it had before are not used any more."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "text/csv":
        raise WrongType(f"Content-Type: {kind or 'none'} is not text/csv")
    await run_in_threadpool(asked.flow_pools.set_pool, who, suite, flow, await request.body(), name)
    return Response()


def _statuses(filters: Iterable[str]) -> frozenset[str]:
    """Return the statuses that filters stand for; the CI toggle is on for flows that are active or evaluated."""
    statuses: set[str] = set()
    for one in filters:
        word = one.strip().lower()
        if word.replace(" ", "_") == "ci_enabled":
            statuses |= _READY
        elif word in _STATUSES:
            statuses.add(word)
        else:
            raise InvalidInput(
                f"filter: {one!r} is not CI_enabled or a status of flows ({', '.join(sorted(_STATUSES))})"
            )
    return frozenset(statuses)


def _listed(item: Item) -> dict[str, Any]:
    return {"id": item.id, "description": item.name}
