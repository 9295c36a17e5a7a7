"""Measurements in the database: the sum of a run's second is one compressed row."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, insert, select, update

from penstock.metrics.snapshot import Snapshot
from penstock.store.tables import snapshots


class SqlSnapshotStore:
    """See `ports.stores.SnapshotStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, run: str, sums: Iterable[Snapshot]) -> None:
        """See `ports.stores.SnapshotStore`."""
        for one in sums:
            second = _second(one)
            here = (snapshots.c.run == run) & (snapshots.c.second == second) & (snapshots.c.phase == one.phase)
            content = _pack(one)
            if not self._connection.execute(update(snapshots).where(here).values(content=content)).rowcount:
                values = {"run": run, "second": second, "phase": one.phase, "content": content}
                self._connection.execute(insert(snapshots).values(values))

    def at(self, run: str, second: int, phase: str) -> Snapshot | None:
        """See `ports.stores.SnapshotStore`."""
        query = select(snapshots.c.content).where(
            snapshots.c.run == run, snapshots.c.second == second, snapshots.c.phase == phase
        )
        content = self._connection.execute(query).scalar()
        return None if content is None else _unpack(content)

    def all(self, run: str, since: int = -1) -> Iterator[Snapshot]:
        """See `ports.stores.SnapshotStore`."""
        query = (
            select(snapshots.c.content)
            .where(snapshots.c.run == run, snapshots.c.second >= since)
            .order_by(snapshots.c.second, snapshots.c.phase.desc())  # warm-up, main, cool-down
        )
        for content in self._connection.execute(query).scalars():
            yield _unpack(content)


def _second(snapshot: Snapshot) -> int:
    return -1 if snapshot.span is None else snapshot.span[0]


def _pack(snapshot: Snapshot) -> bytes:
    return zlib.compress(snapshot.encode())


def _unpack(content: bytes) -> Snapshot:
    return Snapshot.decode(zlib.decompress(content))
