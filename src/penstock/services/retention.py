"""Deleting the files of cloud load tests when nobody wants them any more: what drops hold, and archives of results.

Runs stay with their numbers and reports; only their files go. A run that is to be retained keeps them, and so does its
drop; one that is marked for deletion loses them at the next look, and then its drop too, unless another run needs it.
"""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import replace

import structlog

from penstock.errors import Conflict, NotFound
from penstock.library.items import Item
from penstock.ports.blobs import BlobStore
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.services.drops import container_of

_log = structlog.stdlib.get_logger("penstock.retention")

_AT_ONCE = 1000
_MOST_A_LOOK = 1000


class RetentionService:
    """Looked at from time to time by the server. With `days` 0 files are only deleted where a caller asks for it."""

    def __init__(self, store: Store, clock: Clock, blobs: BlobStore, days: int) -> None:
        self._store = store
        self._clock = clock
        self._blobs = blobs
        self._lasts = datetime.timedelta(days=days) if days else None

    def look(self) -> None:
        """Delete what is not to be kept any longer; what is too much for one look is left to the next one."""
        before = None if self._lasts is None else self._clock.now() - self._lasts
        with self._store.read() as work:
            runs = work.cloud_runs.due(before, _MOST_A_LOOK)
        for run in runs:
            self._delete(run, {"retentionState": "deleted"})
        with self._store.read() as work:
            drops = work.cloud_runs.unused_drops(before, _MOST_A_LOOK)
        for drop in drops:
            self._delete(drop, {})
        self._blobs.tidy()

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
