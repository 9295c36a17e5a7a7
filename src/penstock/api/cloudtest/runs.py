"""Test runs: create, start, abort, find, read."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest import forms
from penstock.api.cloudtest.calls import Call, route, time_of, told
from penstock.api.cloudtest.messages import abort_message, counters_failed
from penstock.api.cloudtest.reading import one_of
from penstock.api.cloudtest.states import OVER, Where, where
from penstock.errors import InvalidInput
from penstock.services.cloud_runs import CloudRun, TestKind

_KEPT = (
    "testSettings",
    "runSpecificDetails",
    "loadGenerationGeoLocations",
    "supersedeRunSettings",
    "runSourceIdentifier",
    "retentionState",
)
"""Members that are kept as they were sent, and told again."""

_ANYWHERE = [{"location": "Default", "percentage": 100}]
_MOST = 1000
_SOURCES = {
    "cloudloadtest": "CloudLoadTestTask",
    "quickperftest": "QuickPerfTestTask",
    "apachejmetertest": "ApacheJMeterTask",
}


def run_of(call: Call, run: CloudRun, *, detailed: bool = True) -> dict[str, Any]:
    """Return a run as clients read it; without `detailed` only what lists show."""
    at = where(run)
    url = f"{call.base}/_apis/clt/TestRuns/{run.id}"
    basic = told(
        id=run.id,
        name=run.name,
        runNumber=run.number,
        runType=_type(run),
        state=at.state,
        createdDate=time_of(run.created),
        createdBy=call.person(run.created_by),
        finishedDate=time_of(at.finished),
        deletedDate=time_of(run.deleted),
        loadTestFileName=run.name,
        loadGenerationGeoLocations=run.said.get("loadGenerationGeoLocations") or _ANYWHERE,
        runSpecificDetails=_details(run),
        runSource=run.said.get("runSource"),
        url=url,
    )
    return basic | _more(call, run, at) if detailed else basic


def _more(call: Call, run: CloudRun, at: Where) -> dict[str, Any]:
    facts = call.services.facts
    return told(
        description=run.description,
        subState=at.sub_state,
        queuedDate=time_of(run.queued),
        startedDate=time_of(at.started),
        startedBy=call.person(run.queued_by),
        stoppedBy=call.person(run.stopped_by),
        warmUpStartedDate=time_of(at.warm_up),
        executionStartedDate=time_of(at.load_began),
        executionFinishedDate=time_of(at.load_ended),
        abortMessage=abort_message(run, at),
        autInitializationError=counters_failed(run),
        chargeable=False,
        chargedVUserminutes=0 if at.state in OVER else None,
        retentionState=run.said.get("retentionState", "none"),
        runSourceIdentifier=run.said.get("runSourceIdentifier"),
        supersedeRunSettings=run.said.get("supersedeRunSettings"),
        testDefinition={"id": run.said["testDefinition"]} if "testDefinition" in run.said else None,
        testDrop={"id": run.drop, "url": f"{call.base}/_apis/clt/TestDrops/{run.drop}"},
        testSettings=run.said.get("testSettings"),
        webResultUrl=f"{facts.public_url}/runs/{run.run.id}" if run.run else f"{facts.public_url}/",
    )


def _details(run: CloudRun) -> dict[str, Any]:
    """Return what the file says of the load, where the caller said nothing else."""
    read = told(
        duration=run.load.get("seconds"),
        virtualUserCount=run.load.get("users"),
        samplingInterval=run.load.get("sample_s"),
        warmUpDuration=run.load.get("warm_up_s"),
        coreCount=run.run.facts.get("workers") if run.run is not None else None,
    )
    return {**run.said.get("runSpecificDetails", {}), **read}


def _type(run: CloudRun) -> str:
    return forms.RUN_TYPES[1 if run.kind == "jmeter" else 0]


def _create(call: Call) -> Response:
    wish = call.read(forms.RUN)
    definition = wish.get("testDefinition", {}).get("id", "")
    if definition:
        return call.answer(run_of(call, _create_of(call, wish, definition.lower())))
    for name, found in (("name", wish.get("name")), ("testDrop.id", wish.get("testDrop", {}).get("id"))):
        if not found:
            raise InvalidInput(f"{name}: is needed")
    kind: TestKind = "jmeter" if wish.get("runType") == forms.RUN_TYPES[1] else "visual-studio"
    run = call.services.cloud_runs.create(
        call.who, wish["name"], wish["testDrop"]["id"].lower(), kind, wish.get("description", ""), _said(call, wish)
    )
    return call.answer(run_of(call, run))


def _create_of(call: Call, wish: dict[str, Any], definition: str) -> CloudRun:
    """Make a run of a definition, which the service's own portal did; this member is ours."""
    if wish.get("testDrop"):
        raise InvalidInput("testDrop, testDefinition: a run is made of one of them; leave the other out")
    said = _said(call, wish)
    return call.services.cloud_runs.create_of(
        call.who, definition, wish.get("name", ""), wish.get("description", ""), said
    )


