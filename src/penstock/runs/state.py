"""The life of a run: the table is the source, the drawing explains it.

    created ─▶ queued ─▶ preparing ─▶ running ─┬─▶ stopping ──▶ stopped
                 │           │           │     └─▶ finishing ─▶ passed | failed
                 └───────────┴──▶ stopped

Every state that is not final can become `error`, and one in which nothing runs yet can become `stopped` at once.

`passed`, `failed`, `stopped` and `error` are final. `failed` is about the system under test (a threshold said no),
`error` about us (we could not); they are never mixed.
"""

from __future__ import annotations

from enum import StrEnum

from penstock.errors import PenstockError


class RunState(StrEnum):
    """Where a run is in its life."""

    CREATED = "created"
    QUEUED = "queued"
    PREPARING = "preparing"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHING = "finishing"
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return not TRANSITIONS[self]


TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.CREATED: frozenset({RunState.QUEUED, RunState.STOPPED, RunState.ERROR}),
    RunState.QUEUED: frozenset({RunState.PREPARING, RunState.STOPPED, RunState.ERROR}),
    RunState.PREPARING: frozenset({RunState.RUNNING, RunState.STOPPED, RunState.ERROR}),
    RunState.RUNNING: frozenset({RunState.STOPPING, RunState.FINISHING, RunState.ERROR}),
    RunState.STOPPING: frozenset({RunState.STOPPED, RunState.FAILED, RunState.ERROR}),
    RunState.FINISHING: frozenset({RunState.PASSED, RunState.FAILED, RunState.ERROR}),
    RunState.STOPPED: frozenset(),
    RunState.PASSED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.ERROR: frozenset(),
}


class IllegalTransition(PenstockError):
    """A run cannot go from the one state to the other."""

    def __init__(self, before: RunState, after: RunState) -> None:
        following = ", ".join(sorted(TRANSITIONS[before])) or "nothing, it is over"
        super().__init__(f"a run that is {before} cannot become {after}; what can follow is: {following}")
        self.before = before
        self.after = after
