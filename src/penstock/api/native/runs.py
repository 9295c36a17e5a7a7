"""Runs: launch, list, stop, control."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field

from penstock.api.native.asking import Asked, JsonRoute, Who
from penstock.api.native.paging import After, Limit, next_of, page_of
from penstock.api.native.sources import ChangesForm, SourceForm
from penstock.runs.state import RunState
from penstock.runs.stored import FlowRun, RunKind, StoredRun
from penstock.services.launches import Launch
from penstock.services.load_launcher import MOST_WORKERS
from penstock.services.selection import Selection
from penstock.services.suite_launcher import SuiteOptions

router = APIRouter(route_class=JsonRoute, tags=["runs"])

ClientId = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="Your own id: asked again, it gives the same."),
]


class ChangeForm(BaseModel):
    """A step in the life of a run."""

    state: RunState
    at: datetime.datetime
    why: str


class RunForm(BaseModel):
    """A run. `why` says why it is where it is, `result` a few numbers once it is over."""

    id: str
    kind: RunKind
    name: str
    description: str
    state: RunState
    why: str
    created: datetime.datetime
    started: datetime.datetime | None
    ended: datetime.datetime | None
    launched_by: str
    test: str | None
    test_version: int
    parent: str | None
    tags: list[str]
    findings: list[dict[str, Any]]
    result: dict[str, Any]
    history: list[ChangeForm]

    @staticmethod
    def of(stored: StoredRun) -> RunForm:
        """Return the form of a run."""
        run = stored.run
        return RunForm(
            id=run.id,
            kind=stored.kind,
            name=run.name,
            description=stored.description,
            state=run.state,
            why=run.why,
            created=run.created,
            started=stored.started,
            ended=stored.ended,
            launched_by=stored.launched_by,
            test=stored.test,
            test_version=stored.test_version,
            parent=stored.parent,
            tags=list(stored.tags),
            findings=stored.facts.get("findings", []),
            result=stored.result,
            history=[ChangeForm(state=one.after, at=one.at, why=one.why) for one in run.history],
        )


class RunList(BaseModel):
    """Some runs, and where the next ones begin."""

    runs: list[RunForm]
    next: str | None


class RunWish(BaseModel):
    """A load run of a test that is sent along."""

    model_config = ConfigDict(extra="forbid")

    source: SourceForm
    changes: ChangesForm = ChangesForm()
    name: str = Field(default="", max_length=500)
    description: str = Field(default="", max_length=5000)
    tags: list[str] = Field(default=[], max_length=50)
    workers: int = Field(default=1, ge=1, le=MOST_WORKERS)
    applications: list[str] | None = Field(
        default=None, max_length=10, description="Whose counters are read beside it; else all that are always read."
    )


class SuiteForm(BaseModel):
    """How a suite is to run. Nothing means: all flows that are not disabled, as often as the suite says."""

    model_config = ConfigDict(extra="forbid")

    flows: list[str] = Field(default=[], description="Names or ids.")
    labels: list[str] = Field(default=[], description="Flows that have one of these.")
    labels_expression: str = Field(default="", max_length=2000, description="Like `(smoke | orders) & !slow`.")
    only_ready: bool = Field(default=False, description="Leave out drafts: flows whose toggle for builds is off.")
    retries: int | None = Field(default=None, ge=0, le=20)
    parallel: int = Field(default=1, ge=1, le=16)
    no_think: bool = False

    def options(self, description: str = "") -> SuiteOptions:
        """Return the options."""
        selection = Selection(tuple(self.flows), tuple(self.labels), self.labels_expression, self.only_ready)
        return SuiteOptions(selection, self.retries, self.parallel, self.no_think, description)


class SuiteRunWish(BaseModel):
    """A run of the flows of a suite that is sent along."""

    model_config = ConfigDict(extra="forbid")

    source: SourceForm
    changes: ChangesForm = ChangesForm()
    suite: SuiteForm = SuiteForm()
    name: str = Field(default="", max_length=500)
    description: str = Field(default="", max_length=5000)
    tags: list[str] = Field(default=[], max_length=50)


class FlowRunForm(BaseModel):
    """One attempt at a flow. `hook` says which hook it is, if it is one; `row` counts the rows of its pool from 1."""

    id: str
    run: str
    name: str
    status: str
    flow: str | None
    hook: str | None
    attempt: int
    row: int | None
    started: datetime.datetime | None
    ended: datetime.datetime | None
    facts: dict[str, Any]

    @staticmethod
    def of(flow_run: FlowRun) -> FlowRunForm:
        """Return the form of an attempt."""
        return FlowRunForm(
            id=flow_run.id,
            run=flow_run.run,
            name=flow_run.name,
            status=flow_run.status,
            flow=flow_run.flow,
            hook=flow_run.hook,
            attempt=flow_run.attempt,
            row=flow_run.row,
            started=flow_run.started,
            ended=flow_run.ended,
            facts=flow_run.facts,
        )


class RecordedFlowRun(FlowRunForm):
    """An attempt with its recording: every exchange with what was made of it; null while there is none."""

    recording: dict[str, Any] | None


class StopWish(BaseModel):
    """With `fails`, the run counts as failed and not as stopped."""

    model_config = ConfigDict(extra="forbid")

    fails: bool = False


class ControlWish(BaseModel):
    """What a load run under way is to do: `users=50`, `users=+10`, `rate=-10%`, `pause` or `resume`."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field(min_length=1, max_length=100)
    population: str | None = Field(default=None, max_length=500, description="Of a test that has several.")


