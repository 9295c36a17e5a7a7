"""Executing one load run: its engine in processes of its own, its measurements kept as they come."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from penstock.errors import Conflict, InvalidInput, NotBegun, PenstockError, Unavailable
from penstock.metrics.summary import Summary
from penstock.model import codec
from penstock.ports.clock import Clock
from penstock.ports.counters import CounterSource
from penstock.ports.runner import Runner, Running
from penstock.ports.stores import Store
from penstock.runs.commands import Command as Asked
from penstock.runs.commands import Pause, Resume, parse_level
from penstock.runs.measured import Measured
from penstock.runs.plan import Plan
from penstock.runs.report import Report
from penstock.runs.state import RunState
from penstock.runs.stored import Command, StoredRun
from penstock.services.execution import execute, no_longer_than_followed
from penstock.services.keeping import Keeper, keep_measured
from penstock.services.monitoring import LoadsUnderWay
from penstock.services.request import Request
from penstock.services.states import Course
from penstock.services.steering import Steering
from penstock.services.stopping import Stopping
from penstock.services.telling import kept_events
from penstock.services.test_commands import RunCommands, TestCommandService


class LoadRun:
    """See `supervision.Executing`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        runner: Runner,
        commands: TestCommandService,
        sources: Callable[[str, Plan], Sequence[CounterSource]],
        loads: LoadsUnderWay,
        stored: StoredRun,
        content: bytes,
    ) -> None:
        self._course = Course(store, clock, stored)
        self._store = store
        self._runner = runner
        self._commands = commands
        self._sources = sources
        self._loads = loads
        self._content = content
        self._stopping = Stopping(self._course)
        self._steering: Steering | None = None
        self._measured: Measured | None = None

    async def run(self) -> None:
        """See `supervision.Executing`."""
        try:
            plan: Plan = codec.decode_as(Plan, self._content)
            if self._stopping.asked.is_set():
                await self._course.to(RunState.STOPPED, self._stopping.why)
                return
            async with self._commands.of(self._course) as commands:
                if commands is not None and (failure := await commands.set_up(self._stopping.asked)):
                    await commands.clean_up()
                    why = self._stopping.why or f"its set-up command failed: {failure}"
                    await self._course.to(RunState.STOPPED, why)
                    return
                keeper = Keeper(self._store, self._course.stored.id)
                try:
                    report = await self._execute(plan, keeper)
                    await keeper.finish()
                except PenstockError:
                    if commands is not None:
                        await commands.clean_up()
                    raise
                finally:
                    keeper.abandon()
                await self._keep()
                await self._conclude(report, commands)
        except Conflict:
            raise  # someone has ended it; there is nothing to add
        except NotBegun:
            await self._stopping.end({})
        except PenstockError as error:
            await self._course.to(RunState.ERROR, str(error))

    async def _execute(self, plan: Plan, keeper: Keeper) -> Report:
        workers = int(self._course.stored.facts.get("workers", 1))
        request = Request(plan, workers, str(self._course.stored.facts.get("file", "")))
        followed = _FollowedRunner(self._runner, self._begun)
        sources = await asyncio.to_thread(self._sources, self._course.stored.team, plan)
        watched = self._loads.begin(self._course.stored)
        try:
            return await execute(
                followed, request, watched.look, self._stopping.asked, self._attend, sources, keeper.add, self._note
            )
        finally:
            self._loads.end(self._course.stored)

    def _note(self, measured: Measured) -> None:
        self._measured = measured
        self._loads.measured(self._course.stored, measured.total)

    async def _keep(self) -> None:
        """Keep what reports rest on; where the database does not take it, the first reader has it made."""
        if self._measured is not None:
            with contextlib.suppress(Unavailable):
                await asyncio.to_thread(keep_measured, self._store, self._course.stored.id, self._measured)

    @contextlib.asynccontextmanager
    async def _attend(self, steering: Steering) -> AsyncIterator[None]:
        self._steering = steering
        async with kept_events(self._course, steering):
            yield

    async def _begun(self) -> None:
        await self._course.to(RunState.RUNNING)
        await self._stopping.note()

    async def _conclude(self, report: Report, commands: RunCommands | None) -> None:
        result = numbers_of(report.summary)
        if report.events:
            result["events"] = [dataclasses.asdict(event) for event in report.events]
        await self._stopping.note()
        if report.run.end != "failed" and self._course.state is not RunState.STOPPING:
            await self._course.to(RunState.FINISHING, result=result)
        if commands is not None:
            await commands.clean_up()
        if report.run.end == "failed":
            await self._course.to(RunState.ERROR, report.run.message, result=result)
        elif self._course.state is RunState.STOPPING:
            await self._stopping.end(result)
        else:
            why = "; ".join(report.verdict.reasons)
            await self._course.to(RunState.PASSED if report.verdict.passed else RunState.FAILED, why)

    async def take(self, command: Command) -> None:
        """See `supervision.Executing`."""
        if self._steering is None:
            return
        by = str(command.arguments["by"])
        try:
            await self._steering.obey(_asked(command), by)
        except InvalidInput as error:
            self._steering.note(by, f"{command.arguments.get('level', command.action)}: {error}")

    async def stop(self, why: str, *, fails: bool = False) -> None:
        """See `supervision.Executing`."""
        await self._stopping.ask(why, fails=fails)


def numbers_of(summary: Summary) -> dict[str, Any]:
    """Return the few numbers that lists show."""
    total = summary.total
    return {
        "requests": total.count,
        "failed_requests": total.failed,
        "iterations": summary.iterations.finished,
        "failed_iterations": summary.iterations.failed,
        "user_seconds": round(summary.users.user_seconds, 3),
        "seconds": round(summary.seconds, 3),
    }


def _asked(command: Command) -> Asked:
    match command.action:
        case "pause":
            return Pause()
        case "resume":
            return Resume()
        case _:
            return parse_level(command.arguments["level"], command.arguments.get("population"))


class _FollowedRunner:
    """A runner that tells when a run has begun."""

    def __init__(self, runner: Runner, begun: Callable[[], Awaitable[None]]) -> None:
        self._runner = runner
        self._begun = begun

    async def start(self, plan: Plan, workers: int, stop: asyncio.Event | None = None) -> Running:
        """See `ports.runner.Runner`."""
        running = await self._runner.start(plan, workers, stop)
        async with no_longer_than_followed(running):
            await self._begun()
        return running
