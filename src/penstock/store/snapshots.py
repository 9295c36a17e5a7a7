"""Measurements in the database: the sum of a run's second is one compressed row."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, insert, select, update

from penstock.metrics.snapshot import Snapshot, merge
from penstock.store.tables import snapshots


class SqlSnapshotStore:
    """See `ports.stores.SnapshotStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, run: str, snapshots_: Iterable[Snapshot]) -> None:
        """See `ports.stores.SnapshotStore`."""
        for second, parts in _by_second(snapshots_).items():
            here = (snapshots.c.run == run) & (snapshots.c.second == second)
            known = self._connection.execute(select(snapshots.c.content).where(here)).scalar()
            if known is None:
                values = {"run": run, "second": second, "content": _pack(merge(parts))}
                self._connection.execute(insert(snapshots).values(values))
            else:
                content = _pack(merge((_unpack(known), *parts)))
                self._connection.execute(update(snapshots).where(here).values(content=content))

    def all(self, run: str) -> Iterator[Snapshot]:
        """See `ports.stores.SnapshotStore`."""
        query = select(snapshots.c.content).where(snapshots.c.run == run).order_by(snapshots.c.second)
        for content in self._connection.execute(query).scalars():
            yield _unpack(content)


def _by_second(given: Iterable[Snapshot]) -> dict[int, list[Snapshot]]:
    every: dict[int, list[Snapshot]] = {}
    for snapshot in given:
        every.setdefault(-1 if snapshot.span is None else snapshot.span[0], []).append(snapshot)
    return every


def _pack(snapshot: Snapshot) -> bytes:
    return zlib.compress(snapshot.encode())


def _unpack(content: bytes) -> Snapshot:
    return Snapshot.decode(zlib.decompress(content))
