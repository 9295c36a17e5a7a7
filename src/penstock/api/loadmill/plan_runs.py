"""Test plans and their runs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from penstock.api.loadmill import wishes
from penstock.api.loadmill.asking import JSON_BODY, Asked, Body, Who, run_of
from penstock.api.loadmill.run_shapes import plan_run_of
from penstock.runs.stored import RunKind
from penstock.services.launches import Launch

router = APIRouter(tags=["plans"])

MOST_PARALLEL = 10
"""Suites at a time, of the vendor's API; a larger number is taken for this."""

Switch = Annotated[str | None, Query(max_length=10)]


@router.post("/test-plans/{id}/run", openapi_extra=JSON_BODY)
def launch(asked: Asked, who: Who, id: str, body: Body) -> dict[str, str]:
    """Run the suites of a plan: their flows whose CI toggle is on."""
    how = wishes.options_of(body, only_ready=True)
    parallel = wishes.number_of(body, "parallel", 1, 1000)
    launch = Launch(description=how.description, tags=wishes.names_of(body, "tags"), said=wishes.said_in(body))
    changes = wishes.changes_of(body)
    at_once = None if parallel is None else min(parallel, MOST_PARALLEL)
    run = asked.kept_tests.run_plan(who, id, changes, launch, how, at_once)
    return {"testPlanRunId": run.id}


@router.get("/test-plans-runs/{id}")
def plan_run(
    asked: Asked,
    who: Who,
    id: str,
    flows: Annotated[str | None, Query(alias="fetchAllFlows", max_length=10)] = None,
    grouped: Annotated[str | None, Query(alias="groupFlowAttempts", max_length=10)] = None,
) -> dict[str, Any]:
    """Return the run of a plan with those of its suites, and with `fetchAllFlows` those of their flows."""
    run = run_of(asked, who, id, RunKind.PLAN)
    with_flows, is_grouped = wishes.truth_of(flows), wishes.truth_of(grouped)
    return plan_run_of(asked, who, run, with_flows=with_flows, is_grouped=is_grouped)


@router.put("/test-plans-runs/{id}", response_class=Response, openapi_extra=JSON_BODY)
def stop(
    asked: Asked,
    who: Who,
    id: str,
    body: Body,
    fails: Annotated[str | None, Query(alias="forceFail", max_length=10)] = None,
) -> Response:
    """Stop the run of a plan, as that of a suite is stopped."""
    run = run_of(asked, who, id, RunKind.PLAN)
    if added := wishes.text_of(body, "additionalDescription"):
        asked.past_runs.describe(who, id, " ".join(part for part in (run.description, added) if part))
    asked.runs.stop(who, id, fails=wishes.truth_of(fails))
    return Response()


@router.post("/test-plans-runs/{id}/re-run")
def run_again(
    asked: Asked,
    who: Who,
    id: str,
    failed: Annotated[str | None, Query(alias="onlyFailed", max_length=10)] = None,
) -> dict[str, str]:
    """Run a plan run's suites again as they were; with `onlyFailed` those that did not pass."""
    run_of(asked, who, id, RunKind.PLAN)
    return {"testPlanRunId": asked.past_runs.run_again(who, id, only_failed=wishes.truth_of(failed)).id}