@router.post("/runs", status_code=202)
def launch(asked: Asked, who: Who, wish: RunWish, client_id: ClientId = None) -> RunForm:
    """Launch a load run; it begins as soon as there is room."""
    launch = Launch(
        wish.name,
        wish.description,
        client_id=client_id,
        tags=tuple(wish.tags),
        workers=wish.workers,
        applications=None if wish.applications is None else tuple(wish.applications),
    )
    return RunForm.of(
        asked.load_launcher.launch(who, wish.source.source(), wish.changes.changes(asked.library, who), launch)
    )


@router.post("/suite-runs", status_code=202)
def launch_suite(asked: Asked, who: Who, wish: SuiteRunWish, client_id: ClientId = None) -> RunForm:
    """Launch a suite (or a flow): its flows once each."""
    launch = Launch(wish.name, wish.description, client_id=client_id, tags=tuple(wish.tags))
    options = wish.suite.options(wish.description)
    changes = wish.changes.changes(asked.library, who)
    return RunForm.of(asked.suite_launcher.launch(who, wish.source.source(), changes, launch, options))


@router.get("/runs/{id}/flows")
def flow_runs(asked: Asked, who: Who, id: str) -> list[FlowRunForm]:
    """Return the attempts at the flows of a suite run, in order."""
    return [FlowRunForm.of(one) for one in asked.runs.flow_runs(who, id)]


@router.get("/flow-runs/{id}")
def flow_run(asked: Asked, who: Who, id: str) -> RecordedFlowRun:
    """Return an attempt with its recording."""
    found, recording = asked.runs.flow_run(who, id)
    content = None if recording is None else orjson.loads(recording)
    return RecordedFlowRun(**FlowRunForm.of(found).model_dump(), recording=content)


@router.get("/runs")
def runs(
    asked: Asked,
    who: Who,
    limit: Limit = 50,
    after: After = None,
    kind: RunKind | None = None,
    test: Annotated[str | None, Query(max_length=100)] = None,
    state: Annotated[list[RunState] | None, Query(max_length=20)] = None,
    parent: Annotated[str | None, Query(max_length=100)] = None,
) -> RunList:
    """Return runs, the newest first."""
    page = page_of(limit, after)
    found = asked.runs.list(who, page, kind=kind, test=test, states=state or (), parent=parent)
    following = next_of(limit, len(found), found[-1].run.created, found[-1].id) if found else None
    return RunList(runs=[RunForm.of(one) for one in found], next=following)


@router.get("/runs/{id}")
def run(asked: Asked, who: Who, id: str) -> RunForm:
    """Return a run."""
    return RunForm.of(asked.runs.get(who, id))


@router.delete("/runs/{id}", status_code=204)
def delete(asked: Asked, who: Who, id: str) -> None:
    """Delete a run that is over."""
    asked.runs.delete(who, id)


@router.post("/runs/{id}/stop", status_code=202)
def stop(asked: Asked, who: Who, id: str, wish: StopWish | None = None) -> RunForm:
    """Let a run end as soon as may be; what was measured is kept."""
    return RunForm.of(asked.runs.stop(who, id, fails=wish is not None and wish.fails))


@router.post("/runs/{id}/control", status_code=204)
def control(asked: Asked, who: Who, id: str, wish: ControlWish) -> None:
    """Change a load run under way: hold another level, pause, go on."""
    asked.runs.control(who, id, wish.command, wish.population)
