"""Reports of runs, made from what is kept of them: while they go on, when they are over, and when they were lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import IO, Any

from penstock import __version__
from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, NotFound
from penstock.metrics.courses import Courses
from penstock.metrics.noise import NoiseOfRuns, Spread, noise_of, spread_of
from penstock.metrics.points import Point
from penstock.metrics.series import Timeline
from penstock.metrics.summary import Summary, summarise, summary_of
from penstock.model import Finding, Origin, codec
from penstock.ports.runner import Outcome
from penstock.ports.stores import Page, Store
from penstock.runs.events import Event
from penstock.runs.plan import Plan
from penstock.runs.report import Report
from penstock.runs.state import RunState
from penstock.runs.stored import FlowRun, RunKind, StoredRun
from penstock.runs.suite_report import SuiteReport, SuiteStatus
from penstock.runs.suite_work import SuiteWork
from penstock.services.access import require
from penstock.services.conclusion import described
from penstock.services.flow_writing import results_of
from penstock.services.measurements import Measurements
from penstock.services.request import Request
from penstock.services.run_logs import log_of

_RECENT_S = 15

_MOST_SPREADS = 64
"""Of how many runs it is remembered how their figures vary, some ten kilobytes each."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the newest second that all its agents have told, and what came since a second."""

    run: StoredRun
    latest: Point | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """One run of a test among its runs."""

    run: StoredRun
    summary: Summary


