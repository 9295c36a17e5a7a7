"""What all launches have in common: how a run is asked for, and that asking twice gives one run."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from penstock.accounts.people import Identity
from penstock.errors import Conflict
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.services import vendor_cloud
from penstock.services.access import note
from penstock.services.changes import Changes


@dataclass(frozen=True, slots=True)
class Launch:
    """How a run is asked for.

    `test` and `test_version` name the kept thing it comes from. With a `client_id`, asking again gives the same run.
    `said` is kept with the run for whoever asks later; `commands` are what `TestCommandService` does around a load.
    `applications` are those whose counters a load reads beside it (None: all of the team that are always read).
    """

    name: str = ""
    description: str = ""
    test: str | None = None
    test_version: int = 0
    parent: str | None = None
    client_id: str | None = None
    tags: tuple[str, ...] = ()
    workers: int = 1
    applications: tuple[str, ...] | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)


def constants_of(who: Identity, test: str) -> dict[str, str]:
    """Return what a test may read of its launch on a server: who launched which kept test."""
    return {"launched_by": who.name, "user_id": who.user, "team_id": who.team, "test_id": test}


class Launches:
    """Keeps new runs. `nudge` is called when one waits, so that it begins at once."""

    def __init__(self, store: Store, clock: Clock, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._nudge = nudge

    def made_before(self, who: Identity, client_id: str | None, asked_hash: str) -> StoredRun | None:
        """Return the run of the same launch by this caller's team, if there is one.

        Raises `Conflict` where the client's own id was used for something else.
        """
        if client_id is None:
            return None
        with self._store.read() as work:
            known = work.runs.made_by(who.team, client_id)
        if known is None:
            return None
        run, hash_before = known
        if hash_before != asked_hash:
            raise Conflict(f"the id {client_id!r} was used to launch something else, run {run.id}")
        return run

    def add(
        self,
        who: Identity,
        kind: RunKind,
        name: str,
        content: bytes,
        facts: dict[str, Any],
        launch: Launch,
        asked_hash: str,
    ) -> StoredRun:
        """Keep a run with the `content` that it is executed from, and let it begin as soon as there is room.

        A launch that was made at the same moment gives its run. Raises as `made_before`.
        """
        wishes = [one.facts() for one in vendor_cloud.findings_of(launch.said)]
        facts = {**facts, "findings": [*facts.get("findings", ()), *wishes]}
        now = self._clock.now()
        run = Run(RunId(str(uuid.uuid4())), launch.name or name, now).to(RunState.QUEUED, now)
        stored = StoredRun(
            run=run,
            team=who.team,
            kind=kind,
            test=launch.test,
            test_version=launch.test_version,
            launched_by=who.user,
            description=launch.description,
            parent=launch.parent,
            client_id=launch.client_id,
            asked=dict(launch.said),
            facts=facts,
            tags=launch.tags,
        )
        try:
            with self._store.write() as work:
                work.runs.add(stored, asked_hash)
                work.runs.set_work(run.id, content)
                note(work, who, now, "run.launch", run.id, name=run.name, kind=kind.value)
        except Conflict:  # the same was asked at the same time
            if (known := self.made_before(who, launch.client_id, asked_hash)) is not None:
                return known
            raise
        self._nudge()
        return stored


def launch_hash(source: str, changes: Changes, launch: Launch, *more: object) -> str:
    """Return what tells two launches apart, for retries."""
    told = (launch.name, launch.description, launch.test, list(launch.tags), launch.workers)
    asked = (source, repr(changes), told, repr(more))
    return hashlib.sha256(orjson.dumps(asked)).hexdigest()
