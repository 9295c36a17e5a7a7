"""What is exported of a load, without the libraries that do it."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.metrics.snapshot import Snapshot
from penstock.reporting.exposition import LoadName


@dataclass(frozen=True, slots=True)
class LoadState:
    """What a load has given so far; `started_ns` is UTC since the epoch. When it is over it has no users any more."""

    name: LoadName
    started_ns: int
    total: Snapshot
    users: float = 0.0
    cpu_share: float = 0.0
