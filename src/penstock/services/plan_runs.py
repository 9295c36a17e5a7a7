"""Executing one plan run: its suites as runs of their own, some at a time.

The suites' runs have ids of the plan's making, so that a server that takes over after a crash goes on where the last
one was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from penstock.errors import Conflict, EngineFailed, PenstockError, Unavailable
from penstock.model import codec
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.runs.state import RunState
from penstock.runs.stored import Command, StoredRun
from penstock.runs.suite_work import PlannedSuite, PlanWork
from penstock.services.states import Course
from penstock.services.stopping import Stopping

_LOOK_EVERY_S = 0.3

LaunchPart = Callable[[StoredRun, int, PlannedSuite], StoredRun]
T = TypeVar("T")
StopPart = Callable[[StoredRun, str, bool], None]


class PlanRun:
    """See `supervision.Executing`. `launch` starts a suite's run once, `stop` lets one end."""

    def __init__(
        self, store: Store, clock: Clock, launch: LaunchPart, stop: StopPart, stored: StoredRun, content: bytes
    ) -> None:
        self._course = Course(store, clock, stored)
        self._store = store
        self._launch = launch
        self._stop_part = stop
        self._content = content
        self._stopping = Stopping(self._course)

    async def run(self) -> None:
        """See `supervision.Executing`."""
        try:
            work: PlanWork = codec.decode_as(PlanWork, self._content)
            if self._course.state is RunState.PREPARING:
                await self._course.to(RunState.RUNNING)
            waiting = iter(list(enumerate(work.suites)))

            async def some() -> None:
                for place, suite in waiting:
                    if self._stopping.asked.is_set():
                        return
                    await self._part(place, suite)

            await asyncio.gather(*(some() for _ in range(max(1, work.parallel))))
            await self._conclude(len(work.suites))
        except Conflict:
            raise  # someone has ended it; there is nothing to add
        except PenstockError as error:
            await self._course.to(RunState.ERROR, str(error))

    async def _part(self, place: int, suite: PlannedSuite) -> None:
        """Start a suite and wait for its end."""
        part = await self._steadily(partial(self._launch, self._course.stored, place, suite))
        is_told = False
        while not part.state.final:
            if self._stopping.asked.is_set() and not is_told:
                is_told = True
                await self._steadily(partial(self._stop_part, part, self._stopping.why, self._stopping.fails))
            await asyncio.sleep(_LOOK_EVERY_S)
            part = await self._steadily(partial(self._look, part))

    async def _conclude(self, count: int) -> None:
        parts = await self._steadily(self._parts)
        states = [part.state for part in parts]
        result = {"suites": count, "passed_suites": states.count(RunState.PASSED)}
        if self._stopping.asked.is_set() and self._course.state is not RunState.FINISHING:
            await self._stopping.end(result)
            return
        if self._course.state is RunState.RUNNING:
            await self._course.to(RunState.FINISHING, result=result)
        bad = [part for part in parts if part.state is not RunState.PASSED]
        why = "; ".join(f"{part.run.name}: {part.state}" for part in bad[:10])
        stopped = bool(bad) and all(part.state is RunState.STOPPED for part in bad)
        why = f"a suite was stopped: {why}" if stopped else why
        await self._course.to(RunState.FAILED if bad else RunState.PASSED, why)

    def _look(self, part: StoredRun) -> StoredRun:
        with self._store.read() as work:
            found = work.runs.get(None, part.id)
        if found is None:  # nobody can delete what goes on
            raise EngineFailed(f"the run {part.id} of a suite is gone")
        return found

    def _parts(self) -> tuple[StoredRun, ...]:
        with self._store.read() as work:
            return work.runs.parts(self._course.stored.id)

    async def _steadily(self, ask: Callable[[], T]) -> T:
        """Ask the database until it answers."""
        while True:
            try:
                return await asyncio.to_thread(ask)
            except Unavailable:
                await asyncio.sleep(_LOOK_EVERY_S)

    async def take(self, command: Command) -> None:
        """See `supervision.Executing`; a plan takes nothing but a stop."""

    async def stop(self, why: str, *, fails: bool = False) -> None:
        """See `supervision.Executing`."""
        await self._stopping.ask(why, fails=fails)
