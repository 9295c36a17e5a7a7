"""Attempts at flows and their recordings, in the database."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from penstock.runs.stored import FlowRun
from penstock.store.tables import flow_runs, recordings, runs

_COLUMNS = [flow_runs.c[field.name] for field in dataclasses.fields(FlowRun)]


class SqlFlowRunStore:
    """See `ports.stores.FlowRunStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, flow_run: FlowRun, recording: bytes | None = None) -> None:
        """See `ports.stores.FlowRunStore`."""
        values = _values(flow_run)
        if not self._connection.execute(update(flow_runs).where(flow_runs.c.id == flow_run.id).values(values)).rowcount:
            self._connection.execute(insert(flow_runs).values(values))
        if recording is not None:
            self._connection.execute(delete(recordings).where(recordings.c.flow_run == flow_run.id))
            content = zlib.compress(recording)
            self._connection.execute(insert(recordings).values(flow_run=flow_run.id, content=content))

    def get(self, team: str, id: str) -> FlowRun | None:
        """See `ports.stores.FlowRunStore`."""
        query = (
            select(*_COLUMNS)
            .join(runs, runs.c.id == flow_runs.c.run)
            .where(flow_runs.c.id == id, runs.c.team == team, ~runs.c.deleted)
        )
        row = self._connection.execute(query).first()
        return None if row is None else _flow_run(row)

    def list(self, run: str) -> tuple[FlowRun, ...]:
        """See `ports.stores.FlowRunStore`."""
        query = select(*_COLUMNS).where(flow_runs.c.run == run)
        query = query.order_by(flow_runs.c.position, flow_runs.c.row, flow_runs.c.attempt)
        return tuple(map(_flow_run, self._connection.execute(query)))

    def recording(self, team: str, id: str) -> bytes | None:
        """See `ports.stores.FlowRunStore`."""
        query = (
            select(recordings.c.content)
            .join(flow_runs, flow_runs.c.id == recordings.c.flow_run)
            .join(runs, runs.c.id == flow_runs.c.run)
            .where(flow_runs.c.id == id, runs.c.team == team, ~runs.c.deleted)
        )
        content = self._connection.execute(query).scalar()
        return None if content is None else zlib.decompress(content)


def _values(flow_run: FlowRun) -> dict[str, Any]:
    return {
        "id": flow_run.id,
        "run": flow_run.run,
        "position": flow_run.position,
        "name": flow_run.name,
        "status": flow_run.status,
        "flow": flow_run.flow,
        "hook": flow_run.hook,
        "attempt": flow_run.attempt,
        "row": flow_run.row,
        "started": flow_run.started,
        "ended": flow_run.ended,
        "facts": flow_run.facts,
    }


def _flow_run(row: Row[tuple[Any, ...]]) -> FlowRun:
    """Return the attempt; the columns are asked for in the order of its fields: there may be a thousand in a list."""
    values: Any = tuple(row)
    return FlowRun(*values)
