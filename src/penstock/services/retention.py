"""Deleting the files of cloud load tests when nobody wants them any more: what drops hold, and archives of results.

Runs stay with their numbers and reports; only their files go. A run that is to be retained keeps them, and so does its
drop; one that is marked for deletion loses them at the next look.
"""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import replace

import structlog

from penstock.errors import Conflict, NotFound
from penstock.library.items import Item, Kind
from penstock.ports.blobs import BlobStore
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.services.drops import container_of

_log = structlog.stdlib.get_logger("penstock.retention")

_AT_ONCE = 1000


class RetentionService:
    """Looked at from time to time by the server. With `days` 0 files are only deleted where a caller asks for it."""

    def __init__(self, store: Store, clock: Clock, blobs: BlobStore, days: int) -> None:
        self._store = store
        self._clock = clock
        self._blobs = blobs
        self._lasts = datetime.timedelta(days=days) if days else None

    def look(self) -> None:
        """Delete what is not to be kept any longer."""
        with self._store.read() as work:
            runs, drops = work.items.every(Kind.CLOUD_RUN), work.items.every(Kind.TEST_DROP)
        wanted = set()
        for run in runs:
            if self._is_due(run) and self._is_over(run):
                self._delete(run, {"retentionState": "deleted"})
            elif not run.content.get("deleted_at"):
                wanted.add(run.content["drop"])
        for drop in drops:
            if drop.id not in wanted and not drop.content.get("deleted_at") and self._is_old(drop):
                self._delete(drop, {})

    def _is_due(self, run: Item) -> bool:
        state = run.content["said"].get("retentionState", "none")
        if run.content.get("deleted_at") or state == "retain":
            return False
        return state == "markedForDeletion" or self._is_old(run)

    def _is_old(self, item: Item) -> bool:
        return self._lasts is not None and item.changed < self._clock.now() - self._lasts

    def _is_over(self, run: Item) -> bool:
        if run.content["progress"] == "created":
            return self._is_old(run)  # nobody has started it in all the time
        with self._store.read() as work:
            stored = work.runs.get(run.team, run.content.get("run", ""))
        return stored is None or stored.state.final

    def _delete(self, item: Item, said: dict[str, object]) -> None:
        container = container_of(item.team)
        with contextlib.suppress(NotFound):  # the container itself is gone
            while blobs := self._blobs.list(container, f"{item.id}/", most=_AT_ONCE):
                for blob in blobs:
                    self._blobs.delete(container, blob.name)
        now = self._clock.now()
        content = {**item.content, "deleted_at": now.isoformat()}
        content["said"] = {**(item.content.get("said") or {}), **said}
        try:
            with self._store.write() as work:
                work.items.change(replace(item, content=content, version=item.version + 1), item.version)
        except Conflict:  # it changed meanwhile: the next look sees
            return
        _log.info("files deleted", kind=item.kind.value, id=item.id)
