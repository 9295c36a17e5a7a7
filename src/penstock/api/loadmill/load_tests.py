"""Load tests: create, launch once, read with the result."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from penstock.api.loadmill.asking import JSON_BODY, Asked, Body, Who
from penstock.api.loadmill.statistics import statistics
from penstock.api.loadmill.wire import RESULTS, milliseconds
from penstock.errors import InvalidInput
from penstock.runs.state import RunState
from penstock.services.load_tests import AlreadyLaunched

router = APIRouter(tags=["load tests"])

_SECONDS = ("duration", "rampUp")
"""Options of a flow's load that are seconds, where a configuration has milliseconds."""


@router.post("/tests", openapi_extra=JSON_BODY)
def create(asked: Asked, who: Who, body: Body) -> dict[str, str]:
    """Create a load test from a configuration, bare or as `config`."""
    wrapped = body.get("config")
    configuration = wrapped if isinstance(wrapped, dict) and "requests" not in body else body
    if "requests" not in configuration:
        raise InvalidInput("the body is no load-test configuration: there are no requests in it")
    return {"testId": asked.load_tests.create(who, configuration).item.id}


@router.post("/test-suites/{suite}/flows/{flow}/loads", openapi_extra=JSON_BODY)
def create_of_flow(asked: Asked, who: Who, suite: str, flow: str, body: Body) -> dict[str, str]:
    """Create a load test from a flow; `loadTestOptions` say how much, in seconds where it is about time."""
    options = body.get("loadTestOptions", {})
    if not isinstance(options, dict):
        raise InvalidInput("loadTestOptions: must be an object")
    configuration = asked.flow_loads.configuration(who, suite, flow)
    for name, value in options.items():
        in_seconds = name in _SECONDS and isinstance(value, int | float) and not isinstance(value, bool)
        configuration[name] = round(value * 1000) if in_seconds else value
    return {"testId": asked.load_tests.create(who, configuration).item.id}


@router.put("/tests/{id}/load", response_class=Response)
def launch(asked: Asked, who: Who, id: str) -> Response:
    """Launch a load test; that can be done once."""
    try:
        asked.load_tests.launch(who, id)
    except AlreadyLaunched:
        raise AlreadyLaunched(f"Launched load test with id [{id}] cannot be edited any more.") from None
    return Response()


@router.get("/tests/{id}")
def test(asked: Asked, who: Who, id: str) -> dict[str, Any]:
    """Return a load test; with its result once it is over."""
    found = asked.load_tests.get(who, id)
    run = found.run
    answer: dict[str, Any] = {
        "id": id,
        "startTime": None,
        "endTime": None,
        "usedSeconds": "0",
        "description": found.item.name,
        "conf": found.configuration,
        "result": None,
        "failedIterations": 0,
        "successfulIterations": 0,
    }
    if run is None:
        return answer
    answer["startTime"] = milliseconds(run.started or run.run.created)
    answer["endTime"] = milliseconds(run.ended)
    answer["result"] = RESULTS[run.state]
    if run.state in (RunState.ERROR, RunState.STOPPED) and run.run.why:
        answer["err"] = run.run.why
    if run.started is not None:
        answer |= statistics(asked, who, run)
    return answer
