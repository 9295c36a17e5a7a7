"""Judging a run by its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model import Threshold


@dataclass(frozen=True, slots=True)
class Judged:
    """One threshold with what was observed.

    `observed` is in the threshold's own unit (seconds, share 0 to 1, or a number); None where it could not be
    measured. `limit` is what it was compared with. `note` is a sentence where there is more to say: why it could not
    be measured, or in how many windows it was missed.
    """

    threshold: Threshold
    passed: bool
    observed: float | None
    limit: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """The limit on failures: `observed` is the share (0 to 1) of `of` (iterations or requests) that failed."""

    of: str
    failed: int
    count: int
    most: float
    passed: bool

    @property
    def observed(self) -> float:
        """Share that failed; 0 when there was nothing."""
        return self.failed / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the numbers say of the system under test. `reasons` are sentences; empty when it passed."""

    passed: bool
    reasons: tuple[str, ...]
    thresholds: tuple[Judged, ...]
    failure_limit: FailureLimit
