"""What a run has to say on its way: its stages, what was found in its files, what is not done here."""

from __future__ import annotations

import datetime
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.api.cloudtest.states import Where
from penstock.runs.events import COUNTERS, READ_AGAIN
from penstock.runs.state import RunState
from penstock.runs.stored import StoredRun
from penstock.services.kept_cloud_runs import CloudRun

_Line = tuple[datetime.datetime, str, str, str]
"""When, type, source, text."""

_TYPES = {"error": "error", "warning": "warning"}
_BEGINNING_S = 10.0
_COMMANDS = {"set_up": ("set-up", "setupScript"), "clean_up": ("clean-up", "cleanupScript")}
_STAGES = {
    RunState.PREPARING: "The load generator is being prepared.",
    RunState.RUNNING: "The load has begun.",
    RunState.STOPPING: "The run is being stopped.",
    RunState.FINISHING: "The load has ended; results are being collected.",
}


def abort_message(run: CloudRun, at: Where) -> dict[str, Any] | None:
    """Return why a run came to a bad end, and what to do; None for the others."""
    if run.refusal:
        return {
            "cause": f"The run was stopped before it began: {run.refusal}",
            "action": "Correct the files or the settings, create a run again, and start that.",
            "source": "Validation",
            "loggedDate": time_of(run.ended),
            "details": [_told(one) for one in run.findings] or [run.refusal],
        }
    if run.run is not None and run.run.started is None and (failed := _failed_set_up(run.run)) is not None:
        return {
            "cause": f"The run was stopped before its load: the set-up command failed: {failed['failure']}.",
            "action": "Look at its output among the messages, correct the command or its files, and run it again.",
            "source": "SetupScript",
            "loggedDate": time_of(_time(failed["ended"])),
            "details": [failed["command"], *failed["output"].splitlines()[-20:]],
        }
    if run.run is not None and at.state == "error":
        return {
            "cause": run.run.run.why or "The service could not execute the run.",
            "action": "Start it again; if that does not help, ask the operator of the server.",
            "source": "Service",
            "loggedDate": time_of(run.run.ended),
            "details": [run.run.run.why],
        }
    return None


def _failed_set_up(run: StoredRun) -> dict[str, Any] | None:
    """Return what came of the set-up command, where it failed and nobody stopped the run meanwhile."""
    told = run.result.get("commands", ())
    found = next((one for one in told if one["kind"] == "set_up" and one.get("failure")), None)
    return found if found is not None and run.state.final and not found["is_stopped"] else None


def _messages(call: Call) -> Response:
    run = call.services.cloud_runs.get(call.who, call.place["id"])
    lines = sorted(_numbered(_lines(call, run)), key=lambda each: (each[1][0], each[0]), reverse=True)
    return call.many(
        [
            {
                "messageId": str(uuid.uuid5(uuid.UUID(run.id), f"{time_of(at)} {source} {text} {same}")),
                "testRunId": run.id,
                "agentId": "",
                "messageType": kind,
                "messageSource": source,
                "loggedDate": time_of(at),
                "message": text,
                "errorCode": None,
                "url": None,
            }
            for _, (at, kind, source, text), same in lines
        ]
    )


def _numbered(lines: Iterable[_Line]) -> Iterator[tuple[int, _Line, int]]:
    """Give each line with its place and how often it was there before.

    A message keeps its id by what it says and when: others come in before it while the run goes on.
    """
    seen: Counter[_Line] = Counter()
    for number, line in enumerate(lines):
        yield number, line, seen[line]
        seen[line] += 1


def _lines(call: Call, run: CloudRun) -> Iterator[_Line]:
    if run.queued is None:
        return
    by = call.services.accounts.name_of(call.who, run.queued_by)
    yield run.queued, "info", "other", f"The run was requested by {by}."
    findings = run.findings if run.run is None else run.run.facts.get("findings", ())
    for one in findings:
        yield run.queued, _TYPES.get(one["severity"], "info"), "validation", _told(one)
    if run.refusal and not any(one["severity"] == "error" for one in findings):
        yield run.queued, "error", "validation", run.refusal
    yield from ((run.queued, "warning", "validation", text) for text in _not_done(run))
    if run.run is None:
        return
    if agents := run.load.get("agents"):
        yield run.queued, "info", "other", f"Each of the {agents} agents does the whole plan."
    for one in run.run.result.get("commands", ()):
        yield from _command(one)
    yield from _of_counters(run.run)
    for change in run.run.run.history:
        if text := _STAGES.get(change.after):
            yield change.at, "info", "other", text
        elif change.after.final:
            yield change.at, *_end(change.after, change.why)


def _of_counters(run: StoredRun) -> Iterator[_Line]:
    """Give what was wrong with counters of applications, and when it was right again."""
    for event in run.result.get("events", ()):
        if event["who"] == COUNTERS and run.started is not None:
            at = run.started + datetime.timedelta(seconds=event["at_s"])
            yield at, "info" if event["what"].endswith(READ_AGAIN) else "warning", "autCounterCollection", event["what"]


def counters_failed(run: CloudRun) -> bool:
    """Return whether counters of an application could not be read from the beginning."""
    events = () if run.run is None else run.run.result.get("events", ())
    told = [one for one in events if one["who"] == COUNTERS]
    return bool(told) and told[0]["at_s"] <= _BEGINNING_S


def _command(told: Mapping[str, Any]) -> Iterator[_Line]:
    """Give what came of a set-up or clean-up command."""
    what, source = _COMMANDS[told["kind"]]
    yield _time(told["began"]), "info", source, f"The {what} command is run: {told['command']}"
    if "ended" not in told:
        return
    at = _time(told["ended"])
    if told["output"].strip():
        yield at, "output", source, told["output"]
    if told["failure"]:
        yield at, "error", source, f"The {what} command failed: {told['failure']}."
    else:
        yield at, "info", source, f"The {what} command is done."


def _time(told: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(told)


def _end(state: RunState, why: str) -> tuple[str, str, str]:
    reason = f": {why}" if why else "."
    match state:
        case RunState.PASSED:
            return "info", "other", "The run is completed."
        case RunState.FAILED:
            return "warning", "other", f"The run is completed, and failed{reason}"
        case RunState.STOPPED:
            return "info", "other", f"The run was aborted{reason}"
        case _:
            return "critical", "other", f"The run could not be executed{reason}"


def _not_done(run: CloudRun) -> Iterator[str]:
    """Give what was asked for and is not done by this server."""
    if run.run is None or "commands" not in run.run.facts:
        for kind in run.commands:
            yield (
                f"The {_COMMANDS[kind][0]} command was not run: the operator of this server does not allow commands of "
                "tests. The setting allow_commands would (penstock serve --allow-commands)."
            )
    places = [one.get("location", "") for one in run.said.get("loadGenerationGeoLocations", ())]
    if elsewhere := [place for place in places if place.lower() not in ("", "default")]:
        yield f"The load comes from this server, not from {', '.join(elsewhere)}."
    group = run.said.get("supersedeRunSettings", {}).get("staticAgentRunSettings", {}).get("staticAgentGroupName")
    if group:
        yield f"The load comes from this server's own agents, which stand for the agent group {group}."


def _told(finding: Mapping[str, Any]) -> str:
    place = ", ".join(part for part in (finding["file"], finding["path"]) if part)
    line = f" (line {finding['line']})" if finding.get("line") else ""
    advice = f" — {finding['advice']}" if finding.get("advice") else ""
    return f"{place}{line}: {finding['message']}{advice}"


ROUTES = [route("GET", "/_apis/clt/testruns/{id}/messages", _messages)]
