"""The service's words for where a run is, and when it got there."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from penstock.runs.cloud_runs import CloudRunStage
from penstock.runs.state import RunState
from penstock.runs.stored import StoredRun
from penstock.services.kept_cloud_runs import CloudRun

_WORDS: dict[RunState, tuple[str, str]] = {
    RunState.CREATED: ("queued", "acquiringResources"),
    RunState.QUEUED: ("queued", "acquiringResources"),
    RunState.PREPARING: ("inProgress", "configuringAgents"),
    RunState.RUNNING: ("inProgress", "runningTest"),
    RunState.STOPPING: ("stopping", "none"),
    RunState.FINISHING: ("inProgress", "collectingResults"),
    RunState.PASSED: ("completed", "success"),
    RunState.FAILED: ("completed", "success"),
    RunState.STOPPED: ("aborted", "none"),
    RunState.ERROR: ("error", "none"),
}
"""A run that failed is completed too: what was wrong stands in its errors, as thresholds do."""

_NOT_OVER = frozenset(state for state in RunState if not state.final)
_GONE = frozenset({"refused", "cancelled", "launched"})


def _launched(word: str) -> frozenset[RunState]:
    return frozenset(state for state, (said, _) in _WORDS.items() if said == word)


STAGES: dict[str, tuple[CloudRunStage, ...]] = {
    "pending": (CloudRunStage(progress=frozenset({"created"})),),
    "queued": (CloudRunStage(states=_launched("queued"), is_stopped=False),),
    "inProgress": (CloudRunStage(states=_launched("inProgress"), is_stopped=False),),
    "stopping": (CloudRunStage(states=_launched("stopping")), CloudRunStage(states=_NOT_OVER, is_stopped=True)),
    "completed": (CloudRunStage(states=_launched("completed")),),
    "aborted": (CloudRunStage(states=_launched("aborted"), progress=_GONE),),
    "error": (CloudRunStage(states=_launched("error")),),
}
"""The stages of a run that each state covers, as `where` says them."""

OVER = ("completed", "aborted", "error")


_COMMANDS = {"set_up": "executingSetupScript", "clean_up": "executingCleanupScript"}


@dataclass(frozen=True, slots=True)
class Where:
    """State and sub-state, and the times at which a run came to its stages."""

    state: str
    sub_state: str
    started: datetime.datetime | None = None
    warm_up: datetime.datetime | None = None
    load_began: datetime.datetime | None = None
    load_ended: datetime.datetime | None = None
    finished: datetime.datetime | None = None


def _command_under_way(run: StoredRun) -> str | None:
    """Return the sub-state of the command that is done now."""
    if run.state not in (RunState.PREPARING, RunState.FINISHING):
        return None
    commands = run.result.get("commands", ())
    return _COMMANDS[commands[-1]["kind"]] if commands and "ended" not in commands[-1] else None


def where(run: CloudRun, now: datetime.datetime | None = None) -> Where:
    """Return where a run is."""
    if run.run is None:
        return Where("pending" if run.progress == "created" else "aborted", "none", finished=run.ended)
    state, sub_state = _WORDS[run.run.state]
    if run.stopped_by and state not in OVER:
        state, sub_state = "stopping", "none"  # from the moment on that it was asked for
    elif under_way := _command_under_way(run.run):
        sub_state = under_way
    reached = {change.after: change.at for change in run.run.run.history}
    began, warm_up = reached.get(RunState.RUNNING), None
    warm_up_s = run.load.get("warm_up_s", 0)
    if began is not None and warm_up_s:
        warm_up, began = began, began + datetime.timedelta(seconds=warm_up_s)
        if sub_state == "runningTest" and (now or datetime.datetime.now(datetime.UTC)) < began:
            sub_state, began = "warmingUp", None
        elif run.run.ended is not None and run.run.ended < began:
            began = None
    over = reached.get(RunState.FINISHING) or reached.get(RunState.STOPPING)
    return Where(state, sub_state, reached.get(RunState.PREPARING), warm_up, began, over, run.run.ended)
