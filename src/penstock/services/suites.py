"""Running a suite: each flow once, or once a row of data, recorded; hooks around them, failed ones again.

What happens is told as it happens: a listener is called with each flow that begins and each attempt that is over.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from penstock import __version__
from penstock.errors import PenstockError
from penstock.model import Finding, Flow, Journey, Suite
from penstock.ports.trials import Trials
from penstock.runs.plan import HttpSettings
from penstock.runs.recording import Pairs, Recording
from penstock.runs.redaction import redact, without_secrets
from penstock.runs.suite_report import Attempt, FlowResult, Kind, SuiteReport, judge
from penstock.services.selection import ALL, Selection, select
from penstock.services.trial_plans import Start, trial_plan

MOST_PARALLEL = 16


@dataclass(frozen=True, slots=True)
class SuiteRequest:
    """A suite to run, and how. `retries` wins over that of the suite; `parallel` flows run at a time, where they may.

    `constants` are facts of the run, as in `runs.plan`.
    """

    suite: Suite
    http: HttpSettings
    file: str
    constants: tuple[tuple[str, str], ...] = ()
    selection: Selection = ALL
    retries: int | None = None
    parallel: int = 1
    no_think: bool = False
    description: str = ""
    findings: tuple[Finding, ...] = ()
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Began:
    """A flow is started, at its first attempt or again."""

    result: FlowResult
    attempt: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A flow is over; its result holds all attempts."""

    result: FlowResult


Event = Began | Ended
Listener = Callable[[Event], None]


@dataclass(slots=True)
class _Shared:
    """What flows hand on: variables and cookies."""

    variables: Pairs = ()
    cookies: tuple[str, ...] = ()
    is_resolved: bool = False


@dataclass(frozen=True, slots=True)
class _Task:
    """One flow with one row."""

    flow: Flow
    row: int | None
    values: Pairs


async def run_suite(trials: Trials, request: SuiteRequest, listener: Listener, stop: asyncio.Event) -> SuiteReport:
    """Run the suite to its end, or until `stop` is set; flows that were not reached are told as not run.

    Raises `InvalidInput` when no flow is selected. What goes wrong with one flow is that flow's error.
    """
    return await _SuiteRun(trials, request, listener, stop).run()


