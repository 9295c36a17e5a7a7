"""Histograms that are kept and seldom looked at: the counts of a dictionary in a fifth of its memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import ItemsView, Iterator, Mapping

_MOST_SHORT = (1 << 32) - 1


class PackedBuckets(Mapping[int, int]):
    """The buckets of a histogram, in the order of their values; equal to a dictionary with the same ones."""

    __slots__ = ("_counts", "_lows")

    def __init__(self, buckets: Mapping[int, int]) -> None:
        pairs = sorted(buckets.items())
        self._lows = array("Q", [low for low, _ in pairs])
        counts = [count for _, count in pairs]
        self._counts = array("I" if max(counts, default=0) <= _MOST_SHORT else "Q", counts)

    def __len__(self) -> int:
        return len(self._lows)

    def __iter__(self) -> Iterator[int]:
        return iter(self._lows)

    def __getitem__(self, low: int) -> int:
        at = bisect_left(self._lows, low)
        if at < len(self._lows) and self._lows[at] == low:
            return self._counts[at]
        raise KeyError(low)

    def items(self) -> ItemsView[int, int]:
        """Return the pairs of lowest value and count, without looking each of them up."""
        return _Pairs(self)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Go through the pairs once."""
        return zip(self._lows, self._counts, strict=True)


class _Pairs(ItemsView[int, int]):
    def __init__(self, buckets: PackedBuckets) -> None:
        super().__init__(buckets)
        self._buckets = buckets

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return self._buckets.pairs()
