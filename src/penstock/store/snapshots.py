"""Measurements in the database: each second a row of its own as it comes, later many seconds a row."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from penstock.metrics.packing import Packed, unpack
from penstock.metrics.snapshot import Snapshot
from penstock.store.tables import conclusions, packed_snapshots, snapshots

Key = tuple[int, str]


class SqlSnapshotStore:
    """See `ports.stores.SnapshotStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, run: str, sums: Iterable[Snapshot]) -> None:
        """See `ports.stores.SnapshotStore`."""
        for one in sums:
            second, phase = _key(one)
            here = (snapshots.c.run == run) & (snapshots.c.second == second) & (snapshots.c.phase == phase)
            content = zlib.compress(one.encode())
            if not self._connection.execute(update(snapshots).where(here).values(content=content)).rowcount:
                values = {"run": run, "second": second, "phase": phase, "content": content}
                self._connection.execute(insert(snapshots).values(values))

    def at(self, run: str, second: int, phase: str) -> Snapshot | None:
        """See `ports.stores.SnapshotStore`."""
        found = [one for one in self._between(run, second, second) if one.phase == phase]
        return found[0] if found else None

    def all(self, run: str, since: int = -1) -> Iterator[Snapshot]:
        """See `ports.stores.SnapshotStore`."""
        return self._between(run, since, None)

    def put_together(self, run: str, packed: Packed) -> None:
        """See `ports.stores.SnapshotStore`."""
        first, last = min(packed.keys)[0], max(packed.keys)[0]
        values = {"run": run, "first": first, "last": last, "content": packed.content}
        self._connection.execute(insert(packed_snapshots).values(values))
        for second, phase in packed.keys:
            here = (snapshots.c.run == run) & (snapshots.c.second == second) & (snapshots.c.phase == phase)
            self._connection.execute(delete(snapshots).where(here))

    def conclude(self, run: str, content: bytes) -> None:
        """See `ports.stores.SnapshotStore`."""
        kept = update(conclusions).where(conclusions.c.run == run).values(content=content)
        if not self._connection.execute(kept).rowcount:
            # Readers who find none make it at the same time, of the same seconds: one of them is enough.
            with contextlib.suppress(IntegrityError), self._connection.begin_nested():
                self._connection.execute(insert(conclusions).values(run=run, content=content))

    def concluded(self, run: str) -> bytes | None:
        """See `ports.stores.SnapshotStore`."""
        return self._connection.execute(select(conclusions.c.content).where(conclusions.c.run == run)).scalar()

    def _between(self, run: str, since: int, until: int | None) -> Iterator[Snapshot]:
        """Give the seconds in order. What is kept of one twice, since something came late, is told by the newer."""
        # The single rows are read first: those that are packed meanwhile are then found twice, and not nowhere.
        waiting = self._single(run, since, until)
        number_of = dict.fromkeys(waiting, _NEWEST)
        query = (
            select(packed_snapshots.c.number, packed_snapshots.c.first, packed_snapshots.c.content)
            .where(packed_snapshots.c.run == run, packed_snapshots.c.last >= since)
            .order_by(packed_snapshots.c.first, packed_snapshots.c.number)
        )
        if until is not None:
            query = query.where(packed_snapshots.c.first <= until)
        for number, first, content in self._connection.execute(query):
            yield from _taken(waiting, first)
            for one in unpack(content):
                key = _key(one)
                if key[0] < since or (until is not None and key[0] > until) or number < number_of.get(key, 0):
                    continue
                waiting[key], number_of[key] = one, number
        yield from _taken(waiting, None)

    def _single(self, run: str, since: int, until: int | None) -> dict[Key, Snapshot]:
        query = select(snapshots.c.content).where(snapshots.c.run == run, snapshots.c.second >= since)
        if until is not None:
            query = query.where(snapshots.c.second <= until)
        found = (Snapshot.decode(zlib.decompress(content)) for content in self._connection.execute(query).scalars())
        return {_key(one): one for one in found}


_NEWEST = 1 << 63


def _taken(waiting: dict[Key, Snapshot], before: int | None) -> Iterator[Snapshot]:
    """Give, and forget, what waits of the seconds before one: warm-up, main and cool-down of each."""
    ready = sorted((key for key in waiting if before is None or key[0] < before), key=_order)
    for key in ready:
        yield waiting.pop(key)


def _order(key: Key) -> tuple[int, int]:
    return key[0], ("warm-up", "main", "cool-down").index(key[1])


def _key(snapshot: Snapshot) -> Key:
    return (-1 if snapshot.span is None else snapshot.span[0]), snapshot.phase