@dataclass(slots=True)
class _SuiteRun:
    trials: Trials
    request: SuiteRequest
    listener: Listener
    stop: asyncio.Event
    shared: _Shared = field(default_factory=_Shared)
    results: dict[int, FlowResult] = field(default_factory=dict)

    async def run(self) -> SuiteReport:
        started = datetime.datetime.now(datetime.UTC)
        suite = self.request.suite
        chosen = select(suite, self.request.selection)
        tasks = [task for flow in chosen for task in _tasks(suite, flow)]
        before = await self._hook("before all", suite.before_all)
        if before is None or before.has_passed:
            await (self._dependent(tasks) if suite.mode == "dependent" else self._independent(tasks))
        for index, task in enumerate(tasks):
            if index not in self.results:
                self.results[index] = self._result(task, (), "not run")
        after = await self._hook("after all", suite.after_all)
        flows = [self.results[index] for index in range(len(tasks))]
        results = tuple(each for each in (before, *flows, after) if each is not None)
        constants = dict(self.request.constants)
        return SuiteReport(
            suite=suite,
            run_id=constants.get("run_id", ""),
            description=" ".join(part for part in (suite.name, self.request.description) if part),
            file=self.request.file,
            started=started,
            ended=datetime.datetime.now(datetime.UTC),
            results=results,
            status=judge(results, is_stopped=self.stop.is_set()),
            findings=self.request.findings,
            arguments=self.request.arguments,
            launched_by=constants.get("launched_by", ""),
            version=__version__,
            base_url=self.request.http.retarget,
            target_overrides=self.request.http.target_overrides,
            not_selected=len(suite.flows) - len(chosen),
        )

    @property
    def _retries(self) -> int:
        return self.request.suite.retries if self.request.retries is None else self.request.retries

    async def _independent(self, tasks: list[_Task]) -> None:
        """Do all flows, so many at a time as may be; one that shares what it leaves has its turn alone."""
        suite = self.request.suite
        is_alone = suite.parameter_scope == "suite" or suite.cookie_scope == "suite"
        limit = 1 if is_alone else max(1, min(self.request.parallel, MOST_PARALLEL))
        waiting = iter(list(enumerate(tasks)))

        async def work() -> None:
            for index, task in waiting:
                if self.stop.is_set():
                    return
                self.results[index] = await self._flow(task)

        await asyncio.gather(*(work() for _ in range(limit)))

    async def _dependent(self, tasks: list[_Task]) -> None:
        """Do the flows one after the other, up to the first that fails; then all of them again, as often as allowed."""
        kept = replace_shared(self.shared)
        attempts: dict[int, list[Attempt]] = {index: [] for index in range(len(tasks))}
        for turn in range(1, self._retries + 2):
            if turn > 1:
                self.shared = replace_shared(kept)
                await self._rest()
            has_failed = False
            for index, task in enumerate(tasks):
                if self.stop.is_set():
                    return
                self.listener(Began(self._result(task, tuple(attempts[index]), "not run"), turn))
                attempt = await self._attempt(task)
                attempts[index].append(attempt)
                self.results[index] = self._result(task, tuple(attempts[index]))
                self.listener(Ended(self.results[index]))
                has_failed = not attempt.has_passed
                if has_failed:
                    break
            if not has_failed:
                return

    async def _flow(self, task: _Task) -> FlowResult:
        attempts: list[Attempt] = []
        for turn in range(1, self._retries + 2):
            if turn > 1:
                await self._rest()
            if self.stop.is_set() and attempts:
                break
            self.listener(Began(self._result(task, tuple(attempts), "not run"), turn))
            attempts.append(await self._attempt(task))
            if attempts[-1].has_passed or task.flow.blocked or self.stop.is_set():
                break
        result = self._result(task, tuple(attempts))
        self.listener(Ended(result))
        return result

    async def _rest(self) -> None:
        """Wait before an attempt that is not the first, for as long as the suite says and nobody stops it."""
        delay_s = self.request.suite.retry_delay_s
        if delay_s > 0 and not self.stop.is_set():
            stopped = asyncio.create_task(self.stop.wait())
            await asyncio.wait({stopped}, timeout=delay_s)
            stopped.cancel()

    async def _attempt(self, task: _Task) -> Attempt:
        suite, flow = self.request.suite, task.flow
        if flow.blocked:
            return Attempt(None, error=f"holds what cannot be run here: {flow.blocked}")
        carries = suite.parameter_scope == "suite"
        begins = () if carries and self.shared.is_resolved else suite.parameters
        start = Start(
            parameters=(*begins, *flow.parameters, *(() if carries and self.shared.is_resolved else suite.overrides)),
            given=(*self.shared.variables, *task.values),
            cookies=self.shared.cookies,
        )
        recording, error = await self._record(flow.journey, start)
        if recording is None:
            return Attempt(None, error=error)
        after: Recording | None = None
        if flow.after is not None and not self.stop.is_set():
            follow = Start((), recording.variables, recording.cookies)
            after, error = await self._record(flow.after, follow)
        if carries:
            self.shared.variables, self.shared.is_resolved = own(recording.variables), True
        if suite.cookie_scope == "suite":
            self.shared.cookies = recording.cookies
        return Attempt(self._kept(recording), None if after is None else self._kept(after), error)

    async def _hook(self, kind: Kind, journey: Journey | None) -> FlowResult | None:
        """Do what stands before or after all flows, once."""
        if journey is None or (self.stop.is_set() and kind == "before all"):
            return None
        suite = self.request.suite
        blank = FlowResult(kind, "", kind, journey, "not run")
        self.listener(Began(blank, 1))
        resolved = self.shared.is_resolved
        start = Start(
            parameters=() if resolved else (*suite.parameters, *suite.overrides),
            given=self.shared.variables,
            cookies=self.shared.cookies,
        )
        recording, error = await self._record(journey, start, is_last=kind == "after all")
        attempt = Attempt(None if recording is None else self._kept(recording), error=error)
        if recording is not None and kind == "before all":
            carries = suite.parameter_scope == "suite"
            self.shared = _Shared(
                variables=own(recording.variables) if carries else changed(recording),
                cookies=recording.cookies,
                is_resolved=carries,
            )
        result = replace(blank, status=_status((attempt,)), attempts=(attempt,))
        self.listener(Ended(result))
        return result

    async def _record(self, journey: Journey, start: Start, *, is_last: bool = False) -> tuple[Recording | None, str]:
        """Record one journey; what goes wrong with it is told, and nobody else's matter."""
        request = self.request
        try:
            plan = trial_plan(request.suite, journey, start, request.http, request.constants, no_think=request.no_think)
            stop = None if is_last else self.stop  # what tidies up does so after a stop, too
            return await self.trials.record(plan, start.cookies, stop), ""
        except PenstockError as error:
            return None, str(error)

    def _kept(self, recording: Recording) -> Recording:
        return redact(recording) if self.request.suite.is_sensitive else without_secrets(recording)

    def _result(
        self, task: _Task, attempts: tuple[Attempt, ...], status: Literal["not run"] | None = None
    ) -> FlowResult:
        flow = task.flow
        values = task.values
        return FlowResult(
            kind="flow",
            id=flow.id,
            name=flow.name,
            journey=flow.journey,
            status=status or _status(attempts),
            attempts=attempts,
            row=task.row,
            values=() if self.request.suite.is_sensitive else values,
            flow=flow,
            counts=flow.status != "evaluating",
        )


def _status(attempts: tuple[Attempt, ...]) -> Literal["passed", "failed", "flaky", "stopped", "error"]:
    last = attempts[-1]
    if last.has_passed:
        return "passed" if len(attempts) == 1 or all(each.has_passed for each in attempts) else "flaky"
    if last.error:
        return "error"
    return "stopped" if last.is_stopped else "failed"


def _tasks(suite: Suite, flow: Flow) -> list[_Task]:
    """Return a task a row; of several tables each goes round for itself."""
    tables = [table for table in suite.data if table.name in flow.data and table.rows]
    if not tables:
        return [_Task(flow, None, ())]
    most = max(len(table.rows) for table in tables)
    return [
        _Task(
            flow,
            index + 1,
            tuple(
                pair
                for table in tables
                for pair in zip(table.columns, table.rows[index % len(table.rows)], strict=True)
            ),
        )
        for index in range(most)
    ]


def own(variables: Pairs) -> Pairs:
    """Return the variables that a test sets itself: not those about the last request and the run."""
    return tuple((name, value) for name, value in variables if not name.startswith("__"))


def changed(recording: Recording) -> Pairs:
    """Return the variables that a journey has set, beyond what it began with."""
    before = dict(recording.initial)
    return tuple((name, value) for name, value in own(recording.variables) if before.get(name) != value)


def replace_shared(shared: _Shared) -> _Shared:
    """Return a copy."""
    return _Shared(shared.variables, shared.cookies, shared.is_resolved)
