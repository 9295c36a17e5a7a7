"""The results of a run as one file that can be fetched: all reports of it in a zip archive, and that in gzip.

It is made when it is first asked for after the run is over, and kept as a blob.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import io
import zipfile

from penstock.accounts.people import Identity, Scope
from penstock.library.blobs import Grant
from penstock.ports.blobs import BlobStore
from penstock.ports.clock import Clock
from penstock.runs.stored import StoredRun
from penstock.services.access import require
from penstock.services.drops import container_of
from penstock.services.results import ResultService

_LASTS = datetime.timedelta(hours=12)
_FORMS = {"html": "report.html", "json": "report.json", "junit": "junit.xml"}


class ResultArchiveService:
    """Asked for runs of the caller's team."""

    def __init__(self, results: ResultService, blobs: BlobStore, clock: Clock) -> None:
        self._results = results
        self._blobs = blobs
        self._clock = clock

    def url(self, who: Identity, run: StoredRun, folder: str, file: str) -> str | None:
        """Return where the results can be fetched for some hours; None as long as there are none.

        `folder` and `file` say under which name they are kept. Raises what `ResultService.report` raises.
        """
        require(who, Scope.READ)
        if not run.state.final or run.started is None or run.team != who.team:
            return None
        container, name = container_of(run.team), f"{folder}/{file}"
        if self._blobs.find(container, name) is None:
            self._keep(container, name, self._archive(who, run))
        grant = self.grant(run.team, folder)
        return f"{grant.url}/{file}?{grant.query}"

    def grant(self, team: str, folder: str) -> Grant:
        """Return access for reading what is kept in a folder."""
        until = self._clock.now() + _LASTS
        return self._blobs.grant(container_of(team), folder, frozenset({"read", "list"}), until)

    def _archive(self, who: Identity, run: StoredRun) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # gzip around it does the compressing
            for form, name in _FORMS.items():
                archive.writestr(name, self._results.rendered(who, run.id, form))
            for name, content in self._results.tables(who, run.id).items():
                archive.writestr(f"csv/{name}", content)
        return gzip.compress(buffer.getvalue(), mtime=0)

    def _keep(self, container: str, name: str, content: bytes) -> None:
        upload = self._blobs.put(container, name, "application/gzip")
        with contextlib.ExitStack() as stack:
            stack.callback(upload.discard)
            upload.write(content)
            upload.keep()
