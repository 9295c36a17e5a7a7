"""Runs of what lies in test drops: created first, started later, kept with what was found wrong before they began."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Literal

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotRunnable, PenstockError, Unavailable
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store, Work
from penstock.runs.cloud_runs import CloudRunWish
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.state import RunState
from penstock.runs.stored import StoredRun
from penstock.services.access import note, require
from penstock.services.changes import Changes
from penstock.services.defined_tests import file_of, files_of
from penstock.services.drops import Drop, DropService
from penstock.services.launches import Launch
from penstock.services.load_launcher import LoadLauncher
from penstock.services.preparation import prepare
from penstock.services.runs import RunService
from penstock.services.sources import Source, Unfit
from penstock.services.test_commands import CommandRules, verify_command
from penstock.services.test_definitions import TestDefinitionService

Progress = Literal["created", "refused", "cancelled", "launched"]
TestKind = Literal["visual-studio", "jmeter"]

_A_PAGE = 200
_LONGEST_NAME = 500
_TRIES = 5


@dataclass(frozen=True, slots=True)
class CloudRun:
    """One such run. `number` counts the team's; `load` is what its file says of the load, as far as that is known.

    `refusal` says why it could not begin, with `findings`; `run` is the execution once it was launched. `said` is the
    caller's own, kept as it came. `queued`, `ended` are times (of the end: only of runs that never began), `by` are ids
    of users. `deleted` is when its files were.
    """

    id: str
    number: int
    name: str
    drop: str
    created: datetime.datetime
    changed: datetime.datetime
    created_by: str
    progress: Progress = "created"
    description: str = ""
    kind: TestKind = "visual-studio"
    load: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    queued: datetime.datetime | None = None
    queued_by: str = ""
    ended: datetime.datetime | None = None
    stopped_by: str = ""
    refusal: str = ""
    findings: tuple[Mapping[str, Any], ...] = ()
    run: StoredRun | None = None
    deleted: datetime.datetime | None = None

    @property
    def commands(self) -> dict[str, str]:
        """The commands that the caller wants to be done before and after the load."""
        said = self.said.get("testSettings", {})
        asked = {"set_up": said.get("setupCommand", ""), "clean_up": said.get("cleanupCommand", "")}
        return {kind: command.strip() for kind, command in asked.items() if command.strip()}


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
        drop = self._drops.get(who, drop_id)
        content = {
            "name": name,
            "drop": drop.id,
            "description": description,
            "kind": kind,
            "said": dict(said),
            "load": self._load(drop, name, kind),
            "progress": "created",
        }
        for _ in range(_TRIES):
            try:
                return self._add(who, name, drop.id, content)
            except Conflict:  # another run got the number
                continue
        raise Conflict("too many runs are created at the same time; try again")

    def _add(self, who: Identity, name: str, drop: str, content: dict[str, Any]) -> CloudRun:
        now = self._clock.now()
        with self._store.write() as work:
            number = work.items.count(who.team, Kind.CLOUD_RUN) + 1
            id = str(uuid.uuid4())
            item = Item(id, who.team, Kind.CLOUD_RUN, name, {**content, "number": number}, now, now, who.user)
            item.content["created_by"] = who.user
            work.items.add(item, f"number {number}")
            self._drops.used_by(work, who, drop, id)
            note(work, who, now, "cloud-run.create", id, name=name)
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
            stored = self._launched(who, found)
        except (InvalidInput, NotRunnable, NotAllowed) as error:
            findings = [one.facts() for one in error.findings] if isinstance(error, Unfit) else []
            told |= {"progress": "refused", "refusal": str(error), "findings": findings, "ended": now.isoformat()}
        else:
            told |= {"progress": "launched", "run": stored.id}
        return self._change(who, id, "cloud-run.start", told)

    def abort(self, who: Identity, id: str) -> CloudRun:
        """Let a run end; what was measured is kept. One that was aborted stays so.

        Raises `Conflict` for one that came to its end.
        """
        require(who, Scope.RUN)
        found = self.get(who, id)
        if found.progress in ("refused", "cancelled") or (found.run is not None and found.run.state.final):
            if found.run is None or found.run.state is RunState.STOPPED:
                return found
            raise Conflict(f"run {id} is over")
        told: dict[str, Any] = {"stopped_by": who.user}
        if found.run is None:
            told |= {"progress": "cancelled", "ended": self._clock.now().isoformat()}
        else:
            self._runs.stop(who, found.run.id)
        return self._change(who, id, "cloud-run.abort", told)

    def describe(self, who: Identity, id: str, description: str | None, said: Mapping[str, Any]) -> CloudRun:
        """Give a run another description, and keep more of what the caller says of it."""
        require(who, Scope.RUN)
        told: dict[str, Any] = {"said": {**self.get(who, id).said, **said}}
        if description is not None:
            told["description"] = description
        return self._change(who, id, "cloud-run.change", told)

    def _change(self, who: Identity, id: str, action: str, told: Mapping[str, Any]) -> CloudRun:
        now = self._clock.now()
        with self._store.write() as work:
            item = _found(work, who, id)
            changed = replace(item, content={**item.content, **told}, changed=now, version=item.version + 1)
            work.items.change(changed, item.version)
            note(work, who, now, action, id)
            return cloud_run_of(changed, _execution(work, changed))

    def _launched(self, who: Identity, run: CloudRun) -> StoredRun:
        launch = Launch(
            name=PurePosixPath(run.name).name,
            description=run.description,
            test=run.id,
            client_id=f"cloud-run {run.id}",  # of two starts at the same moment one is a retry of the other
            commands=self._commands_of(run),
        )
        source = self._source(self._drops.get(who, run.drop), run.name, run.kind)
        return self._loads.launch(who, source, Changes(), launch)

    def _commands_of(self, run: CloudRun) -> dict[str, str]:
        """Return the commands to do around the load. Raises `InvalidInput` for what this machine could not do."""
        asked = {kind: command for kind, command in run.commands.items() if self._commands.is_allowed}
        for command in asked.values():
            verify_command(command)
        return {**asked, "drop": run.drop} if asked else {}

    def _source(self, drop: Drop, name: str, kind: TestKind) -> Source:
        """Return what is to be run. Raises `InvalidInput` where it is not in the drop."""
        if kind == "jmeter" or name.lower().endswith(".jmx"):
            raise NotRunnable(
                f"{name}: there is no importer for test plans of JMeter yet, so this version cannot run them; "
                "write the test as a load test of Visual Studio or a flow.py"
            )
        if name.lower().endswith(".har"):
            raise NotRunnable(
                f"{name}: a recording (HAR) says nothing of load, so it is no load test; run it with "
                "`penstock run --users`, or write its requests as a test of URLs or a web test of Visual Studio"
            )
        if drop.url_test is not None:
            entry, files = drop.url_test.files()
            return Source(entry, files)
        files = self._drops.files(drop)
        return Source(_entry(name, files), files)

    def _load(self, drop: Drop, name: str, kind: TestKind) -> dict[str, float]:
        """Return what the test says of its load; nothing as long as it cannot be read."""
        try:
            source = self._source(drop, name, kind)
            with source.unpacked() as path:
                plan = prepare(path, Changes(is_confined=True)).plan
        except Unavailable:
            raise
        except PenstockError:
            return {}
        return {} if plan is None else _load_of(plan)


def _load_of(plan: Plan) -> dict[str, float]:
    load: dict[str, float] = {
        "users": plan.peak,
        "seconds": round(plan.duration_s - plan.warm_up_s),
        "warm_up_s": round(plan.warm_up_s),
    }
    if isinstance(plan.work, ScenarioWork) and plan.work.scenario.counters is not None:
        load["sample_s"] = round(plan.work.scenario.counters.sample_s)
    return load


def _entry(name: str, files: Mapping[str, bytes]) -> str:
    """Return the file of that name: at the root of the drop, else the only one of it below; letter case is free."""
    at_root = [one for one in files if one.lower() == name.lower()]
    below = [one for one in files if PurePosixPath(one).name.lower() == name.lower()]
    for found in (at_root, below):
        if len(found) == 1 and name.lower().endswith(".loadtest"):
            return found[0]
    if len(at_root) > 1 or len(below) > 1:
        raise InvalidInput(f"the drop holds several files {name!r}: {', '.join(sorted(at_root or below))}")
    if at_root or below:
        raise InvalidInput(f"{name!r} is no load test; the name of a run is that of a .loadtest file in its drop")
    there = sorted(one for one in files if one.lower().endswith(".loadtest"))
    holds = f"it holds {', '.join(there[:10])}" if there else f"of its {len(files)} files none is a .loadtest"
    raise InvalidInput(
        f"the drop holds no file {name!r}: {holds}. Upload it to the root of the drop, then create a run"
    )


def _found(work: Work, who: Identity, id: str) -> Item:
    item = work.items.get(who.team, id, Kind.CLOUD_RUN)
    if item is None:
        raise NotFound(f"there is no test run {id}")
    return item


def _execution(work: Work, item: Item) -> StoredRun | None:
    run = item.content.get("run")
    return None if run is None else work.runs.get(item.team, run)


def cloud_run_of(item: Item, run: StoredRun | None) -> CloudRun:
    """Return the run that an item keeps, with its execution."""
    content = item.content
    return CloudRun(
        id=item.id,
        number=content["number"],
        name=content["name"],
        drop=content["drop"],
        created=item.created,
        changed=item.changed,
        created_by=content["created_by"],
        progress=content["progress"],
        description=content["description"],
        kind=content["kind"],
        load=content["load"],
        said=content["said"],
        queued=_time(content.get("queued")),
        queued_by=content.get("queued_by", ""),
        ended=_time(content.get("ended")),
        stopped_by=content.get("stopped_by", ""),
        refusal=content.get("refusal", ""),
        findings=tuple(content.get("findings", ())),
        run=run,
        deleted=_time(content.get("deleted_at")),
    )


def _time(told: str | None) -> datetime.datetime | None:
    return None if told is None else datetime.datetime.fromisoformat(told)
