"""The buckets of histograms: which one holds a value, how wide it is, and its place among all of them.

They are those of docs/spec/engine-border.md, section 5: below 256 ns each value has its own, above that each power of
two is cut into 128 equal ones. A bucket is named by its lowest value.

    value   0 … 255 │ 256 … 511 │ 512 … 1023 │ 1024 … 2047 │ …
    width         1 │         2 │          4 │           8 │ …

The middle of a bucket is never further than 1/256 (0.4 %) from any value in it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

_EXACT_BELOW = 256
_PRECISION_BITS = 8
_STEPS = 1 << _PRECISION_BITS - 1


def bucket_of(value_ns: int) -> int:
    """Return the lowest value of the bucket that holds `value_ns`."""
    if value_ns < _EXACT_BELOW:
        return value_ns
    shift = value_ns.bit_length() - _PRECISION_BITS
    return value_ns >> shift << shift


def width_of(low_ns: int) -> int:
    """Return how many values the bucket that starts at `low_ns` holds."""
    return 1 << max(0, low_ns.bit_length() - _PRECISION_BITS)


def place_of(low_ns: int) -> int:
    """Return how many buckets lie before the one that starts at `low_ns`."""
    if low_ns < _EXACT_BELOW:
        return low_ns
    shift = low_ns.bit_length() - _PRECISION_BITS
    return shift * _STEPS + (low_ns >> shift)


@functools.cache
def all_lows() -> Mapping[int, int]:
    """Return the lowest value of every bucket there is, as far as 64 bits reach, by itself, in their order.

    Whoever takes the values from here shares them: they are half of what a histogram would hold.
    """
    steps = range(_STEPS, 2 * _STEPS)
    above = (step << shift for shift in range(65 - _PRECISION_BITS) for step in steps)
    return {low: low for low in (*range(_EXACT_BELOW), *above)}


@functools.cache
def lows_by_place() -> tuple[int, ...]:
    """Return the same by place."""
    return tuple(all_lows())
