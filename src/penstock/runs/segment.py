"""The share of a run that one agent takes.

Users are numbered over the whole run, 0, 1, 2, …; agent `index` of `of` runs those whose number leaves `index`
when divided by `of`. An agent needs nothing but its segment to know its share, no share is ever handed over, and
the shares add up at every instant, whatever the load does.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Segment:
    """Part `index` (from 0) of `of` parts."""

    index: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.of:
            raise InvalidInput(f"segment {self.index} of {self.of}: the number must lie between 0 and {self.of - 1}")

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"

    def share(self, total: int) -> int:
        """Return how many of the first `total` numbers are this segment's."""
        return max(0, (total - self.index + self.of - 1) // self.of)


def segments(of: int) -> tuple[Segment, ...]:
    """Return all segments of a run on `of` agents."""
    return tuple(Segment(index, of) for index in range(of))
