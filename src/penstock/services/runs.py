"""Finding runs again, and asking things of them: to stop, to hold another level, to be gone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, NotFound
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store, Work
from penstock.runs.commands import parse_level
from penstock.runs.state import RunState
from penstock.runs.stored import FlowRun, RunKind, StoredRun
from penstock.services.access import note, require
from penstock.services.target_policy import TargetService
from penstock.services.webhooks import enqueue

T = TypeVar("T")


class RunService:
    """Runs of every kind once they are launched. Each method raises `NotAllowed` for callers who may not."""

    def __init__(self, store: Store, clock: Clock, policy: TargetService, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._nudge = nudge

    def get(self, who: Identity, id: str) -> StoredRun:
        """Return a run. Raises `NotFound`."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return _found(work, who, id)

    def list(
        self,
        who: Identity,
        page: Page,
        *,
        kind: RunKind | None = None,
        test: str | None = None,
        states: Sequence[RunState] = (),
        parent: str | None = None,
    ) -> tuple[StoredRun, ...]:
        """Return runs of the team, the newest first."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return work.runs.list(who.team, page, kind=kind, test=test, states=states, parent=parent)

    def flow_runs(self, who: Identity, id: str) -> tuple[FlowRun, ...]:
        """Return the attempts at the flows of a suite run. Raises `NotFound`."""
        require(who, Scope.READ)
        with self._store.read() as work:
            _found(work, who, id)
            return work.flow_runs.list(id)

    def flow_run(self, who: Identity, id: str) -> tuple[FlowRun, bytes | None]:
        """Return one attempt with its recording (JSON). Raises `NotFound`."""
        require(who, Scope.READ)
        with self._store.read() as work:
            found = work.flow_runs.get(who.team, id)
            if found is None:
                raise NotFound.of("flow run", id)
            return found, work.flow_runs.recording(who.team, id)

    def stop(self, who: Identity, id: str, *, fails: bool = False) -> StoredRun:
        """Let a run end: at once where it waits, else as soon as its engine hears of it; one that is over stays.

        With `fails` it counts as failed then, and not as stopped. Returns the run as it is now.
        """
        require(who, Scope.RUN)
        return _again_when_changed(lambda: self._stop(who, id, fails=fails))

    def _stop(self, who: Identity, id: str, *, fails: bool) -> StoredRun:
        now = self._clock.now()
        with self._store.write() as work:
            stored = _found(work, who, id)
            if stored.state.final:
                return stored
            note(work, who, now, "run.stop", id)
            if stored.state in (RunState.CREATED, RunState.QUEUED):
                ended = replace(stored, run=stored.run.to(RunState.STOPPED, now, f"stopped by {who.name}"))
                work.runs.change(ended, stored.run.version)
                enqueue(work, ended, now)
                return ended
            work.runs.command(id, now, "stop", {"by": who.name, "fails": fails})
        self._nudge()
        return stored

    def stop_part(self, part: StoredRun, why: str, fails: bool) -> None:
        """Let the run of a suite of a plan run end."""
        _again_when_changed(lambda: self._stop_part(part, why, fails))

    def _stop_part(self, part: StoredRun, why: str, fails: bool) -> None:
        now = self._clock.now()
        with self._store.write() as work:
            stored = work.runs.get(None, part.id)
            if stored is None or stored.state.final:
                return
            if stored.state is RunState.QUEUED:
                ended = replace(stored, run=stored.run.to(RunState.STOPPED, now, why))
                work.runs.change(ended, stored.run.version)
                enqueue(work, ended, now)
                return
            work.runs.command(part.id, now, "stop", {"by": why.removeprefix("stopped by "), "fails": fails})
        self._nudge()

    def control(self, who: Identity, id: str, command: str, population: str | None = None) -> None:
        """Ask something of a load run under way, in the words of `runs.commands`: `users=50`, `pause`, `resume`.

        Raises `InvalidInput` for what is no command, `Conflict` for a run that is not under way, `NotAllowed` for a
        level that a run which must stay small may not have.
        """
        require(who, Scope.RUN)
        level = None if command in ("pause", "resume") else parse_level(command, population)
        now = self._clock.now()
        with self._store.write() as work:
            stored = _found(work, who, id)
            if stored.kind is not RunKind.LOAD or stored.state is not RunState.RUNNING:
                raise Conflict(f"run {id} is {stored.state}; only a load that is running can be controlled")
            if level is not None and stored.facts.get("stays_small"):
                self._policy.verify_level(level, int(stored.facts.get("populations", 1)))
            action = command if level is None else "level"
            work.runs.command(id, now, action, {"by": who.name, "level": command, "population": population})
            note(work, who, now, "run.control", id, command=command, population=population)
        self._nudge()

    def delete(self, who: Identity, id: str) -> None:
        """Let nobody find a run any more. Raises `Conflict` while it goes on."""
        require(who, Scope.EDIT)
        now = self._clock.now()
        with self._store.write() as work:
            stored = _found(work, who, id)
            if not stored.state.final:
                raise Conflict(f"run {id} is {stored.state}; stop it first")
            work.runs.change(replace(stored, deleted=True), stored.run.version)
            note(work, who, now, "run.delete", id)


def _again_when_changed(act: Callable[[], T]) -> T:
    """Do what looks at a run and changes it; once more for each step that the run takes in between."""
    for _ in range(len(RunState)):
        with contextlib.suppress(Conflict):
            return act()
    return act()


def _found(work: Work, who: Identity, id: str) -> StoredRun:
    stored = work.runs.get(who.team, id)
    if stored is None:
        raise NotFound.of("run", id)
    return stored
