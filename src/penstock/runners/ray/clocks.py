"""What another machine's monotonic clock shows, and how far apart agents began that were told one instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offset:
    """How far another clock is ahead of ours, and by how much this may be wrong at most; nanoseconds."""

    ahead_ns: int
    error_ns: int


def offset(asked: Sequence[tuple[int, int, int]]) -> Offset:
    """Return the offset from questions: (asked, what the other clock showed, answered), the first and last by ours.

    The quickest answer says most: the other clock was read at some time in between, so that half of the time it took is
    the most that the middle can be wrong by.
    """
    sent, shown, answered = min(asked, key=lambda one: one[2] - one[0])
    return Offset(shown - (sent + answered) // 2, (answered - sent + 1) // 2)


def skew_s(agents: Iterable[tuple[Offset, int]]) -> float:
    """Return how far apart agents may have begun, in seconds, from the offset and the lateness (ns) of each.

    Lateness is how long after the instant the word to start had reached the agent.
    """
    ends = [(late_ns - known.error_ns, late_ns + known.error_ns) for known, late_ns in agents]
    return max(0, max(last for _, last in ends) - min(first for first, _ in ends)) / 1e9
