"""Keeping what is measured as it comes: a crash costs the last second at most, a lost database nothing.

Each second is written as the sum of what came for it so far, in the place of the one before; so a write whose outcome
nobody knows can simply be done again. Seconds that are complete are packed together, which takes far less room.
"""

from __future__ import annotations

import asyncio

import structlog

from penstock.errors import Unavailable
from penstock.metrics.coarsening import coarsened
from penstock.metrics.packing import Packed
from penstock.metrics.snapshot import Snapshot
from penstock.ports.stores import Store
from penstock.runs.measured import Measured

_log = structlog.stdlib.get_logger("penstock.keeping")

REMEMBERED_S = 20
"""How many of the newest seconds are held in memory; what comes later for an older one is added to what is kept."""

_PACKED_S = 60
"""How many seconds are packed together: more would gain little, and reading one of them costs reading all."""

_AGAIN_S = 0.5
Key = tuple[int, str]


def keep_measured(store: Store, run: str, measured: Measured) -> None:
    """Keep what a run that is over gave, for its reports."""
    content = measured.encode()
    with store.write() as work:
        work.snapshots.conclude(run, content)


def _packed(sums: list[Snapshot]) -> Packed:
    return Packed.of(coarsened(sums) if len(sums) >= _PACKED_S else sums)


class Keeper:
    """Writes one run's snapshots, in order, beside the run."""

    def __init__(self, store: Store, run: str) -> None:
        self._store = store
        self._run = run
        self._sums: dict[Key, Snapshot] = {}
        self._unwritten: set[Key] = set()
        self._unpacked: dict[Key, Snapshot] = {}
        self._wake = asyncio.Event()
        self._over = False
        self._task = asyncio.create_task(self._write())

    async def add(self, snapshot: Snapshot) -> None:
        """Take in a snapshot; returns at once, unless it tells of a second long past."""
        if snapshot.span is None:
            return
        key = (snapshot.span[0], snapshot.phase)
        known = self._sums.get(key)
        if known is None and self._sums and key[0] <= max(self._sums)[0] - REMEMBERED_S:
            known = await self._kept(key)
        self._sums[key] = snapshot if known is None else known + snapshot
        self._unwritten.add(key)
        self._wake.set()

    async def finish(self) -> None:
        """Return when everything is written."""
        self._over = True
        self._wake.set()
        await self._task

    def abandon(self) -> None:
        """Write no more."""
        self._task.cancel()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unwritten:
                keys, self._unwritten = self._unwritten, set()
                try:
                    await asyncio.to_thread(self._put, [self._sums[key] for key in sorted(keys)])
                except Unavailable as error:
                    _log.warning("measurements wait for the database", run=self._run, error=str(error))
                    self._unwritten |= keys
                    await asyncio.sleep(_AGAIN_S)
            self._forget()
            if self._over and not self._wake.is_set():
                await self._pack([*self._unpacked.values(), *self._sums.values()])
                return
            if len(self._unpacked) >= _PACKED_S:
                ready, self._unpacked = self._unpacked, {}
                await self._pack(list(ready.values()))

    async def _pack(self, sums: list[Snapshot]) -> None:
        """Pack what is written; where the database does not take it, it stays as it is, which only takes more room."""
        for at in range(0, len(sums), _PACKED_S):
            try:
                packed = await asyncio.to_thread(_packed, sums[at : at + _PACKED_S])
                await asyncio.to_thread(self._put_together, packed)
            except Unavailable as error:
                _log.warning("measurements stay unpacked", run=self._run, error=str(error))

    def _put_together(self, packed: Packed) -> None:
        with self._store.write() as work:
            work.snapshots.put_together(self._run, packed)

    def _put(self, sums: list[Snapshot]) -> None:
        with self._store.write() as work:
            work.snapshots.put(self._run, sums)

    async def _kept(self, key: Key) -> Snapshot | None:
        """Return what is kept of a second; waits while the database does not answer."""

        def look() -> Snapshot | None:
            with self._store.read() as work:
                return work.snapshots.at(self._run, *key)

        while True:
            try:
                return await asyncio.to_thread(look)
            except Unavailable:
                await asyncio.sleep(_AGAIN_S)

    def _forget(self) -> None:
        if not self._sums:
            return
        newest = max(self._sums)[0]
        for key in [key for key in self._sums if key[0] <= newest - REMEMBERED_S and key not in self._unwritten]:
            self._unpacked[key] = self._sums.pop(key)
