"""The life of runs on this server: what waits is begun, what is asked is passed on, what was lost is ended.

Every run under way has a lease, which its server renews. A server that finds a lease over takes it: it goes on with
what only waits for others, a plan, and ends the run as `error: lost`, with all that was kept, if it had users or flows
under way. So does one that starts again on an embedded database, where nobody else can hold a lease. A server that
executes a run whose lease it has lost stops it. The time is that of the database, which all servers share; who could
not look at it for long lets the others, who could not either, renew their leases first.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from penstock.errors import Conflict, Unavailable
from penstock.ports.clock import Clock
from penstock.ports.stores import Lease, Store, Work
from penstock.runs.state import RunState
from penstock.runs.stored import Command, RunKind, StoredRun
from penstock.services.flow_writing import end_as_lost
from penstock.services.webhooks import enqueue

_log = structlog.stdlib.get_logger("penstock.runs")

_EVERY_S = 1.0
_Seen = tuple[Sequence[tuple[StoredRun, bytes]], Sequence[Command], frozenset[str]]
"""Runs that are to begin here with their content, commands for runs here, and the ids of all that are still ours."""

LOST = "lost: the server or the engine that executed it ended"


class Executing(Protocol):
    """A run that is executed here, in whatever way its kind needs."""

    async def run(self) -> None:
        """Execute it to a final state, which is kept when this returns."""

    async def take(self, command: Command) -> None:
        """Do what was asked."""

    async def stop(self, why: str, *, fails: bool = False) -> None:
        """Let it end soon."""


Executor = Callable[[StoredRun, bytes], Executing]


@dataclass(slots=True)
class _Active:
    stored: StoredRun
    executing: Executing
    task: asyncio.Task[None]


class Supervisor:
    """One a server. `executors` make what executes a run of a kind, `most` says how many of a kind at a time.

    Whoever has said nothing for a `lease` is thought to be gone; `alone` on its database a server need not wait for it.
    `lost` is told of each run that was ended as such.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        executors: Mapping[RunKind, Executor],
        most: Mapping[RunKind, int],
        *,
        lease: datetime.timedelta,
        alone: bool,
        lost: Callable[[StoredRun], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._executors = executors
        self._most = most
        self._lease = lease
        self._alone = alone
        self._lost = lost
        self._owner = str(uuid.uuid4())
        self._active: dict[str, _Active] = {}
        self._looked: datetime.datetime | None = None
        self._trusts_from: datetime.datetime | None = None
        """From when on a lease that is over is one that nobody renews."""
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Look at once whether there is something to do; from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: so is the server
                self._loop.call_soon_threadsafe(self._wake.set)

    async def start(self) -> None:
        """Begin; must be called on the loop of the server."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._watch())

    async def stop(self, within_s: float) -> None:
        """Begin nothing more, let what runs end, and wait for it at most so long, also where the database is away."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        active = list(self._active.values())
        asked = [asyncio.create_task(one.executing.stop("the server was stopped")) for one in active]
        if active:
            _, late = await asyncio.wait([*asked, *(one.task for one in active)], timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*asked, *late, return_exceptions=True)

    async def _watch(self) -> None:
        is_alone = self._alone
        while True:
            try:
                await self._act(await asyncio.to_thread(self._look, alone=is_alone))
                is_alone = False
            except Unavailable as error:
                _log.warning("runs wait for the database", error=str(error))
            except Exception:  # noqa: BLE001 — whatever it was, other runs must go on being begun and renewed
                _log.exception("a look at the runs failed and is repeated")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _EVERY_S)
            self._wake.clear()

    async def _act(self, seen: _Seen) -> None:
        claimed, commands, mine = seen
        for stored, content in claimed:
            self._begin(stored, content)
        for command in commands:
            await self._pass_on(command)
        for lost in self._active.keys() - mine - {stored.id for stored, _ in claimed}:
            self._active[lost].task.cancel()  # another server has ended it

    def _look(self, *, alone: bool) -> _Seen:
        """Do all that concerns the database, in one transaction: renew, end what was lost, claim what waits."""
        active = dict(self._active)
        with self._store.read() as work:
            now = work.runs.now()
            if self._looked is not None and now - self._looked > self._lease:
                self._trusts_from = now + self._lease
            waiting = {kind: work.runs.oldest_queued([kind], 1) for kind in self._executors}
            others = [(one, lease) for one, lease in work.runs.under_way() if self._is_lost(one, lease, now, alone)]
        self._looked = now
        if not active and not others and not any(waiting.values()):
            return (), (), frozenset()
        until = now + self._lease
        lost: list[StoredRun] = []
        with self._store.write() as work:
            mine = work.runs.renew(active, self._owner, until) if active else frozenset()
            commands = work.runs.commands(active) if active else ()
            claimed = [
                pair
                for stored, lease in others
                if (pair := self._take_over(work, stored, lease, until, lost)) is not None
            ]
            claimed += [pair for kind in self._executors for pair in self._claim(work, kind, active, until)]
        for ended in lost:  # only now do others see that they are over
            self._lost(ended)
        return claimed, commands, mine

    def _is_lost(self, stored: StoredRun, lease: Lease, now: datetime.datetime, alone: bool) -> bool:
        if lease.owner == self._owner:
            return stored.id not in self._active
        is_over = lease.until is None or lease.until < now
        return alone or (is_over and (self._trusts_from is None or self._trusts_from <= now))

    def _take_over(
        self, work: Work, stored: StoredRun, lease: Lease, until: datetime.datetime, lost: list[StoredRun]
    ) -> tuple[StoredRun, bytes] | None:
        """Go on with a lost run where that can be: a plan only waits for others. All other ones are ended and `lost`.

        The lease is taken first in either case, so that who had it finds out; one that was renewed meanwhile is not.
        """
        if not work.runs.take_lease(stored, lease, self._owner, until):
            return None
        if stored.kind is RunKind.PLAN and (content := work.runs.work(stored.id)) is not None:
            return stored, content
        lost += self._end_as_lost(work, stored)
        return None

    def _end_as_lost(self, work: Work, stored: StoredRun) -> tuple[StoredRun, ...]:
        now = self._clock.now()
        ended = replace(stored, run=stored.run.to(RunState.ERROR, now, LOST))
        with contextlib.suppress(Conflict):  # someone else was faster
            work.runs.change(ended, stored.run.version)
            end_as_lost(work, stored.id, now, LOST)
            enqueue(work, ended, now)
            _log.warning("run lost", run=stored.id)
            return (ended,)
        return ()

    def _claim(
        self, work: Work, kind: RunKind, active: Mapping[str, _Active], until: datetime.datetime
    ) -> list[tuple[StoredRun, bytes]]:
        now = self._clock.now()
        free = self._most[kind] - sum(one.stored.kind is kind for one in active.values())
        claimed = []
        for stored in work.runs.oldest_queued([kind], free) if free > 0 else ():
            content = work.runs.work(stored.id)
            if content is None:
                ended = replace(stored, run=stored.run.to(RunState.ERROR, now, "there is nothing to execute"))
                with contextlib.suppress(Conflict):  # someone has stopped it, or another server was faster
                    work.runs.change(ended, stored.run.version)
                    enqueue(work, ended, now)
                continue
            mine = replace(stored, run=stored.run.to(RunState.PREPARING, now))
            try:
                work.runs.change(mine, stored.run.version)
            except Conflict:  # another server was faster
                continue
            work.runs.lease(stored.id, self._owner, until)
            claimed.append((mine, content))
        return claimed

    def _begin(self, stored: StoredRun, content: bytes) -> None:
        executing = self._executors[stored.kind](stored, content)
        task = asyncio.create_task(self._execute(stored, executing))
        self._active[stored.id] = _Active(stored, executing, task)

    async def _execute(self, stored: StoredRun, executing: Executing) -> None:
        _log.info("run begins", run=stored.id, kind=stored.kind.value)
        try:
            await executing.run()
        except asyncio.CancelledError:
            _log.warning("run abandoned", run=stored.id)
            raise
        except Exception:  # noqa: BLE001 — one run must not end the others; it is ended as lost when it is missed
            _log.exception("run broken", run=stored.id)
        finally:
            self._active.pop(stored.id, None)
            self._wake.set()

    async def _pass_on(self, command: Command) -> None:
        active = self._active.get(command.run)
        if active is None:
            return
        try:
            if command.action == "stop":
                by = command.arguments.get("by", "")
                await active.executing.stop(f"stopped by {by}", fails=bool(command.arguments.get("fails")))
            else:
                await active.executing.take(command)
        except Exception:  # noqa: BLE001 — what one run makes of a command must not end the others
            _log.exception("command failed", run=command.run, action=command.action)
