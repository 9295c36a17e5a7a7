"""A run as a server keeps it: whose it is, what was asked, how far it came."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from penstock.runs.run import Run
from penstock.runs.state import RunState


class RunKind(StrEnum):
    """What is executed: a load, the flows of a suite once each, or the suites of a plan."""

    LOAD = "load"
    SUITE = "suite"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run of a team.

    `test` is the id of the kept thing that was run (version `test_version`), `parent` the plan run it is a part of,
    `asked` what the caller wished for, `facts` what is known of the work before it begins (load, findings,
    thresholds), `result` what came out. `client_id` is the caller's own id of the launch.
    """

    run: Run
    team: str
    kind: RunKind
    test: str | None
    test_version: int
    launched_by: str
    description: str = ""
    parent: str | None = None
    client_id: str | None = None
    asked: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id

    @property
    def described(self) -> str:
        """The name of what was run, and what the caller added; of a suite in a plan, the plan's name."""
        return (" " if self.parent is None else " - ").join(part for part in (self.run.name, self.description) if part)

    @property
    def state(self) -> RunState:
        """Where it is now."""
        return self.run.state

    @property
    def started(self) -> datetime.datetime | None:
        """When load or flows began; None before."""
        return self._first(RunState.RUNNING)

    @property
    def ended(self) -> datetime.datetime | None:
        """When it came to its end; None before."""
        return self.run.history[-1].at if self.state.final and self.run.history else None

    def _first(self, state: RunState) -> datetime.datetime | None:
        return next((change.at for change in self.run.history if change.after is state), None)


@dataclass(frozen=True, slots=True)
class FlowRun:
    """One attempt at one flow of a suite run; its recording is kept apart.

    `hook` names the hook it is (`beforeAll`, …), None for a flow; `row` is the row of the flow's pool. `status` is
    `pending`, `running`, `passed`, `failed` or `stopped`. `facts` holds numbers for lists (requests, mean_ms, …).
    """

    id: str
    run: str
    position: int
    name: str
    status: str
    flow: str | None = None
    hook: str | None = None
    attempt: int = 1
    row: int | None = None
    started: datetime.datetime | None = None
    ended: datetime.datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """What someone asked of a run under way: `stop`, `level`, `pause`, `resume`."""

    number: int
    run: str
    at: datetime.datetime
    action: str
    arguments: dict[str, Any] = field(default_factory=dict)
