"""Numbers by name that are kept and seldom looked at: names are shared by all that have the same ones."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from functools import lru_cache


class PackedRows(Mapping[str, tuple[int, int, int]]):
    """Three numbers a name, none of them negative or beyond 64 bits; equal to a dictionary with the same ones."""

    __slots__ = ("_names", "_numbers")

    def __init__(self, rows: Mapping[str, tuple[int, int, int]]) -> None:
        self._names = _shared(tuple(sorted(rows)))
        self._numbers = array("Q", [number for name in self._names for number in rows[name]])

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getitem__(self, name: str) -> tuple[int, int, int]:
        try:
            at = 3 * self._names.index(name)
        except ValueError:
            raise KeyError(name) from None
        return self._numbers[at], self._numbers[at + 1], self._numbers[at + 2]


@lru_cache(maxsize=64)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first tuple of these names that was asked for, which may be another one."""
    return names
