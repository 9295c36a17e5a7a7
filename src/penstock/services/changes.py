"""What a caller changes about a test without editing its file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """A CSV file for a data pool: `id` says which pool of the test (None: the next without a file)."""

    id: str | None
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Changes:
    """None means: as the file says.

    `thresholds` are added to the file's own. `base_url` re-points every request of an imported test, and resolves
    relative URLs of a flow.py. `max_failures` is a share (0 to 1) of iterations.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    pools: tuple[Pool, ...] = ()
    users: int | None = None
    iterations: int | None = None
    duration_s: float | None = None
    ramp_up_s: float | None = None
    thresholds: tuple[str, ...] = ()
    max_failures: float | None = None
    base_url: str | None = None
    without_thinks: bool = False
    verify_tls: bool = True