class ResultService:
    """Everything about results. Each method raises `NotFound` for runs of others."""

    def __init__(self, store: Store, public_url: str, measurements: Measurements) -> None:
        self._store = store
        self._public_url = public_url.rstrip("/")
        self._measurements = measurements
        self._spreads: dict[str, Spread] = {}

    def report(self, who: Identity, id: str) -> Report:
        """Return the report of a load run, from whatever is kept of it. Raises `Conflict` before it has begun."""
        stored, plan = self._load(who, id)
        return self._described(stored, plan)

    def archive(self, who: Identity, id: str, file: IO[bytes]) -> bytes:
        """Write the archive of a load run that is over, uncompressed, to a file; returns the log that is in it.

        Raises what `report` raises.
        """
        stored, plan = self._load(who, id)
        report = self._described(stored, plan)
        log = log_of(stored, report)
        more = {"diagnostics/run.log": log}
        with self._store.read() as work:
            import_module("penstock.reporting.archive").write(
                file, report, work.snapshots.all(id), is_sensitive=plan.is_sensitive, more=more, compresses=False
            )
        return log

    def _load(self, who: Identity, id: str) -> tuple[StoredRun, Plan]:
        stored = self._stored(who, id)
        if stored.kind is not RunKind.LOAD:
            raise Conflict(f"run {id} is no load run")
        with self._store.read() as work:
            content = work.runs.work(id)
        if content is None:
            raise Conflict(f"run {id} is no load run")
        plan: Plan = codec.decode_as(Plan, content)
        return stored, plan

    def _described(self, stored: StoredRun, plan: Plan) -> Report:
        if stored.started is None:
            raise Conflict(f"run {stored.id} is {stored.state}; there is nothing to report yet")
        measured = self._measurements.of(stored)
        findings = tuple(_finding(one) for one in stored.facts.get("findings", ()))
        request = Request(plan, int(stored.facts.get("workers", 1)), str(stored.facts.get("file", "")), (), findings)
        events = tuple(Event(**event) for event in stored.result.get("events", ()))
        report = described(request, stored.started, measured, _outcome(stored), events)
        ended = stored.ended or report.run.ended
        return replace(
            report, run=replace(report.run, name=stored.run.name, ended=ended, under_way=not stored.state.final)
        )

    def suite_report(self, who: Identity, id: str) -> SuiteReport:
        """Return the report of a suite run. Raises `Conflict` before it has begun."""
        stored = self._stored(who, id)
        with self._store.read() as reading:
            content = reading.runs.work(id)
            if stored.kind is not RunKind.SUITE or content is None:
                raise Conflict(f"run {id} is no suite run")
            if stored.started is None:
                raise Conflict(f"run {id} is {stored.state}; there is nothing to report yet")
            kept = [(one, reading.flow_runs.recording(who.team, one.id)) for one in reading.flow_runs.list(id)]
        work: SuiteWork = codec.decode_as(SuiteWork, content)
        constants = dict(work.constants)
        return SuiteReport(
            suite=work.suite,
            run_id=stored.id,
            description=stored.described,
            file=work.file,
            started=stored.started,
            ended=stored.ended or stored.run.history[-1].at,
            results=results_of(work.suite, kept),
            status=_suite_status(stored),
            findings=tuple(_finding(one) for one in stored.facts.get("findings", ())),
            launched_by=constants.get("launched_by", ""),
            version=__version__,
            url=f"{self._public_url}/app/api-tests/test-suite-runs/{stored.id}",
            base_url=work.http.retarget,
            target_overrides=work.http.target_overrides,
        )

    def flow_result(self, who: Identity, id: str) -> tuple[FlowRun, StoredRun, dict[str, Any]]:
        """Return an attempt at a flow, the run it belongs to, and what came of it as the JSON report tells it.

        That is empty as long as the attempt goes on.
        """
        require(who, Scope.READ)
        with self._store.read() as work:
            attempt = work.flow_runs.get(who.team, id)
            stored = None if attempt is None else work.runs.get(who.team, attempt.run)
            if attempt is None or stored is None:
                raise NotFound.of("flow run", id)
            recording, content = work.flow_runs.recording(who.team, id), work.runs.work(stored.id)
        if recording is None or content is None:
            return attempt, stored, {}
        done: SuiteWork = codec.decode_as(SuiteWork, content)
        (result,) = results_of(done.suite, [(attempt, recording)])
        told: dict[str, Any] = import_module("penstock.reporting.suite.json").results_of(result.attempts[-1], result)
        return attempt, stored, told

    def rendered(self, who: Identity, id: str, form: str) -> bytes:
        """Return the report of a load or suite run as `html`, `json` or `junit`."""
        with self._store.read() as work:
            stored = work.runs.get(who.team, id)
        if stored is not None and stored.kind is RunKind.SUITE:
            of_suite: bytes = import_module(f"penstock.reporting.suite.{form}").render(self.suite_report(who, id))
            return of_suite
        content: bytes = import_module(f"penstock.reporting.{form}").render(self.report(who, id))
        return content

    def junit(self, who: Identity, id: str) -> bytes:
        """Return the JUnit report of a run; of a plan run, that of all its suites that have begun."""
        require(who, Scope.READ)
        with self._store.read() as work:
            stored = work.runs.get(who.team, id)
            parts = work.runs.parts(id) if stored is not None and stored.kind is RunKind.PLAN else ()
        if stored is None or stored.kind is not RunKind.PLAN:
            return self.rendered(who, id, "junit")
        reports = [self.suite_report(who, part.id) for part in parts if part.started is not None]
        content: bytes = import_module("penstock.reporting.suite.junit").render_all(reports)
        return content

    def tables(self, who: Identity, id: str) -> dict[str, bytes]:
        """Return the report of a load run as CSV files by name."""
        files: dict[str, bytes] = import_module("penstock.reporting.csv").render(self.report(who, id))
        return files

    def progress(self, who: Identity, id: str, since: int) -> Progress:
        """Return how far a run is, with the points from the second `since` on."""
        if since < 0:
            return self.numbers(who, id)[0]
        stored = self._stored(who, id)
        with self._store.read() as work:
            timeline = Timeline(work.snapshots.all(id, since))
        return Progress(stored, timeline.latest(), timeline.points())

    def summary(self, who: Identity, id: str) -> tuple[StoredRun, Summary]:
        """Return a run and all its numbers."""
        progress, summary = self.numbers(who, id)
        return progress.run, summary

    def numbers(self, who: Identity, id: str) -> tuple[Progress, Summary]:
        """Return how far a run is, from its beginning, and all its numbers."""
        return self._numbers(self._stored(who, id))

    def _numbers(self, stored: StoredRun) -> tuple[Progress, Summary]:
        if stored.kind is not RunKind.LOAD or stored.started is None:
            return Progress(stored, None, ()), summarise(Timeline())
        if stored.state.final:
            measured = self._measurements.of(stored)
            points = measured.points
            return Progress(stored, points[-1] if points else None, points), summary_of(measured.total)
        timeline = self._measurements.so_far(stored)
        return Progress(stored, timeline.latest(), timeline.points()), summarise(timeline)

    def noise(self, who: Identity, before: str, after: str) -> NoiseOfRuns:
        """Return of each difference between two load runs whether it is more than their noise.

        The seconds of a run are read for it; what they say of one that is over is remembered.
        """
        return noise_of(*(self._spread(self._stored(who, id)) for id in (before, after)))

    def _spread(self, stored: StoredRun) -> Spread:
        if stored.kind is not RunKind.LOAD:
            return {}
        known = self._spreads.get(stored.id)
        if known is None:
            with self._store.read() as work:
                known = spread_of(Courses(work.snapshots.all(stored.id)))
            if stored.state.final:
                self._spreads[stored.id] = known
                while len(self._spreads) > _MOST_SPREADS:
                    self._spreads.pop(next(iter(self._spreads)), None)
        return known

    def trend(self, who: Identity, test: str, limit: int) -> tuple[Trend, ...]:
        """Return the numbers of a test's runs that are over, the newest first."""
        require(who, Scope.READ)
        over = (RunState.PASSED, RunState.FAILED, RunState.STOPPED, RunState.ERROR)
        with self._store.read() as work:
            runs = work.runs.list(who.team, Page(limit), kind=RunKind.LOAD, test=test, states=over)
        return tuple(Trend(run, self._numbers(run)[1]) for run in runs)

    def _stored(self, who: Identity, id: str) -> StoredRun:
        require(who, Scope.READ)
        with self._store.read() as work:
            stored = work.runs.get(who.team, id)
        if stored is None:
            raise NotFound.of("run", id)
        return stored


def _suite_status(stored: StoredRun) -> SuiteStatus:
    match stored.state:
        case RunState.PASSED:
            return "passed"
        case RunState.FAILED | RunState.ERROR:
            return "failed"
        case _:
            return "stopped"


def _outcome(stored: StoredRun) -> Outcome:
    match stored.state:
        case RunState.PASSED | RunState.FAILED:
            return Outcome("finished")
        case RunState.ERROR:
            return Outcome("failed", stored.run.why)
        case RunState.STOPPED:
            return Outcome("stopped", stored.run.why)
        case _:
            return Outcome("stopped", f"the run is {stored.state}; this is what it gave so far")


def _finding(facts: dict[str, Any]) -> Finding:
    origin = Origin(facts["file"], facts["path"], facts["line"])
    return Finding(facts["severity"], facts["effect"], facts["code"], facts["message"], origin, facts["advice"])
