"""Functional tests of old clients: a configuration done once, waited for or asked for again and again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from penstock.api.loadmill import wishes
from penstock.api.loadmill.asking import JSON_BODY, Asked, Body, Who
from penstock.api.loadmill.wire import STATUSES
from penstock.errors import InvalidInput, NotFound
from penstock.services.functional_tests import FunctionalResult

router = APIRouter(tags=["functional tests"])

_LONGEST_S = 25.0
"""How long an answer may take: clients give up after 30 s."""

_LOOK_EVERY_S = 0.2


@router.post("/tests/trials", openapi_extra=JSON_BODY)
async def create(asked: Asked, who: Who, body: Body) -> dict[str, Any]:
    """Do a configuration once; with `async` the answer does not wait for the result."""
    if "requests" not in body:
        raise InvalidInput("the body is no configuration: there are no requests in it")
    run = await run_in_threadpool(asked.functional_tests.launch, who, body)
    if wishes.truth_of(body.get("async")):
        return {"id": run.id}
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        found = await run_in_threadpool(asked.functional_tests.get, who, run.id)
        if found.result is not None:
            return _shown(found)
        await asyncio.sleep(_LOOK_EVERY_S)
    return {"id": run.id, "incompleteMessage": f"The test still runs; its result will be at /api/tests/trials/{run.id}"}


@router.get("/tests/trials/{id}")
def trial(asked: Asked, who: Who, id: str) -> dict[str, Any]:
    """Return the result; 404 as long as there is none."""
    found = asked.functional_tests.get(who, id)
    if found.result is None:
        raise NotFound(f"Functional test with id [{id}] is not finished.")
    return _shown(found)


def _shown(found: FunctionalResult) -> dict[str, Any]:
    # Clients of version 1 wait for a `status` besides the result.
    return {"id": found.run.id, "trialResult": found.result, "status": STATUSES[found.run.state]}
