"""The results of a run as one file that can be fetched: its archive (`reporting.archive`) in gzip, and its log beside.

They are made when they are first asked for after the run is over, and kept as blobs.
"""

from __future__ import annotations

import datetime
import gzip
import io
import shutil
import tempfile
from dataclasses import dataclass
from typing import IO

from penstock.accounts.people import Identity, Scope
from penstock.library.blobs import Blob, Grant
from penstock.ports.blobs import BlobStore
from penstock.ports.clock import Clock
from penstock.runs.stored import StoredRun
from penstock.services.access import require
from penstock.services.drops import container_of
from penstock.services.results import ResultService

_LASTS = datetime.timedelta(hours=12)
_PIECE = 1024 * 1024
DIAGNOSTICS = "Diagnostics"
"""The folder of logs, in that of the results."""


@dataclass(frozen=True, slots=True)
class Fetchable:
    """Where the results can be fetched for some hours, and when the logs beside them were written."""

    url: str
    logged: datetime.datetime


class ResultArchiveService:
    """Asked for runs of the caller's team."""

    def __init__(self, results: ResultService, blobs: BlobStore, clock: Clock) -> None:
        self._results = results
        self._blobs = blobs
        self._clock = clock

    def find(self, who: Identity, run: StoredRun, folder: str, file: str) -> Fetchable | None:
        """Return where the results can be fetched; None as long as there are none.

        `folder` and `file` say under which name they are kept. Raises what `ResultService.report` raises.
        """
        require(who, Scope.READ)
        if not run.state.final or run.started is None or run.team != who.team:
            return None
        container, name = container_of(run.team), f"{folder}/{file}"
        kept = self._blobs.find(container, name)
        if kept is None:
            kept = self._make(who, run, container, folder, name)
        grant = self.grant(run.team, folder)
        return Fetchable(f"{grant.url}/{file}?{grant.query}", kept.modified)

    def grant(self, team: str, folder: str) -> Grant:
        """Return access for reading what is kept in a folder."""
        until = self._clock.now() + _LASTS
        return self._blobs.grant(container_of(team), folder, frozenset({"read", "list"}), until)

    def _make(self, who: Identity, run: StoredRun, container: str, folder: str, name: str) -> Blob:
        with tempfile.TemporaryFile() as plain:
            log = self._results.archive(who, run.id, plain)
            self._keep(container, f"{folder}/{DIAGNOSTICS}/run.log", "text/plain; charset=utf-8", io.BytesIO(log))
            with tempfile.TemporaryFile() as packed:
                plain.seek(0)
                with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as writer:
                    shutil.copyfileobj(plain, writer, _PIECE)
                packed.seek(0)
                return self._keep(container, name, "application/gzip", packed)

    def _keep(self, container: str, name: str, kind: str, content: IO[bytes]) -> Blob:
        # Not bounded: a team that has all it may have still gets what it measured.
        upload = self._blobs.put(container, name, kind, is_bounded=False)
        try:
            while piece := content.read(_PIECE):
                upload.write(piece)
            return upload.keep()
        finally:
            upload.discard()
