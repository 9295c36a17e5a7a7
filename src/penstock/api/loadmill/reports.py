"""Reports of what came of runs: JUnit (asked for, then fetched; made when it is fetched), and why a flow failed."""

from __future__ import annotations

from contextlib import suppress

from fastapi import APIRouter

from penstock.api.loadmill import wishes
from penstock.api.loadmill.asking import JSON_BODY, Asked, Body, Who
from penstock.errors import InvalidInput, NotFound
from penstock.runs.stored import RunKind, StoredRun

router = APIRouter(tags=["reports"])

_KINDS = {"test-plan": RunKind.PLAN, "test-suite": RunKind.SUITE, "load": RunKind.LOAD}


@router.post("/reports/junit", openapi_extra=JSON_BODY)
def order(asked: Asked, who: Who, body: Body) -> dict[str, str]:
    """Order the JUnit report of a run."""
    kind = _KINDS.get(wishes.text_of(body, "runType") or "test-plan")
    if kind is None:
        raise InvalidInput(f"runType: must be one of {', '.join(_KINDS)}")
    id_ = wishes.text_of(body, "testId")
    run = _run(asked, who, id_)
    if run.kind is not kind:
        raise NotFound(f"Report: run with id [{id_}] is not of type {body.get('runType')}.")
    return {"junitReportId": run.id}


@router.post("/explain-failures", openapi_extra=JSON_BODY)
def explain(asked: Asked, who: Who, body: Body) -> dict[str, str]:
    """Return why a flow run failed: the first failure, as it was recorded."""
    if body.get("testRunType") != "flowRun":
        raise InvalidInput("testRunType: must be flowRun")
    attempt, _ = asked.runs.flow_run(who, wishes.text_of(body, "testRunId"))
    return {"reason": str(attempt.facts.get("reason", ""))}


@router.get("/reports/junit/{id}")
def fetch(asked: Asked, who: Who, id: str) -> dict[str, str]:
    """Return the report; 404 as long as the run goes on."""
    run = _run(asked, who, id)
    if not run.state.final:
        raise NotFound(f"Report with id [{id}] is not ready.")
    return {"junitReport": asked.results.junit(who, run.id).decode()}


def _run(asked: Asked, who: Who, id: str) -> StoredRun:
    """Return the run; of a load test its id names the test."""
    try:
        return asked.runs.get(who, id)
    except NotFound:
        with suppress(NotFound):
            run = asked.load_tests.get(who, id).run
            if run is not None:
                return run
    raise NotFound.of("report", id)
