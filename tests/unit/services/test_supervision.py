"""What a server does with runs that wait while others change them."""

from __future__ import annotations

import asyncio
import datetime
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.accounts.people import Team
from penstock.ports.clock import SystemClock
from penstock.ports.stores import Work
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import Command, RunKind, StoredRun
from penstock.services.supervision import Supervisor
from penstock.store import open_store

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
LEASE = datetime.timedelta(seconds=30)


class Stale:
    """The runs of a unit of work, of which `seen` is still thought to wait, as one who looked a moment earlier does."""

    def __init__(self, runs: Any, seen: StoredRun) -> None:
        self._runs = runs
        self._seen = seen

    def oldest_queued(self, kinds: Sequence[RunKind], limit: int) -> tuple[StoredRun, ...]:
        return (self._seen, *self._runs.oldest_queued(kinds, limit))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runs, name)


class StaleWork:
    def __init__(self, work: Work, seen: StoredRun) -> None:
        self._work = work
        self.runs = Stale(work.runs, seen)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)


class StaleStore:
    def __init__(self, store: Any, seen: StoredRun) -> None:
        self._store = store
        self._seen = seen

    @contextmanager
    def read(self) -> Iterator[Any]:
        with self._store.read() as work:
            yield StaleWork(work, self._seen)

    @contextmanager
    def write(self) -> Iterator[Any]:
        with self._store.write() as work:
            yield StaleWork(work, self._seen)


class Executed:
    """Executes nothing, and says that it was begun."""

    def __init__(self, begun: asyncio.Event) -> None:
        self._begun = begun

    async def run(self) -> None:
        self._begun.set()

    async def take(self, command: Command) -> None: ...

    async def stop(self, why: str, *, fails: bool = False) -> None: ...


async def see_one_begin(store: Any) -> None:
    """Supervise the runs of a store until one has begun."""
    begun = asyncio.Event()
    executors = {RunKind.LOAD: lambda _stored, _content: Executed(begun)}
    supervisor = Supervisor(
        store, SystemClock(), executors, {RunKind.LOAD: 3}, lease=LEASE, alone=True, lost=lambda _: None
    )
    await supervisor.start()
    try:
        await asyncio.wait_for(begun.wait(), 10)
    finally:
        await supervisor.stop(1)


