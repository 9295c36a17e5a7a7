"""Launching runs, asking things of them, and finding them again."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import orjson

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, InvalidInput, NotFound
from penstock.model import Finding, Origin, codec
from penstock.ports.clock import Clock
from penstock.ports.stores import Page, Store, Work
from penstock.runs.applications import MOST_APPLICATIONS, Application
from penstock.runs.commands import parse_level
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import FlowRun, RunKind, StoredRun
from penstock.runs.suite_work import PlannedSuite, PlanWork, SuiteWork
from penstock.services import target_overrides, vendor_cloud
from penstock.services.access import note, require
from penstock.services.changes import Changes
from penstock.services.preparation import Prepared, prepare, read
from penstock.services.request_names import request_names
from penstock.services.selection import ALL, Selection, select
from penstock.services.suite_preparation import prepare_suite
from penstock.services.suite_runs import request_of
from penstock.services.suites import SuiteRequest
from penstock.services.target_policy import TargetService
from penstock.services.team_applications import ApplicationService
from penstock.services.verification import verify
from penstock.services.webhooks import enqueue

MOST_WORKERS = 64
T = TypeVar("T")
MOST_PARALLEL_SUITES = 12


class Unfit(InvalidInput):
    """The test is understood and must not be run as it is; `findings` say why, with their places."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        wrong = [str(finding) for finding in findings if finding.severity == "error"]
        super().__init__(f"{name} cannot be run as it is: {'; '.join(wrong)}")
        self.findings = tuple(findings)


