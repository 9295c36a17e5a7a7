"""Test runs: create, start, abort, find, read."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest import forms
from penstock.api.cloudtest.calls import Call, route, time_of, told
from penstock.api.cloudtest.messages import abort_message, counters_failed
from penstock.api.cloudtest.reading import one_of
from penstock.api.cloudtest.states import OVER, STAGES, Where, where
from penstock.errors import InvalidInput
from penstock.runs.cloud_runs import CloudRunWish
from penstock.services.kept_cloud_runs import CloudRun, TestKind

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
_KINDS: dict[str, TestKind] = {forms.RUN_TYPES[0]: "visual-studio", forms.RUN_TYPES[1]: "jmeter"}
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
        agentCount=run.load.get("agents"),
        coreCount=run.run.facts.get("workers") if run.run is not None else None,
    )
    return {**run.said.get("runSpecificDetails", {}), **read}


def _type(run: CloudRun) -> str:
    return next(word for word, kind in _KINDS.items() if kind == run.kind)


def _create(call: Call) -> Response:
    wish = call.read(forms.RUN)
    definition = wish.get("testDefinition", {}).get("id", "")
    if definition:
        return call.answer(run_of(call, _create_of(call, wish, definition.lower())))
    for name, found in (("name", wish.get("name")), ("testDrop.id", wish.get("testDrop", {}).get("id"))):
        if not found:
            raise InvalidInput(f"{name}: is needed")
    kind = _KINDS[wish.get("runType", forms.RUN_TYPES[0])]
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
    ids = frozenset(id.strip().lower() for id in query.get("runids", "").split(",") if id.strip())
    by = query.get("requestedby", "").strip()
    wish = CloudRunWish(
        name=query.get("name", "").strip(),
        ids=ids or None,
        kind="" if not kind else _KINDS[kind],
        source=query.get("runsourceidentifier", ""),
        retention=retention or "",
        created_by=_users(call, by) if by else None,
        since=call.time("fromdate"),
        until=call.time("todate"),
        stages=STAGES[state] if state else None,
    )
    found = call.services.cloud_runs.newest(call.who, wish, call.number("top", _MOST))
    return call.answer([run_of(call, run, detailed=call.asks("detailed")) for run in found])


def _users(call: Call, name: str) -> frozenset[str]:
    """Return the ids of the users whom a name means, `@me` the caller."""
    user = call.services.accounts.user_named(call.who, call.who.name if name.lower() == "@me" else name)
    return frozenset() if user is None else frozenset((user.id,))


ROUTES = [
    route("POST", "/_apis/clt/testruns", _create),
    route("GET", "/_apis/clt/testruns", _list),
    route("GET", "/_apis/clt/testruns/{id}", _get),
    route("PATCH", "/_apis/clt/testruns/{id}", _change),
]
