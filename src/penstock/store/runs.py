"""Runs, their leases and the commands to them, in the database."""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from penstock.errors import Conflict
from penstock.ports.stores import Lease, Page
from penstock.runs.run import Run, RunId, StateChanged
from penstock.runs.state import RunState
from penstock.runs.stored import Command, RunKind, StoredRun
from penstock.store.tables import commands, run_work, runs

_FIRST_PAGE = Page()
_UNDER_WAY = (RunState.PREPARING, RunState.RUNNING, RunState.STOPPING, RunState.FINISHING)


class SqlRunStore:
    """See `ports.stores.RunStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: StoredRun, client_hash: str | None = None) -> None:
        """See `ports.stores.RunStore`."""
        try:
            self._connection.execute(insert(runs).values(_values(run) | {"client_hash": client_hash}))
        except IntegrityError as error:
            raise Conflict("the client's own id of this launch is used already") from error

    def counts(self) -> tuple[tuple[str, RunKind, RunState, int], ...]:
        """See `ports.stores.RunStore`."""
        by = (runs.c.team, runs.c.kind, runs.c.state)
        query = select(*by, func.count()).where(~runs.c.deleted).group_by(*by)
        return tuple(
            (team, RunKind(kind), RunState(state), count)
            for team, kind, state, count in self._connection.execute(query)
        )

    def set_work(self, run: str, content: bytes) -> None:
        """See `ports.stores.RunStore`."""
        self._connection.execute(insert(run_work).values(run=run, content=zlib.compress(content)))

    def work(self, run: str) -> bytes | None:
        """See `ports.stores.RunStore`."""
        content = self._connection.execute(select(run_work.c.content).where(run_work.c.run == run)).scalar()
        return None if content is None else zlib.decompress(content)

    def get(self, team: str | None, id: str) -> StoredRun | None:
        """See `ports.stores.RunStore`."""
        query = select(runs).where(runs.c.id == id, ~runs.c.deleted)
        if team is not None:
            query = query.where(runs.c.team == team)
        row = self._connection.execute(query).first()
        return None if row is None else _run(row)

    def made_by(self, team: str, client_id: str) -> tuple[StoredRun, str] | None:
        """See `ports.stores.RunStore`."""
        row = self._connection.execute(select(runs).where(runs.c.team == team, runs.c.client_id == client_id)).first()
        return None if row is None else (_run(row), row.client_hash or "")

    def list(
        self,
        team: str,
        page: Page = _FIRST_PAGE,
        *,
        kind: RunKind | None = None,
        test: str | None = None,
        states: Sequence[RunState] = (),
        parent: str | None = None,
    ) -> tuple[StoredRun, ...]:
        """See `ports.stores.RunStore`."""
        query = select(runs).where(runs.c.team == team, ~runs.c.deleted)
        if kind is not None:
            query = query.where(runs.c.kind == kind.value)
        if test is not None:
            query = query.where(runs.c.test == test)
        if states:
            query = query.where(runs.c.state.in_([state.value for state in states]))
        if parent is not None:
            query = query.where(runs.c.parent == parent)
        if page.after is not None:
            query = query.where(tuple_(runs.c.created, runs.c.id) < tuple_(*page.after))
        query = query.order_by(runs.c.created.desc(), runs.c.id.desc()).limit(page.limit)
        return tuple(map(_run, self._connection.execute(query)))

    def some(self, team: str, ids: Sequence[str]) -> dict[str, StoredRun]:
        """See `ports.stores.RunStore`."""
        query = select(runs).where(runs.c.id.in_(list(ids)), runs.c.team == team, ~runs.c.deleted)
        return {row.id: _run(row) for row in self._connection.execute(query)}

    def parts(self, parent: str) -> tuple[StoredRun, ...]:
        """See `ports.stores.RunStore`."""
        query = select(runs).where(runs.c.parent == parent).order_by(runs.c.created, runs.c.id)
        return tuple(map(_run, self._connection.execute(query)))

    def change(self, run: StoredRun, expected: int) -> None:
        """See `ports.stores.RunStore`."""
        query = update(runs).where(runs.c.id == run.id, runs.c.version == expected)
        values = {name: value for name, value in _values(run).items() if name != "description"}
        if self._connection.execute(query.values(values)).rowcount != 1:
            raise Conflict(f"run {run.id} is not at version {expected} any more")

    def describe(self, id: str, description: str) -> None:
        """See `ports.stores.RunStore`."""
        self._connection.execute(update(runs).where(runs.c.id == id).values(description=description))

    def oldest_queued(self, kinds: Sequence[RunKind], limit: int) -> tuple[StoredRun, ...]:
        """See `ports.stores.RunStore`."""
        query = (
            select(runs)
            .where(runs.c.state == RunState.QUEUED.value, runs.c.kind.in_([kind.value for kind in kinds]))
            .order_by(runs.c.created, runs.c.id)
            .limit(limit)
        )
        return tuple(map(_run, self._connection.execute(query)))

    def under_way(self) -> tuple[tuple[StoredRun, Lease], ...]:
        """See `ports.stores.RunStore`."""
        query = select(runs).where(runs.c.state.in_([state.value for state in _UNDER_WAY]))
        return tuple((_run(row), Lease(row.lease_owner, row.lease_until)) for row in self._connection.execute(query))

    def lease(self, id: str, owner: str, until: datetime.datetime) -> None:
        """See `ports.stores.RunStore`."""
        self._connection.execute(update(runs).where(runs.c.id == id).values(lease_owner=owner, lease_until=until))

    def take_lease(self, run: StoredRun, before: Lease, owner: str, until: datetime.datetime) -> bool:
        """See `ports.stores.RunStore`."""
        query = update(runs).where(
            runs.c.id == run.id,
            runs.c.version == run.run.version,
            runs.c.lease_owner.is_not_distinct_from(before.owner),
            runs.c.lease_until.is_not_distinct_from(before.until),
        )
        values = {"lease_owner": owner, "lease_until": until}
        return self._connection.execute(query.values(values)).rowcount == 1

    def now(self) -> datetime.datetime:
        """See `ports.stores.RunStore`."""
        if self._connection.dialect.name == "sqlite":  # on one machine with all its servers
            return datetime.datetime.now(datetime.UTC)
        now: datetime.datetime = self._connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(datetime.UTC)

    def renew(self, ids: Iterable[str], owner: str, until: datetime.datetime) -> frozenset[str]:
        """See `ports.stores.RunStore`."""
        mine = (runs.c.id.in_(list(ids))) & (runs.c.lease_owner == owner)
        self._connection.execute(update(runs).where(mine).values(lease_until=until))
        return frozenset(self._connection.execute(select(runs.c.id).where(mine)).scalars())

    def command(self, run: str, at: datetime.datetime, action: str, arguments: dict[str, object]) -> None:
        """See `ports.stores.RunStore`."""
        self._connection.execute(insert(commands).values(run=run, at=at, action=action, arguments=arguments))

    def commands(self, runs: Iterable[str]) -> tuple[Command, ...]:
        """See `ports.stores.RunStore`."""
        mine = commands.c.run.in_(list(runs))
        found = self._connection.execute(select(commands).where(mine).order_by(commands.c.number)).all()
        if found:
            numbers = [row.number for row in found]
            self._connection.execute(delete(commands).where(commands.c.number.in_(numbers)))
        return tuple(Command(row.number, row.run, row.at, row.action, row.arguments) for row in found)


def _values(stored: StoredRun) -> dict[str, Any]:
    run = stored.run
    return {
        "id": run.id,
        "team": stored.team,
        "kind": stored.kind.value,
        "name": run.name,
        "description": stored.description,
        "state": run.state.value,
        "version": run.version,
        "created": run.created,
        "history": [[one.before.value, one.after.value, one.at.isoformat(), one.why] for one in run.history],
        "test": stored.test,
        "test_version": stored.test_version,
        "parent": stored.parent,
        "launched_by": stored.launched_by,
        "client_id": stored.client_id,
        "asked": stored.asked,
        "facts": stored.facts,
        "result": stored.result,
        "tags": list(stored.tags),
        "deleted": stored.deleted,
        "changed": run.history[-1].at if run.history else run.created,
    }


def _run(row: Row[tuple[object, ...]]) -> StoredRun:
    history = tuple(
        StateChanged(RunState(before), RunState(after), datetime.datetime.fromisoformat(at), why)
        for before, after, at, why in row.history
    )
    return StoredRun(
        run=Run(RunId(row.id), row.name, row.created, history),
        team=row.team,
        kind=RunKind(row.kind),
        test=row.test,
        test_version=row.test_version,
        launched_by=row.launched_by,
        description=row.description,
        parent=row.parent,
        client_id=row.client_id,
        asked=row.asked,
        facts=row.facts,
        result=row.result,
        tags=tuple(row.tags),
        deleted=row.deleted,
    )
