"""The vendor's words for ours."""

from __future__ import annotations

import datetime

from penstock.runs.state import RunState

RESULTS: dict[RunState, str | None] = {
    RunState.CREATED: None,
    RunState.QUEUED: None,
    RunState.PREPARING: None,
    RunState.RUNNING: None,
    RunState.STOPPING: None,
    RunState.FINISHING: None,
    RunState.PASSED: "done",
    RunState.FAILED: "failed",
    RunState.STOPPED: "aborted",
    RunState.ERROR: "failed",
}
"""The `result` of a load test; nothing before its end, for that is what clients wait for."""

STATUSES: dict[RunState, str] = {
    RunState.CREATED: "RUNNING",
    RunState.QUEUED: "RUNNING",
    RunState.PREPARING: "RUNNING",
    RunState.RUNNING: "RUNNING",
    RunState.STOPPING: "RUNNING",
    RunState.FINISHING: "RUNNING",
    RunState.PASSED: "PASSED",
    RunState.FAILED: "FAILED",
    RunState.STOPPED: "STOPPED",
    RunState.ERROR: "FAILED",
}
"""The `status` of a run of a suite or plan: clients wait while it is `RUNNING`."""

FLOW_STATUSES = {
    "pending": "PENDING",
    "running": "RUNNING",
    "passed": "PASSED",
    "failed": "FAILED",
    "flaky": "FLAKY",
    "stopped": "STOPPED",
    "error": "FAILED",
    "not run": "STOPPED",
}
"""The `status` of a flow run."""


def milliseconds(time: datetime.datetime | None) -> int | None:
    """Return a time as the vendor writes it: milliseconds since the epoch."""
    return None if time is None else round(time.timestamp() * 1000)


def in_words(milliseconds: float) -> str:
    """Return a length of time with its unit, as `422 ms`."""
    return f"{round(milliseconds)} ms"