def _not_kept(application: str, origin: Origin) -> Finding:
    """Say of an application whose counters a file chooses that the team has none of the name."""
    return Finding(
        "warning",
        "dropped",
        "unknown-application",
        f"the test chooses counters of {application!r}, and the team keeps no application of that name",
        origin,
        "tell of it with penstock applications set FILE, or on the page of applications",
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A test as it was sent: files by name, and the one that says what to run."""

    entry: str
    files: Mapping[str, bytes]

    def hash(self) -> str:
        """Return what tells two sources apart."""
        digest = hashlib.sha256(self.entry.encode())
        for name, content in sorted(self.files.items()):
            digest.update(f"\0{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    @contextlib.contextmanager
    def unpacked(self) -> Iterator[Path]:
        """Give the path of the entry, in a folder of its own while the block runs.

        Raises `InvalidInput` for names that lead out of it; in errors of the block the folder is left out.
        """
        with tempfile.TemporaryDirectory(prefix="penstock-") as name:
            folder = Path(name).resolve()
            for file_name, content in self.files.items():
                path = folder / file_name
                if "\0" in file_name or not path.resolve().is_relative_to(folder) or path == folder:
                    raise InvalidInput(f"file {file_name!r}: the name leads out of the test's own folder")
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                except OSError as error:
                    raise InvalidInput(f"file {file_name!r}: {error.strerror}") from error
            try:
                yield folder / self.entry
            except Unfit:
                raise  # findings name files as they were sent
            except InvalidInput as error:
                raise InvalidInput(str(error).replace(f"{folder}/", "")) from error


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """How a suite is to run; `retries` (None: as the suite says) are for failed flows."""

    selection: Selection = ALL
    retries: int | None = None
    parallel: int = 1
    no_think: bool = False
    description: str = ""


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


class RunService:
    """Everything about runs but executing them. Each method raises `NotAllowed` for callers who may not."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        policy: TargetService,
        applications: ApplicationService,
        nudge: Callable[[], None],
        *,
        keeps_vendor_limits: bool = False,
    ) -> None:
        self._keeps_vendor_limits = keeps_vendor_limits
        self._store = store
        self._clock = clock
        self._policy = policy
        self._applications = applications
        self._nudge = nudge

    def launch_load(self, who: Identity, source: Source, changes: Changes, launch: Launch) -> StoredRun:
        """Import a test and let it run as soon as there is room.

        Raises `Unfit` for a test with findings of severity error, `InvalidInput` for what is no test, `NotRunnable`
        for what this version cannot execute, `NotAllowed` for a target that the team may not load, `Conflict` for a
        client's own id that was used for something else.
        """
        require(who, Scope.RUN)
        if not 1 <= launch.workers <= MOST_WORKERS:
            raise InvalidInput(f"workers: {launch.workers} is not between 1 and {MOST_WORKERS}")
        asked_hash = _hash(source.hash(), changes, launch)
        if (known := self._made_before(who, launch.client_id, asked_hash)) is not None:
            return known
        if source.entry.endswith(".py"):
            raise InvalidInput(f"{source.entry}: Python files are run on one's own machine (penstock run), not here")
        prepared, applications = self._prepared(who, source, changes, launch.applications)
        if prepared.plan is None:
            raise Unfit(source.entry, prepared.findings)
        self.verify_limits(source.entry, prepared.findings)
        verify(prepared.plan)
        watched = replace(prepared.plan, applications=applications)
        self._applications.verify(watched)
        plan, stays_small = self._policy.bounded(who, watched)
        constants = dict(plan.constants) | {"launched_by": who.name}
        plan = replace(plan, constants=tuple(constants.items()))
        facts = {
            "file": source.entry,
            "workers": launch.workers,
            "stays_small": stays_small,
            "findings": [one.facts() for one in prepared.findings],
            "requests": request_names(plan.work.scenario) if isinstance(plan.work, ScenarioWork) else [],
        }
        if launch.commands:
            facts["commands"] = dict(launch.commands)
        return self._add(who, RunKind.LOAD, plan.name, codec.encode_as(Plan, plan), facts, launch, asked_hash)

    def _prepared(
        self, who: Identity, source: Source, changes: Changes, names: Sequence[str] | None
    ) -> tuple[Prepared, tuple[Application, ...]]:
        """Read a test, and say which applications are read beside it: those named, else those that its file chooses.

        A file that names none which the team keeps chooses nothing. What it seeks in counters is read with those that
        it chooses, so a file that does is read twice.
        """
        applications = self._applications.chosen(who.team, names)
        with source.unpacked() as path:
            prepared = self._read(who, path, changes, applications)
            wanted = prepared.imported.applications if prepared.imported is not None and names is None else ()
            if not wanted:
                return prepared, applications
            there, missing = self._applications.known(who.team, wanted)
            if there:
                applications = self._applications.chosen(who.team, there[:MOST_APPLICATIONS])
                prepared = self._read(who, path, changes, applications)
        told = (one.origin for one in prepared.findings if one.code == "application-insights")
        origin = next(told, Origin(source.entry))
        findings = [*prepared.findings, *(_not_kept(name, origin) for name in missing)]
        return replace(prepared, findings=tuple(findings)), applications

    def _read(self, who: Identity, path: Path, changes: Changes, applications: Sequence[Application]) -> Prepared:
        counters = tuple(name for one in applications for name in one.names())
        return prepare(path, self._as_team_wants(who, replace(changes, counters=counters)))

    def launch_suite(
        self, who: Identity, source: Source, changes: Changes, launch: Launch, how: SuiteOptions
    ) -> StoredRun:
        """Import a suite (or a flow) and let its flows run once each, as soon as there is room.

        Raises as `launch_load`, and `InvalidInput` where no flow is selected.
        """
        require(who, Scope.RUN)
        asked_hash = _hash(source.hash(), changes, launch, how)
        if (known := self._made_before(who, launch.client_id, asked_hash)) is not None:
            return known
        work, findings = self.prepare_suite(who, source, changes, how)
        facts = {"file": source.entry, "findings": findings, "flows": flow_count(request_of(work))}
        content = codec.encode_as(SuiteWork, work)
        return self._add(who, RunKind.SUITE, work.suite.name, content, facts, launch, asked_hash)

    def prepare_suite(
        self, who: Identity, source: Source, changes: Changes, how: SuiteOptions
    ) -> tuple[SuiteWork, list[dict[str, Any]]]:
        """Return what is to be executed, with the findings. Raises as `launch_load`, and where no flow is selected."""
        changes = self._as_team_wants(who, changes)
        with source.unpacked() as path:
            imported = read(path, changes)
            if any(finding.severity == "error" for finding in imported.findings):
                raise Unfit(source.entry, imported.findings)
            self.verify_limits(source.entry, imported.findings)
            request = prepare_suite(
                imported,
                path,
                changes,
                selection=how.selection,
                retries=how.retries,
                parallel=how.parallel,
                no_think=how.no_think,
                description=how.description,
            )
        constants = dict(request.constants) | {"launched_by": who.name}
        work = SuiteWork(
            suite=request.suite,
            http=request.http,
            file=source.entry,
            flows=how.selection.flows,
            labels=how.selection.labels,
            labels_expression=how.selection.labels_expression,
            only_ready=how.selection.only_ready,
            retries=how.retries,
            parallel=how.parallel,
            no_think=how.no_think,
            description=how.description,
            constants=tuple(constants.items()),
        )
        return work, [one.facts() for one in imported.findings]

    def launch_plan(
        self,
        who: Identity,
        name: str,
        suites: Sequence[PlannedSuite],
        parallel: int,
        launch: Launch,
        findings: Sequence[dict[str, Any]] = (),
    ) -> StoredRun:
        """Let prepared suites run, `parallel` of them at a time, as parts of one run; `findings` name their suite."""
        require(who, Scope.RUN)
        if not suites:
            raise InvalidInput(f"plan {name!r}: no suite has a flow to run")
        if not 1 <= parallel <= MOST_PARALLEL_SUITES:
            raise InvalidInput(f"parallel: {parallel} is not between 1 and {MOST_PARALLEL_SUITES}")
        asked_hash = _hash("", Changes(), launch, [(one.test, one.test_version) for one in suites], parallel)
        if (known := self._made_before(who, launch.client_id, asked_hash)) is not None:
            return known
        content = codec.encode_as(PlanWork, PlanWork(tuple(suites), parallel))
        listed = [{"test": one.test, "name": one.name} for one in suites]
        facts: dict[str, Any] = {"suites": listed, "findings": list(findings)}
        return self._add(who, RunKind.PLAN, name, content, facts, launch, asked_hash)

    def launch_part(self, plan: StoredRun, place: int, suite: PlannedSuite) -> StoredRun:
        """Start the run of one suite of a plan run, once however often it is asked for."""
        client_id = f"{plan.id}/{place}"
        with self._store.read() as work:
            known = work.runs.made_by(plan.team, client_id)
        if known is not None:
            return known[0]
        now = self._clock.now()
        run = Run(RunId(str(uuid.uuid4())), suite.name, now).to(RunState.QUEUED, now)
        stored = StoredRun(
            run=run,
            team=plan.team,
            kind=RunKind.SUITE,
            test=suite.test,
            test_version=suite.test_version,
            launched_by=plan.launched_by,
            description=suite.work.description,
            parent=plan.id,
            client_id=client_id,
            facts={
                "file": suite.work.file,
                "findings": [one for one in plan.facts["findings"] if one["file"] in (suite.name, "launch")],
                "flows": flow_count(request_of(suite.work)),
            },
        )
        with self._store.write() as work:
            work.runs.add(stored)
            work.runs.set_work(run.id, codec.encode_as(SuiteWork, suite.work))
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
                raise NotFound(f"there is no flow run {id}")
            return found, work.flow_runs.recording(who.team, id)

    def _as_team_wants(self, who: Identity, changes: Changes) -> Changes:
        """Return the changes with what holds for all runs of the team: what it may reach, what goes elsewhere.

        A run that sends all its requests to one place does so whatever the team says.
        """
        with self._store.read() as work:
            team = work.accounts.team(who.team)
        asked = changes.target_overrides
        if changes.base_url is None and team is not None:
            asked = target_overrides.over(asked, target_overrides.of_team(team.settings))
        return replace(changes, is_confined=True, policy=self._policy.for_team(who), target_overrides=asked)

    def verify_limits(self, entry: str, findings: Sequence[Finding]) -> None:
        """Raise `Unfit` for a test beyond the limits of its vendor's cloud, where the settings keep them."""
        if self._keeps_vendor_limits:
            told = vendor_cloud.refused(findings)
            if any(one.severity == "error" for one in told):
                raise Unfit(entry, told)

    def _made_before(self, who: Identity, client_id: str | None, asked_hash: str) -> StoredRun | None:
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

    def _add(
        self,
        who: Identity,
        kind: RunKind,
        name: str,
        content: bytes,
        facts: dict[str, Any],
        launch: Launch,
        asked_hash: str,
    ) -> StoredRun:
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
            if (known := self._made_before(who, launch.client_id, asked_hash)) is not None:
                return known
            raise
        self._nudge()
        return stored

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
                self._policy.verify_level(level)
            work.runs.command(id, now, command, {"by": who.name, "population": population})
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
        raise NotFound(f"there is no run {id}")
    return stored


def flow_count(request: SuiteRequest) -> int:
    """Return how many flows a suite run does, those once a row counted so often. Raises what `select` raises."""
    rows = {table.name: len(table.rows) for table in request.suite.data}
    chosen = select(request.suite, request.selection)
    return sum(max((rows.get(name, 0) for name in flow.data), default=0) or 1 for flow in chosen)


def _hash(source: str, changes: Changes, launch: Launch, *more: object) -> str:
    """Return what tells two launches apart, for retries."""
    told = (launch.name, launch.description, launch.test, list(launch.tags), launch.workers)
    asked = (source, repr(changes), told, repr(more))
    return hashlib.sha256(orjson.dumps(asked)).hexdigest()
