"""Runs of what lies in test drops: created first, started later, kept with what was found wrong before they began."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotRunnable, PenstockError, Unavailable
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store, Work
from penstock.runs.cloud_runs import CloudRunWish
from penstock.runs.state import RunState
from penstock.runs.stored import StoredRun
from penstock.services.access import note, require
from penstock.services.changes import Changes
from penstock.services.defined_tests import file_of, files_of
from penstock.services.drop_tests import changes_of, kind_of, load_in, source_of
from penstock.services.drops import Drop, DropService
from penstock.services.kept_cloud_runs import CloudRun, TestKind, cloud_run_of
from penstock.services.launches import Launch
from penstock.services.load_launcher import LoadLauncher
from penstock.services.runs import RunService
from penstock.services.sources import Source, Unfit
from penstock.services.test_commands import CommandRules, verify_command
from penstock.services.test_definitions import TestDefinitionService

_A_PAGE = 200
_LONGEST_NAME = 500
_TRIES = 5


class CloudRunService:
    """Each method raises `NotAllowed` for callers who may not, `NotFound` for runs of others."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        drops: DropService,
        runs: RunService,
        loads: LoadLauncher,
        commands: CommandRules,
        definitions: TestDefinitionService,
    ) -> None:
        self._store = store
        self._clock = clock
        self._drops = drops
        self._runs = runs
        self._loads = loads
        self._commands = commands
        self._definitions = definitions

    def create(
        self, who: Identity, name: str, drop_id: str, kind: TestKind, description: str, said: Mapping[str, Any]
    ) -> CloudRun:
        """Keep a run of the load test `name` in a drop; it does not begin yet."""
        require(who, Scope.RUN)
        name = name.strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidInput(f"name: 1 to {_LONGEST_NAME} characters are needed: the name of the load test's file")
        drop, kind = self._drops.get(who, drop_id), kind_of(name, kind)
        content: dict[str, Any] = {
            "name": name,
            "drop": drop.id,
            "description": description,
            "kind": kind,
            "said": dict(said),
            "load": self._load(drop, name, kind, said),
            "progress": "created",
        }
        now = self._clock.now()
        with self._store.write() as work:
            work.accounts.hold_team(who.team)  # each gets a number of its own
            content |= {"number": work.items.count(who.team, Kind.CLOUD_RUN) + 1, "created_by": who.user}
            item = Item(str(uuid.uuid4()), who.team, Kind.CLOUD_RUN, name, content, now, now, who.user)
            work.items.add(item, f"number {content['number']}")
            self._drops.used_by(work, who, drop.id, item.id)
            note(work, who, now, "cloud-run.create", item.id, name=name)
        return cloud_run_of(item, None)

    def create_of(
        self, who: Identity, definition: str, name: str, description: str, said: Mapping[str, Any]
    ) -> CloudRun:
        """Make a drop of what a definition means now, and a run of that; the definition may change later.

        Raises `InvalidInput`, naming the place in the definition, for what cannot be carried over.
        """
        require(who, Scope.RUN)
        item = self._definitions.get(who, definition)
        wish = item.content["said"]
        kind: TestKind = "jmeter" if wish.get("loadTestType") == "jMeter" else "visual-studio"
        file = file_of(wish)
        files = {} if file or kind == "jmeter" else files_of(name or item.name, wish)
        drop = self._drops.create(who, None, {})
        if file or kind == "jmeter":
            self._drops.copy(who, item.id, drop)
        for path, content in files.items():
            self._drops.put(drop, path, content)
        told = {
            "runSpecificDetails": wish.get("runSettings"),
            "loadGenerationGeoLocations": wish.get("loadGenerationGeoLocations"),
            "testDefinition": item.id,
        }
        rig = wish.get("staticAgentRunSettings")
        if rig:
            told["supersedeRunSettings"] = {
                "loadGeneratorMachinesType": "userLoadAgent",
                "staticAgentRunSettings": rig,
            }
        kept = {key: value for key, value in told.items() if value} | dict(said)
        entry = next(iter(files), file or item.name)
        return self.create(who, entry, drop.id, kind, description or wish.get("description", ""), kept)

    def get(self, who: Identity, id: str) -> CloudRun:
        """Return a run."""
        require(who, Scope.READ)
        with self._store.read() as work:
            item = _found(work, who, id)
            return cloud_run_of(item, _execution(work, item))

    def newest(self, who: Identity, wish: CloudRunWish, most: int) -> Iterator[CloudRun]:
        """Give the runs of the team that are meant, the newest first, at most so many. They are read page by page."""
        require(who, Scope.READ)
        page = Page(min(_A_PAGE, most))
        while True:
            with self._store.read() as work:
                items = work.cloud_runs.list(who.team, wish, page)
                launched = work.runs.some(who.team, [run for item in items if (run := item.content.get("run"))])
            for item in items:
                yield cloud_run_of(item, launched.get(item.content.get("run", "")))
            most -= len(items)
            if len(items) < page.limit or most <= 0:
                return
            page = Page(min(_A_PAGE, most), (items[-1].created, items[-1].id))

    def start(self, who: Identity, id: str) -> CloudRun:
        """Let a run begin as soon as there is room; what cannot run is refused, and keeps why.

        One that waits or runs stays as it is. Raises `Conflict` for one that is over.
        """
        require(who, Scope.RUN)
        found = self.get(who, id)
        if found.run is not None and not found.run.state.final:
            return found
        if found.progress != "created":
            raise Conflict(f"run {id} is over; create another one to run it again")
        now = self._clock.now()
        told: dict[str, Any] = {"queued": now.isoformat(), "queued_by": who.user}
        try:
            drop = self._drops.get(who, found.drop)
            source, changes = (
                source_of(self._drops, drop, found.name, found.kind),
                changes_of(found.kind, drop, found.said),
            )
            load = load_in(source, changes)  # files may have come after the run was created
            stored = self._launched(who, found, source, changes)
        except (InvalidInput, NotRunnable, NotAllowed) as error:
            findings = [one.facts() for one in error.findings] if isinstance(error, Unfit) else []
            told |= {"progress": "refused", "refusal": str(error), "findings": findings, "ended": now.isoformat()}
        else:
            told |= {"progress": "launched", "run": stored.id, "load": load}
        if changed := self._change(who, id, "cloud-run.start", _only_created(told)):
            return changed
        found = self.get(who, id)  # it was aborted, or started, meanwhile
        if found.run is None and "run" in told:
            self._runs.stop(who, str(told["run"]))
        return found

    def abort(self, who: Identity, id: str) -> CloudRun:
        """Let a run end; what was measured is kept. One that was aborted stays so.

        Raises `Conflict` for one that came to its end.
        """
        require(who, Scope.RUN)
        cancelled = {"stopped_by": who.user, "progress": "cancelled", "ended": self._clock.now().isoformat()}
        if changed := self._change(who, id, "cloud-run.abort", _only_created(cancelled)):
            return changed
        found = self.get(who, id)
        if found.run is None or found.run.state is RunState.STOPPED:
            return found
        if found.run.state.final:
            raise Conflict(f"run {id} is over")
        self._runs.stop(who, found.run.id)
        return self._change(who, id, "cloud-run.abort", lambda _: {"stopped_by": who.user}) or found

    def describe(self, who: Identity, id: str, description: str | None, said: Mapping[str, Any]) -> CloudRun:
        """Give a run another description, and keep more of what the caller says of it."""
        require(who, Scope.RUN)
        told = {} if description is None else {"description": description}
        changed = self._change(
            who, id, "cloud-run.change", lambda content: {"said": {**content["said"], **said}, **told}
        )
        return changed or self.get(who, id)

    def _change(
        self, who: Identity, id: str, action: str, tell: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
    ) -> CloudRun | None:
        """Change what is kept of a run, as `tell` says of what it is now; None where that says nothing."""
        for _ in range(_TRIES):
            now = self._clock.now()
            with contextlib.suppress(Conflict), self._store.write() as work:  # somebody changes it at the same time
                item = _found(work, who, id)
                told = tell(item.content)
                if told is None:
                    return None
                changed = replace(item, content={**item.content, **told}, changed=now, version=item.version + 1)
                work.items.change(changed, item.version)
                note(work, who, now, action, id)
                return cloud_run_of(changed, _execution(work, changed))
        raise Conflict(f"run {id} is changed by others all the time; try again")

    def _launched(self, who: Identity, run: CloudRun, source: Source, changes: Changes) -> StoredRun:
        launch = Launch(
            name=PurePosixPath(run.name).name,
            description=run.description,
            test=run.id,
            client_id=f"cloud-run {run.id}",  # of two starts at the same moment one is a retry of the other
            commands=self._commands_of(run),
            workers=changes.load.copies,
        )
        return self._loads.launch(who, source, changes, launch)

    def _commands_of(self, run: CloudRun) -> dict[str, str]:
        """Return the commands to do around the load. Raises `InvalidInput` for what this machine could not do."""
        asked = {kind: command for kind, command in run.commands.items() if self._commands.is_allowed}
        for command in asked.values():
            verify_command(command)
        return {**asked, "drop": run.drop} if asked else {}

    def _load(self, drop: Drop, name: str, kind: TestKind, said: Mapping[str, Any]) -> dict[str, float]:
        """Return what the test says of its load; nothing as long as it is not there."""
        try:
            return load_in(source_of(self._drops, drop, name, kind), changes_of(kind, drop, said))
        except Unavailable:
            raise
        except PenstockError:
            return {}


def _only_created(told: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Mapping[str, Any] | None]:
    """Return what is told of a run that was neither started nor aborted; of another one nothing."""
    return lambda content: told if content["progress"] == "created" else None


def _found(work: Work, who: Identity, id: str) -> Item:
    item = work.items.get(who.team, id, Kind.CLOUD_RUN)
    if item is None:
        raise NotFound(f"there is no test run {id}")
    return item


def _execution(work: Work, item: Item) -> StoredRun | None:
    run = item.content.get("run")
    return None if run is None else work.runs.get(item.team, run)