def _said(call: Call, wish: dict[str, Any]) -> dict[str, Any]:
    """Return what a run keeps of what its caller said."""
    said = {name: wish[name] for name in _KEPT if name in wish}
    agent = call.user_agent.lower()
    if source := next((source for name, source in _SOURCES.items() if agent.startswith(name)), None):
        said["runSource"] = source
    return said


def _get(call: Call) -> Response:
    return call.answer(run_of(call, call.services.cloud_runs.get(call.who, call.place["id"])))


def _change(call: Call) -> Response:
    """Start or abort a run; clients may send the whole of it, of which only a little can be changed."""
    wish, id = call.read(forms.CHANGE), call.place["id"]
    runs = call.services.cloud_runs
    match wish.get("state"):
        case "queued":
            runs.start(call.who, id)
        case "aborted":
            runs.abort(call.who, id)
        case None if wish:
            pass
        case None:
            raise InvalidInput("state: is needed; `queued` starts a run, `aborted` ends it")
        case state:
            raise InvalidInput(f"state: a run cannot be made {state}; `queued` starts it, `aborted` ends it")
    if "state" not in wish:
        said = {name: wish[name] for name in ("retentionState",) if name in wish}
        if said.get("retentionState") == "deleted":
            raise InvalidInput("retentionState: the server makes a run deleted; markedForDeletion asks it to")
        runs.describe(call.who, id, wish.get("description"), said)
    return Response(status_code=202)


def _list(call: Call) -> Response:
    """Return the runs that are asked for, the newest first: a bare list."""
    query = call.query
    state = query.get("status") and one_of(forms.STATES)(query["status"], "status")
    retention = query.get("retentionstate") and one_of(forms.RETENTION)(query["retentionstate"], "retentionState")
    kind = query.get("runtype", "").strip()
    kind = "" if kind.lower() in ("", "*", "null") else one_of(forms.RUN_TYPES)(kind, "runType")
    since, until = call.time("fromdate"), call.time("todate")
    ids = {id.strip().lower() for id in query.get("runids", "").split(",") if id.strip()}
    by = query.get("requestedby", "").strip().lower()
    by = call.who.name.lower() if by == "@me" else by
    names: dict[str, str] = {}
    found = []
    most = call.number("top", _MOST)
    for run in call.services.cloud_runs.newest(call.who, query.get("name", "").strip()):
        changed = max(run.changed, run.run.run.history[-1].at) if run.run is not None else run.changed
        is_meant = (
            (not ids or run.id in ids)
            and (not state or where(run).state == state)
            and (not kind or _type(run) == kind)
            and (since is None or changed >= since)
            and (until is None or changed <= until)
            and (
                not query.get("runsourceidentifier")
                or query["runsourceidentifier"] == run.said.get("runSourceIdentifier")
            )
            and (not retention or run.said.get("retentionState", "none") == retention)
        )
        if is_meant and by:
            if run.created_by not in names:
                names[run.created_by] = call.services.accounts.name_of(call.who, run.created_by).lower()
            is_meant = names[run.created_by] == by
        if is_meant:
            found.append(run)
        if len(found) == most:
            break
    return call.answer([run_of(call, run, detailed=call.asks("detailed")) for run in found])


ROUTES = [
    route("POST", "/_apis/clt/testruns", _create),
    route("GET", "/_apis/clt/testruns", _list),
    route("GET", "/_apis/clt/testruns/{id}", _get),
    route("PATCH", "/_apis/clt/testruns/{id}", _change),
]
