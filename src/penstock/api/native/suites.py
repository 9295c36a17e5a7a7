"""Suites: their flows, import and export; and running what is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from penstock.accounts.people import Identity
from penstock.api.native.asking import Asked, JsonRoute, Who
from penstock.api.native.library import IfMatch, ItemForm, ItemId, changed, deleted, tagged, wish_of
from penstock.api.native.runs import ClientId, RunForm, SuiteForm
from penstock.api.native.sources import ChangesForm
from penstock.errors import NotFound
from penstock.library.items import Item, Kind
from penstock.runs.stored import StoredRun
from penstock.services.bundle import Services
from penstock.services.changes import Changes
from penstock.services.launches import Launch
from penstock.services.suite_launcher import SuiteOptions

_SUITE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in ("application/yaml", "application/json")},
    }
}

router = APIRouter(route_class=JsonRoute)

FlowId = Annotated[str, Path(max_length=100)]
FlowWish: Any = wish_of(Kind.FLOW)


class KeptRunWish(BaseModel):
    """How a kept thing is run. What is left out is as it is kept; `suite` is for suites and plans."""

    model_config = ConfigDict(extra="forbid")

    changes: ChangesForm = ChangesForm()
    suite: SuiteForm = SuiteForm()
    description: str = Field(default="", max_length=5000)
    tags: list[str] = Field(default=[], max_length=50)

    def launch(self, client_id: str | None) -> Launch:
        """Return the launch."""
        return Launch(description=self.description, client_id=client_id, tags=tuple(self.tags))


@router.get("/suites/{id}/flows", tags=["suites"])
def flows(asked: Asked, who: Who, id: ItemId) -> list[ItemForm]:
    """Return the flows of a suite in the order in which they run."""
    asked.library.get(who, Kind.SUITE, id)
    return [ItemForm.of(flow) for flow in asked.library.flows(who, id)]


@router.post("/suites/{id}/flows", status_code=201, tags=["suites"])
def add_flow(
    asked: Asked,
    who: Who,
    response: Response,
    id: ItemId,
    wish: FlowWish,
    client_id: ClientId = None,
) -> ItemForm:
    """Add a flow to a suite."""
    content = wish.content.model_dump()
    return tagged(response, asked.library.add(who, Kind.FLOW, wish.name, content, parent=id, client_id=client_id))


@router.get("/suites/{id}/flows/{flow}", tags=["suites"])
def flow(asked: Asked, who: Who, response: Response, id: ItemId, flow: FlowId) -> ItemForm:
    """Return a flow."""
    found = asked.library.get(who, Kind.FLOW, flow)
    return tagged(response, _of(found, id))


@router.put("/suites/{id}/flows/{flow}", tags=["suites"])
def change_flow(
    asked: Asked,
    who: Who,
    response: Response,
    id: ItemId,
    flow: FlowId,
    wish: FlowWish,
    if_match: IfMatch = None,
) -> ItemForm:
    """Make the next version of a flow."""
    _of(asked.library.get(who, Kind.FLOW, flow), id)
    content = wish.content.model_dump()
    return tagged(response, changed(asked, who, Kind.FLOW, flow, if_match, name=wish.name, content=content))


@router.delete("/suites/{id}/flows/{flow}", status_code=204, tags=["suites"])
def delete_flow(asked: Asked, who: Who, id: ItemId, flow: FlowId, if_match: IfMatch = None) -> None:
    """Delete a flow; its runs stay."""
    _of(asked.library.get(who, Kind.FLOW, flow), id)
    deleted(asked, who, Kind.FLOW, flow, if_match)


async def _raw(request: Request) -> bytes:
    """Return the body as it was sent, whatever it is called."""
    return await request.body()


@router.post("/imports/suites", status_code=201, tags=["suites"], openapi_extra=_SUITE_BODY)
def import_suite(
    asked: Asked,
    who: Who,
    response: Response,
    content: Annotated[bytes, Depends(_raw)],
    client_id: ClientId = None,
) -> ItemForm:
    """Keep a suite that is sent as Loadmill writes it, in YAML or JSON."""
    return tagged(response, asked.kept_tests.import_suite(who, content, client_id))


@router.get(
    "/suites/{id}/export",
    response_class=Response,
    responses={200: {"description": "The suite.", "content": {"application/yaml": {}, "application/json": {}}}},
    tags=["suites"],
)
def export_suite(asked: Asked, who: Who, id: ItemId, format: Literal["yaml", "json"] = "yaml") -> Response:
    """Return a suite with its flows as Loadmill writes it."""
    return Response(asked.kept_tests.export_suite(who, id, format), media_type=f"application/{format}")


@router.post("/suites/{id}/runs", status_code=202, tags=["runs"])
def run_suite(
    asked: Asked,
    who: Who,
    id: ItemId,
    wish: KeptRunWish | None = None,
    client_id: ClientId = None,
) -> RunForm:
    """Run the flows of a suite once each."""
    return _launched(asked, who, asked.kept_tests.run_suite, id, wish or KeptRunWish(), client_id)


@router.post("/load-tests/{id}/runs", status_code=202, tags=["runs"])
def run_load_test(
    asked: Asked,
    who: Who,
    id: ItemId,
    wish: KeptRunWish | None = None,
    client_id: ClientId = None,
) -> RunForm:
    """Run a load test."""
    wish = wish or KeptRunWish()
    return RunForm.of(
        asked.kept_tests.run_load_test(who, id, wish.changes.changes(asked.library, who), wish.launch(client_id))
    )


@router.post("/plans/{id}/runs", status_code=202, tags=["runs"])
def run_plan(
    asked: Asked,
    who: Who,
    id: ItemId,
    wish: KeptRunWish | None = None,
    client_id: ClientId = None,
) -> RunForm:
    """Run the suites of a plan."""
    return _launched(asked, who, asked.kept_tests.run_plan, id, wish or KeptRunWish(), client_id)


def _launched(
    asked: Services,
    who: Identity,
    run: Callable[[Identity, str, Changes, Launch, SuiteOptions], StoredRun],
    id: str,
    wish: KeptRunWish,
    client_id: str | None,
) -> RunForm:
    options, changes = wish.suite.options(wish.description), wish.changes.changes(asked.library, who)
    return RunForm.of(run(who, id, changes, wish.launch(client_id), options))


def _of(flow: Item, suite: str) -> Item:
    if flow.parent != suite:
        raise NotFound(f"suite {suite} has no flow {flow.id}")
    return flow
