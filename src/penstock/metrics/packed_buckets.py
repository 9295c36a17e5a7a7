"""Histograms that are kept and seldom looked at: the counts of a dictionary in a fiftieth of its memory."""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import ItemsView, Iterator, Mapping
from itertools import accumulate
from operator import sub

from penstock.metrics.buckets import lows_by_place, place_of

_MOST_SHORT = (1 << 32) - 1
_QUICKLY = 1


class PackedBuckets(Mapping[int, int]):
    """The buckets of a histogram, in the order of their values; equal to a dictionary with the same ones.

    Kept are the steps from the place of one bucket to that of the next, then the counts: small numbers, mostly, which
    zlib halves again. They are unpacked for each look.
    """

    __slots__ = ("_content", "_kind", "_size")

    def __init__(self, buckets: Mapping[int, int]) -> None:
        pairs = sorted(buckets.items())
        places = [place_of(low) for low, _ in pairs]
        counts = [count for _, count in pairs]
        self._size = len(pairs)
        self._kind = "I" if max(counts, default=0) <= _MOST_SHORT else "Q"
        steps = array("H", map(sub, places, (0, *places)))
        self._content = zlib.compress(steps.tobytes() + array(self._kind, counts).tobytes(), _QUICKLY)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[int]:
        return (low for low, _ in self.pairs())

    def __getitem__(self, low: int) -> int:
        return dict(self.pairs())[low]

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + sys.getsizeof(self._content)

    def items(self) -> ItemsView[int, int]:
        """Return the pairs of lowest value and count, without looking each of them up."""
        return _Pairs(self)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Go through the pairs once."""
        content = memoryview(zlib.decompress(self._content))
        steps, counts = array("H"), array(self._kind)
        steps.frombytes(content[: self._size * steps.itemsize])
        counts.frombytes(content[self._size * steps.itemsize :])
        return zip(map(lows_by_place().__getitem__, accumulate(steps)), counts, strict=True)


class _Pairs(ItemsView[int, int]):
    def __init__(self, buckets: PackedBuckets) -> None:
        super().__init__(buckets)
        self._buckets = buckets

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return self._buckets.pairs()
