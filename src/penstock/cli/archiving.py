"""Keeping what a run measures until its archive is written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from penstock.cli.outputs import STDOUT, verify_folder, whole
from penstock.errors import InvalidInput

if TYPE_CHECKING:
    from penstock.metrics.snapshot import Snapshot
    from penstock.runs.report import Report


class Archiving:
    """To be used as a block. Snapshots wait in a file that has no name; without a `target` nothing is done.

    Raises `InvalidInput` for a target that cannot be written.
    """

    def __init__(self, target: Path | None) -> None:
        self._target = target
        self._waiting: IO[bytes] | None = None
        if target is not None:
            if str(target) == STDOUT:
                raise InvalidInput("--archive -: is a zip archive; give a file")
            verify_folder("--archive", target.parent, target)

    def __enter__(self) -> Self:
        if self._target is not None:
            self._waiting = tempfile.TemporaryFile()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._waiting is not None:
            self._waiting.close()

    async def add(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        if self._waiting is not None:
            self._waiting.write(snapshot.encode() + b"\n")

    def write(self, report: Report, *, is_sensitive: bool) -> list[str]:
        """Write the archive; returns the path, if there is one. Raises `OSError`."""
        if self._target is None or self._waiting is None:
            return []
        from penstock.reporting import archive

        with whole(self._target) as file:
            archive.write(file, report, _read(self._waiting), is_sensitive=is_sensitive)
        return [str(self._target)]


def _read(waiting: IO[bytes]) -> Iterator[Snapshot]:
    from penstock.metrics.snapshot import Snapshot

    waiting.seek(0)
    for line in waiting:
        yield Snapshot.decode(line)
