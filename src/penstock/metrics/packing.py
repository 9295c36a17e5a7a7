"""Many seconds of one run in one piece, which takes a fraction of what they take one by one. They come back equal.

The numbers of a run change every second, its texts hardly ever. So each number is taken out of the document of its
second (a zero stays in its place) and put into a column with its like; texts and columns are compressed together. A
histogram, which is nearly all there is, leaves `false` in its place and becomes

    shape    which of the last ones it repeats (waiting is often all of the service); which one it is not far from
             (value by value, in order: a response takes a little longer than its service); else its number of buckets
    moves    how many buckets further each value is
    first    how far its first bucket is from that of the one before
    gaps     how many buckets lie between two that are filled
    edges    the same at both ends, where gaps are wider: apart from the others both compress better
    counts   how often each was hit
    ends     whether its least and most are the ends of their buckets
    sums     how far its sum is from what the middles of the buckets give, in widths of a bucket
    bits     the rest of its sum, its least and most, as far as the buckets leave them open; these do not compress

A number takes a byte if it is less than 248, else one that says how many follow.
"""

from __future__ import annotations

import collections
import functools
import itertools
import lzma
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from penstock.errors import EngineFailed
from penstock.metrics.buckets import lows_by_place, width_of
from penstock.metrics.snapshot import Snapshot

_REPEATABLE = 4
"""How many histograms back one is looked for that is the same, or nearly."""

_MOST_MOVES = 200
"""With more values than these, saying where each lies takes more than saying how many lie in each bucket."""

_EDGE = 3
"""So many gaps at each end are its edges."""

_LEAST, _MOST = 1, 2
"""Marks of a histogram whose least (most) is the end of its bucket."""

_FORM = 2
_SIZE = 4
_LONG = 248
_BYTES = [bytes([number]) for number in range(_LONG)]
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 0, "pb": 0}]
_HISTOGRAM = {"n", "sum", "min", "max", "b"}
Histogram = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Packed:
    """Some seconds of a run: their keys, (second, phase), and all that was measured in them."""

    keys: tuple[tuple[int, str], ...]
    content: bytes

    @staticmethod
    def of(snapshots: Sequence[Snapshot]) -> Packed:
        """Pack snapshots, each of which has a span."""
        return Packed(tuple((one.span[0], one.phase) for one in snapshots if one.span), pack(snapshots))


def pack(snapshots: Iterable[Snapshot]) -> bytes:
    """Return the snapshots in one piece."""
    writer = _Writer()
    documents = [writer.take(orjson.loads(one.encode()), "") for one in snapshots]
    columns = writer.columns
    text = orjson.dumps([[[path, len(column)] for path, column in columns.items()], documents])
    plain = b"".join((len(text).to_bytes(_SIZE, "big"), text, *columns.values()))
    packed = lzma.compress(plain, lzma.FORMAT_RAW, filters=_FILTERS)
    return bytes([_FORM]) + len(packed).to_bytes(_SIZE, "big") + packed + writer.bits()


def unpack(content: bytes) -> Iterator[Snapshot]:
    """Give the snapshots of a piece, in order. Raises `EngineFailed` for one that another version has packed."""
    if content[0] != _FORM:
        raise EngineFailed(f"measurements were packed in form {content[0]}; this Penstock reads form {_FORM}")
    packed, bits = _sized(content[1:])
    text, rest = _sized(lzma.decompress(packed, lzma.FORMAT_RAW, filters=_FILTERS))
    directory, documents = orjson.loads(text)
    columns: dict[str, Iterator[int]] = {}
    place = 0
    for path, length in directory:
        columns[path] = _numbers(rest[place : place + length])
        place += length
    reader = _Reader(columns, bits)
    for document in documents:
        yield Snapshot.read(reader.put(document, ""))


@dataclass(frozen=True, slots=True)
class _Shape:
    """The buckets of a histogram, by number and rising, and how often each was hit."""

    indices: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def count(self) -> int:
        return sum(self.counts)

    def values(self) -> tuple[int, ...]:
        """Return the bucket of each value, rising."""
        if len(self.indices) == self.count:
            return self.indices
        pairs = zip(self.indices, self.counts, strict=True)
        return tuple(index for index, count in pairs for _ in range(count))

    def open_bits(self, ends: int) -> tuple[int, int, int]:
        """Return how many bits it takes to say least, most and a remainder of the sum to one who knows the buckets."""
        first, last = _bits()[self.indices[0]], _bits()[self.indices[-1]]
        if self.count == 1:
            return first, 0, 0
        return 0 if ends & _LEAST else first, 0 if ends & _MOST else last, last

    def middle(self) -> int:
        """Return about what the values add up to."""
        lows, bits = lows_by_place(), _bits()
        pairs = zip(self.indices, self.counts, strict=True)
        return sum(count * (lows[index] + (1 << bits[index] >> 1)) for index, count in pairs)


