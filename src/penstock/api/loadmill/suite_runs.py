"""Runs of suites: launch, read, stop, and the runs of their flows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from penstock.accounts.people import Identity
from penstock.api.loadmill import wishes
from penstock.api.loadmill.asking import JSON_BODY, Asked, Body, Who, run_of
from penstock.api.loadmill.run_shapes import flow_run_of, suite_run_of
from penstock.errors import PenstockError
from penstock.runs.stored import RunKind
from penstock.services.bundle import Services
from penstock.services.launches import Launch

router = APIRouter(tags=["suites"])

Switch = Annotated[str | None, Query(max_length=10)]


@router.post("/test-suites/{id}/run", openapi_extra=JSON_BODY)
def launch(
    asked: Asked,
    who: Who,
    id: str,
    body: Body,
    force: Annotated[str | None, Query(alias="forceAllFlows", max_length=10)] = None,
    ui: Switch = None,
    gracefully: Annotated[str | None, Query(alias="failGracefully", max_length=10)] = None,
) -> dict[str, str]:
    """Run the flows of a suite whose CI toggle is on; with `forceAllFlows` all of them.

    With `failGracefully` the answer is always 200, with `err` for what went wrong.
    """
    try:
        return {"testSuiteRunId": _launched(asked, who, id, body, force, ui)}
    except PenstockError as error:
        if not wishes.truth_of(gracefully):
            raise
        return {"err": str(error)}


def _launched(asked: Services, who: Identity, id: str, body: dict[str, Any], force: str | None, ui: str | None) -> str:
    everything = wishes.truth_of(force) or wishes.truth_of(ui) or bool(body.get("flows") or body.get("flowIds"))
    how = wishes.options_of(body, only_ready=not everything)
    launch = Launch(description=how.description, said=wishes.said_in(body))
    run = asked.kept_tests.run_suite(who, id, wishes.changes_of(body), launch, how)
    return run.id


@router.get("/test-suites-runs/flows/{id}")
@router.get("/test-flows-runs/{id}")
def flow_run(asked: Asked, who: Who, id: str) -> dict[str, Any]:
    """Return the run of one flow, with its result once it is over."""
    return flow_run_of(asked, who, id)


@router.get("/test-suites-runs/{id}")
def suite_run(
    asked: Asked,
    who: Who,
    id: str,
    grouped: Annotated[str | None, Query(alias="groupFlowAttempts", max_length=10)] = None,
) -> dict[str, Any]:
    """Return the run of a suite with those of its flows."""
    run = run_of(asked, who, id, RunKind.SUITE)
    return suite_run_of(asked, who, run, is_grouped=wishes.truth_of(grouped))


@router.put("/test-suites-runs/{id}", response_class=Response, openapi_extra=JSON_BODY)
def stop(
    asked: Asked,
    who: Who,
    id: str,
    body: Body,
    fails: Annotated[str | None, Query(alias="forceFail", max_length=10)] = None,
) -> Response:
    """Stop the run of a suite; with `forceFail` it counts as failed."""
    run = run_of(asked, who, id, RunKind.SUITE)
    if added := wishes.text_of(body, "additionalDescription"):
        asked.past_runs.describe(who, id, " ".join(part for part in (run.description, added) if part))
    asked.runs.stop(who, id, fails=wishes.truth_of(fails))
    return Response()
