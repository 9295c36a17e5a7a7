"""Peers that a reader would look for, and that cannot be had: a row that says why."""

from __future__ import annotations

from pathlib import Path

from benches.tools.base import Command, Missing
from benches.works import Counts, Job, Work


class Absent:
    """A client of which there is nothing to run."""

    def __init__(self, name: str, reason: str, *kinds: str) -> None:
        self.name = name
        self._reason = reason
        self._kinds = kinds

    def expresses(self, work: Work) -> bool:
        return work.kind in self._kinds

    def version(self) -> str:
        raise Missing(self._reason)

    def command(self, _: Job) -> Command | None:
        raise Missing(self._reason)

    def read(self, _: Path) -> Counts:
        raise Missing(self._reason)