class BreaksOnce:
    """A store of which the first look breaks in a way that nobody foresaw."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.has_broken = False

    def read(self) -> Any:
        if not self.has_broken:
            self.has_broken = True
            raise RuntimeError("nobody foresaw this")
        return self._store.read()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_look_that_breaks_is_repeated(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path)
    team = Team(str(uuid.uuid4()), "Team", NOW, {})
    run = Run(RunId(str(uuid.uuid4())), "good", NOW).to(RunState.QUEUED, NOW)
    with store.write() as work:
        work.accounts.add_team(team)
        work.runs.add(StoredRun(run, team.id, RunKind.LOAD, None, 1, "ann"))
        work.runs.set_work(str(run.id), b"work")
    breaking = BreaksOnce(store)
    try:
        asyncio.run(see_one_begin(breaking))
        assert breaking.has_broken
    finally:
        store.close()


def test_a_run_without_content_that_someone_stops_meanwhile_keeps_no_other_from_beginning(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path)
    team = Team(str(uuid.uuid4()), "Team", NOW, {})

    def queued(name: str) -> StoredRun:
        run = Run(RunId(str(uuid.uuid4())), name, NOW).to(RunState.QUEUED, NOW)
        return StoredRun(run, team.id, RunKind.LOAD, None, 1, "ann")

    empty, good = queued("empty"), queued("good")
    with store.write() as work:
        work.accounts.add_team(team)
        work.runs.add(empty)
        work.runs.add(good)
        work.runs.set_work(good.id, b"work")
        work.runs.change(replace(empty, run=empty.run.to(RunState.STOPPED, NOW, "by Ann")), empty.run.version)

    try:
        asyncio.run(see_one_begin(StaleStore(store, empty)))
        with store.read() as work:
            kept = work.runs.get(team.id, empty.id)
            assert kept is not None
            assert (kept.state, kept.run.why) == (RunState.STOPPED, "by Ann")
    finally:
        store.close()


class Endless:
    """Goes on until it is cut off, or asked to stop."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.is_cut_off = False

    async def run(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.is_cut_off = True
            raise

    async def take(self, command: Command) -> None: ...

    async def stop(self, _why: str, *, fails: bool = False) -> None:  # noqa: ARG002 — the protocol's form
        await asyncio.Event().wait()  # as where the database does not answer


def kept_run(store: Any) -> StoredRun:
    """Keep a run that waits."""
    team = Team(str(uuid.uuid4()), "Team", NOW, {})
    run = Run(RunId(str(uuid.uuid4())), "shop", NOW).to(RunState.QUEUED, NOW)
    stored = StoredRun(run, team.id, RunKind.LOAD, None, 1, "ann")
    with store.write() as work:
        work.accounts.add_team(team)
        work.runs.add(stored)
        work.runs.set_work(stored.id, b"work")
    return stored


def supervisor_of(
    store: Any, executing: Any, lease: datetime.timedelta, lost: Callable[[StoredRun], None] = lambda _: None
) -> Supervisor:
    executors = {RunKind.LOAD: lambda _stored, _content: executing}
    return Supervisor(store, SystemClock(), executors, {RunKind.LOAD: 3}, lease=lease, alone=False, lost=lost)


def test_a_server_whose_run_another_one_has_ended_as_lost_executes_it_no_longer(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path)
    run = kept_run(store)
    executed = Endless()
    seen_by_others: list[RunState] = []

    def see(lost: StoredRun) -> None:
        with store.read() as work:
            now = work.runs.get(None, lost.id)
        assert now is not None
        seen_by_others.append(now.state)

    async def until_it_is_cut_off() -> None:
        slow = supervisor_of(store, executed, datetime.timedelta(0))  # whose leases are over at once
        other = supervisor_of(store, Endless(), LEASE, lost=see)
        await slow.start()
        await asyncio.wait_for(executed.begun.wait(), 10)
        await other.start()
        for _ in range(200):
            if executed.is_cut_off:
                break
            await asyncio.sleep(0.05)
        await slow.stop(1)
        await other.stop(1)

    try:
        asyncio.run(until_it_is_cut_off())
        assert executed.is_cut_off
        with store.read() as work:
            kept = work.runs.get(None, run.id)
        assert kept is not None
        assert (kept.state, kept.run.why[:4]) == (RunState.ERROR, "lost")
        assert seen_by_others == [RunState.ERROR], "told when it was over"
    finally:
        store.close()


def test_a_server_stops_in_time_though_its_runs_cannot_be_told(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path)
    kept_run(store)
    executed = Endless()

    async def stopped() -> None:
        supervisor = supervisor_of(store, executed, LEASE)
        await supervisor.start()
        await asyncio.wait_for(executed.begun.wait(), 10)
        await asyncio.wait_for(supervisor.stop(0.1), 10)

    try:
        asyncio.run(stopped())
        assert executed.is_cut_off
    finally:
        store.close()


class Timed:
    """The runs of a unit of work, at a time of the test's."""

    def __init__(self, runs: Any, now: datetime.datetime) -> None:
        self._runs = runs
        self._now = now

    def now(self) -> datetime.datetime:
        return self._now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runs, name)


class TimedStore:
    """A store whose database has a clock that the test sets."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.now = NOW

    @contextmanager
    def read(self) -> Iterator[Any]:
        with self._store.read() as work:
            yield replace(work, runs=Timed(work.runs, self.now))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_who_could_not_look_for_long_lets_the_others_renew_their_leases_first(tmp_path: Path) -> None:
    """As after a minute without the database: all leases are over, and nobody is lost."""
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path)
    run = kept_run(store)
    timed = TimedStore(store)
    supervisor = supervisor_of(timed, Endless(), LEASE)

    def state() -> RunState:
        supervisor._look(alone=False)
        with store.read() as work:
            kept = work.runs.get(None, run.id)
        assert kept is not None
        return kept.state

    try:
        with store.write() as work:
            work.runs.change(replace(run, run=run.run.to(RunState.PREPARING, NOW)), run.run.version)
            work.runs.lease(run.id, "another server", NOW + LEASE)
        assert state() is RunState.PREPARING
        timed.now = NOW + 3 * LEASE
        assert state() is RunState.PREPARING
        timed.now += LEASE / 2
        assert state() is RunState.PREPARING
        timed.now += LEASE / 2
        assert state() is RunState.ERROR
    finally:
        store.close()