class _Writer:
    """Takes documents apart."""

    def __init__(self) -> None:
        self.columns: dict[str, bytearray] = {}
        self._recent: list[tuple[Histogram, _Shape]] = []
        self._firsts: dict[str, int] = {}
        self._bits: list[str] = []

    def take(self, value: Any, path: str) -> Any:
        """Return the value without its numbers."""
        match value:
            case bool() | float() | str() | None:
                return value
            case int():
                self._add(path, _zigzag(value))
                return 0
            case list():
                return [self.take(one, _below(path, at, one)) for at, one in enumerate(value)]
        if value.keys() == _HISTOGRAM and self._took(value, path):
            return False
        return {key: self.take(one, f"{path}/{key}") for key, one in value.items()}

    def bits(self) -> bytes:
        """Return what does not compress."""
        every = "1" + "".join(self._bits)  # the one keeps the zeros that follow it
        return int(every, 2).to_bytes((len(every) + 7) // 8, "big")

    def _add(self, path: str, number: int) -> None:
        self.columns.setdefault(path, bytearray()).extend(_whole(number))

    def _took(self, histogram: Histogram, path: str) -> bool:
        for at, (known, _) in enumerate(self._recent):
            if known == histogram:
                self._add(f"{path}:shape", at)
                return True
        flat = histogram["b"]
        shape = _Shape(tuple(map(_indices().__getitem__, flat[::2])), tuple(flat[1::2]))
        widths, rest = _rest(histogram, shape)
        ends = _ends(rest, shape)
        open_bits = shape.open_bits(ends)
        rest = _without(rest, ends)
        if any(number < 0 or number.bit_length() > size for number, size in zip(rest, open_bits, strict=True)):
            return False  # it contradicts itself; it stays as it is
        if not self._moved(shape, path):
            self._new(shape, path)
        if shape.count > 1:
            self._add(f"{path}:ends", ends)
            self._add(f"{path}:sums", _zigzag(widths))
        self._bits += [f"{number:0{size}b}" for number, size in zip(rest, open_bits, strict=True) if size]
        self._recent.insert(0, (histogram, shape))
        del self._recent[_REPEATABLE:]
        return True

    def _new(self, shape: _Shape, path: str) -> None:
        indices = shape.indices
        self._add(f"{path}:shape", 2 * _REPEATABLE - 1 + len(indices))
        self._add(f"{path}:first", _zigzag(indices[0] - self._firsts.get(path, 0)))
        self._firsts[path] = indices[0]
        for at, (before, index) in enumerate(itertools.pairwise(indices)):
            self._add(f"{path}:{_kind_of_gap(at, len(indices) - 1)}", index - before)
        for count in shape.counts:
            self._add(f"{path}:counts", count)

    def _moved(self, shape: _Shape, path: str) -> bool:
        count = shape.count
        if count > _MOST_MOVES:
            return False
        values = shape.values()
        nearest, moves = 0, [values[-1] - values[0]]
        for at, (_, other) in enumerate(self._recent):
            if other.count == count:
                tried = [value - before for value, before in zip(values, other.values(), strict=True)]
                if sum(map(abs, tried)) < sum(map(abs, moves)):
                    nearest, moves = at, tried
        if len(moves) < len(values) or len(values) == 1:
            return False
        self._add(f"{path}:shape", _REPEATABLE + nearest)
        for move in moves:
            self._add(f"{path}:moves", _zigzag(move))
        return True


class _Reader:
    """Puts them together again, in the same order."""

    def __init__(self, columns: dict[str, Iterator[int]], bits: bytes) -> None:
        self._columns = columns
        self._recent: list[tuple[Histogram, _Shape]] = []
        self._firsts: dict[str, int] = {}
        self._bits = f"{int.from_bytes(bits, 'big'):b}"
        self._place = 1

    def put(self, value: Any, path: str) -> Any:
        """Return the value with its numbers."""
        match value:
            case False:
                return self._histogram(path)
            case float() | str() | None:
                return value
            case int():
                return _unzigzag(next(self._columns[path]))
            case list():
                return [self.put(one, _below(path, at, one)) for at, one in enumerate(value)]
        return {key: self.put(one, f"{path}/{key}") for key, one in value.items()}

    def _histogram(self, path: str) -> Histogram:
        number = next(self._columns[f"{path}:shape"])
        if number < _REPEATABLE:
            return self._recent[number][0]
        shape = self._moved(number, path) if number < 2 * _REPEATABLE else self._new(number, path)
        count, lows = shape.count, tuple(map(lows_by_place().__getitem__, shape.indices))
        ends = next(self._columns[f"{path}:ends"]) if count > 1 else 0
        least, most, rest = (self._number(size) for size in shape.open_bits(ends))
        least += lows[0]
        if count == 1:
            most = total = least
        else:
            widths = _unzigzag(next(self._columns[f"{path}:sums"]))
            most += lows[-1] + (_top(shape.indices[-1]) if ends & _MOST else 0)
            total = shape.middle() + (widths << _bits()[shape.indices[-1]]) + rest
        flat = [number for pair in zip(lows, shape.counts, strict=True) for number in pair]
        histogram = {"n": count, "sum": total, "min": least, "max": most, "b": flat}
        self._recent.insert(0, (histogram, shape))
        del self._recent[_REPEATABLE:]
        return histogram

    def _new(self, number: int, path: str) -> _Shape:
        size = number - 2 * _REPEATABLE + 1
        first = self._firsts.get(path, 0) + _unzigzag(next(self._columns[f"{path}:first"]))
        self._firsts[path] = first
        inner, edges = (self._columns.get(f"{path}:{kind}", iter(())) for kind in ("gaps", "edges"))
        left = min(_EDGE, size - 1)  # as `_kind_of_gap` says, without asking it for each
        right = min(_EDGE, size - 1 - left)
        gaps = [*islice(edges, left), *islice(inner, size - 1 - left - right), *islice(edges, right)]
        counts = tuple(islice(self._columns[f"{path}:counts"], size))
        return _Shape(tuple(itertools.accumulate(gaps, initial=first)), counts)

    def _moved(self, number: int, path: str) -> _Shape:
        before = self._recent[number - _REPEATABLE][1].values()
        moves = map(_unzigzag, islice(self._columns[f"{path}:moves"], len(before)))
        found = collections.Counter(map(operator.add, before, moves))  # they rise, so its keys do
        return _Shape(tuple(found), tuple(found.values()))

    def _number(self, size: int) -> int:
        self._place += size
        return int(self._bits[self._place - size : self._place], 2) if size else 0


def _rest(histogram: Histogram, shape: _Shape) -> tuple[int, tuple[int, int, int]]:
    """Return the sum's distance in widths of the last bucket, and what is to be said in bits."""
    lows = lows_by_place()
    least, most = histogram["min"] - lows[shape.indices[0]], histogram["max"] - lows[shape.indices[-1]]
    if histogram["n"] == 1:
        same = histogram["min"] == histogram["max"] == histogram["sum"]
        return 0, (least if same else -1, 0, 0)
    size = _bits()[shape.indices[-1]]
    distance = histogram["sum"] - shape.middle()
    return distance >> size, (least, most, distance & (1 << size) - 1)


def _ends(rest: tuple[int, int, int], shape: _Shape) -> int:
    """Return which extremes are the ends of their buckets."""
    return (_LEAST if rest[0] == 0 else 0) | (_MOST if rest[1] == _top(shape.indices[-1]) else 0)


def _without(rest: tuple[int, int, int], ends: int) -> tuple[int, int, int]:
    return rest[0], 0 if ends & _MOST else rest[1], rest[2]


def _top(index: int) -> int:
    """Return how far the highest value of a bucket is from its lowest."""
    return (1 << _bits()[index]) - 1


def _kind_of_gap(at: int, size: int) -> str:
    return "edges" if at < _EDGE or at >= size - _EDGE else "gaps"


def _below(path: str, at: int, value: Any) -> str:
    """Return where an element of a list belongs: numbers of rows by their place, documents with all their like."""
    return path if isinstance(value, list | dict) else f"{path}/{at}"


@functools.cache
def _bits() -> tuple[int, ...]:
    """Return how many bits it takes to say where in its bucket a value lies, for each bucket."""
    return tuple((width_of(low) - 1).bit_length() for low in lows_by_place())


@functools.cache
def _indices() -> dict[int, int]:
    return {low: index for index, low in enumerate(lows_by_place())}


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _unzigzag(number: int) -> int:
    return -(number + 1) // 2 if number % 2 else number // 2


def _whole(number: int) -> bytes:
    if number < _LONG:
        return _BYTES[number]
    size = (number.bit_length() + 7) // 8
    return bytes([_LONG + size - 1]) + number.to_bytes(size, "big")


def _numbers(content: bytes) -> Iterator[int]:
    """Give the whole numbers of a column."""
    if max(content, default=0) < _LONG:
        return iter(content)
    return _long_numbers(content)


def _long_numbers(content: bytes) -> Iterator[int]:
    place = 0
    while place < len(content):
        first = content[place]
        place += 1
        if first < _LONG:
            yield first
        else:
            size = first - _LONG + 1
            yield int.from_bytes(content[place : place + size], "big")
            place += size


def _sized(content: bytes) -> tuple[bytes, bytes]:
    """Return a part that begins with its size, and what follows it."""
    end = _SIZE + int.from_bytes(content[:_SIZE], "big")
    return content[_SIZE:end], content[end:]
