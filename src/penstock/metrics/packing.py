"""Many seconds of one run in one piece, which takes a fraction of what they take one by one. They come back equal.

The numbers of a run change every second, its texts hardly ever. So each number is taken out of the document of its
second (a zero stays in its place) and put into a column with its like; texts and columns are compressed together. A
histogram, which is nearly all there is, leaves `false` in its place and becomes

    shape    which of the last ones it repeats (waiting is often all of the service); which one it is not far from
             (value by value, in order: a response takes a little longer than its service); else its number of buckets
    moves    how many buckets further each value is
    gaps     how many buckets lie between two that are filled
    counts   how often each was hit
    bits     its least, most and sum, as far as the buckets leave them open; these do not compress
"""

from __future__ import annotations

import collections
import functools
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from penstock.metrics.histogram import all_lows, width_of
from penstock.metrics.snapshot import Snapshot

_REPEATABLE = 4
"""How many histograms back one is looked for that is the same, or nearly."""

_MOST_MOVES = 200
"""With more values than these, saying where each lies takes more than saying how many lie in each bucket."""

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
    plain = b"".join((_whole(len(text)), text, *columns.values()))
    packed = lzma.compress(plain, lzma.FORMAT_RAW, filters=_FILTERS)
    return _whole(len(packed)) + packed + writer.bits()


def unpack(content: bytes) -> Iterator[Snapshot]:
    """Give the snapshots of a piece, in order."""
    packed = _Column(content)
    size = packed.take()
    rest = content[packed.place :]
    plain, bits = lzma.decompress(rest[:size], lzma.FORMAT_RAW, filters=_FILTERS), rest[size:]
    text = _Column(plain)
    size = text.take()
    place = text.place + size
    directory, documents = orjson.loads(plain[text.place : place])
    columns: dict[str, _Column] = {}
    for path, length in directory:
        columns[path] = _Column(plain[place : place + length])
        place += length
    reader = _Reader(columns, bits)
    for document in documents:
        yield Snapshot.read(reader.put(document, ""))


class _Writer:
    """Takes documents apart."""

    def __init__(self) -> None:
        self.columns: dict[str, bytearray] = {}
        self._recent: list[Histogram] = []
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
        if histogram in self._recent:
            self._add(f"{path}:shape", self._recent.index(histogram))
            return True
        lows, counts = histogram["b"][::2], histogram["b"][1::2]
        open_bits = _open_bits(lows, counts)
        rest = _rest(histogram, lows, counts)
        if any(number < 0 or number.bit_length() > size for number, size in zip(rest, open_bits, strict=True)):
            return False  # it contradicts itself; it stays as it is
        if not self._moved(histogram, path):
            self._add(f"{path}:shape", 2 * _REPEATABLE - 1 + len(lows))
            last = 0
            for low, count in zip(lows, counts, strict=True):
                index = _indices()[low]
                self._add(f"{path}:gaps", index - last)
                self._add(f"{path}:counts", count)
                last = index
        self._bits += [f"{number:0{size}b}" for number, size in zip(rest, open_bits, strict=True) if size]
        _remember(self._recent, histogram)
        return True

    def _moved(self, histogram: Histogram, path: str) -> bool:
        if histogram["n"] > _MOST_MOVES:
            return False
        values = _values(histogram)
        nearest, moves = 0, [values[-1] - values[0]]
        for at, other in enumerate(self._recent):
            if other["n"] == histogram["n"]:
                tried = [value - before for value, before in zip(values, _values(other), strict=True)]
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

    def __init__(self, columns: dict[str, _Column], bits: bytes) -> None:
        self._columns = columns
        self._recent: list[Histogram] = []
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
                return _unzigzag(self._columns[path].take())
            case list():
                return [self.put(one, _below(path, at, one)) for at, one in enumerate(value)]
        return {key: self.put(one, f"{path}/{key}") for key, one in value.items()}

    def _histogram(self, path: str) -> Histogram:
        shape = self._columns[f"{path}:shape"].take()
        if shape < _REPEATABLE:
            return self._recent[shape]
        lows, counts = self._moved(shape, path) if shape < 2 * _REPEATABLE else self._new(shape, path)
        least, most, total = (self._number(size) for size in _open_bits(lows, counts))
        least += lows[0]
        count = sum(counts)
        if count == 1:
            most, total = least, least
        else:
            most += lows[-1]
            total += _floor(lows, counts)
        flat = [number for pair in zip(lows, counts, strict=True) for number in pair]
        histogram = {"n": count, "sum": total, "min": least, "max": most, "b": flat}
        _remember(self._recent, histogram)
        return histogram

    def _new(self, shape: int, path: str) -> tuple[list[int], list[int]]:
        gaps, filled = self._columns[f"{path}:gaps"], self._columns[f"{path}:counts"]
        index, lows, counts = 0, [], []
        for _ in range(shape - 2 * _REPEATABLE + 1):
            index += gaps.take()
            lows.append(_lows()[index])
            counts.append(filled.take())
        return lows, counts

    def _moved(self, shape: int, path: str) -> tuple[list[int], list[int]]:
        moves = self._columns[f"{path}:moves"]
        values = [_lows()[value + _unzigzag(moves.take())] for value in _values(self._recent[shape - _REPEATABLE])]
        found = collections.Counter(values)  # they rise, so its keys do
        return list(found), list(found.values())

    def _number(self, size: int) -> int:
        self._place += size
        return int(self._bits[self._place - size : self._place], 2) if size else 0


class _Column:
    """Whole numbers, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def take(self) -> int:
        """Return the next one."""
        number = shift = 0
        while True:
            byte = self._content[self.place]
            self.place += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7


def _open_bits(lows: Sequence[int], counts: Sequence[int]) -> tuple[int, int, int]:
    """Return how many bits it takes to say least, most and sum to one who knows the buckets."""
    widths = [width_of(low) - 1 for low in lows]
    if sum(counts) == 1:
        return widths[0].bit_length(), 0, 0
    spread = sum(width * count for width, count in zip(widths, counts, strict=True))
    return widths[0].bit_length(), widths[-1].bit_length(), spread.bit_length()


def _rest(histogram: Histogram, lows: Sequence[int], counts: Sequence[int]) -> tuple[int, int, int]:
    least = histogram["min"] - lows[0]
    if histogram["n"] == 1:
        same = histogram["min"] == histogram["max"] == histogram["sum"]
        return (least, 0, 0) if same else (-1, 0, 0)
    return least, histogram["max"] - lows[-1], histogram["sum"] - _floor(lows, counts)


def _floor(lows: Sequence[int], counts: Sequence[int]) -> int:
    return sum(low * count for low, count in zip(lows, counts, strict=True))


def _values(histogram: Histogram) -> list[int]:
    """Return the bucket of each value, by number, rising."""
    flat = histogram["b"]
    return [_indices()[low] for low, count in zip(flat[::2], flat[1::2], strict=True) for _ in range(count)]


def _remember(recent: list[Histogram], histogram: Histogram) -> None:
    recent.insert(0, histogram)
    del recent[_REPEATABLE:]


def _below(path: str, at: int, value: Any) -> str:
    """Return where an element of a list belongs: numbers of rows by their place, documents with all their like."""
    return path if isinstance(value, list | dict) else f"{path}/{at}"


@functools.cache
def _lows() -> tuple[int, ...]:
    return tuple(all_lows())


@functools.cache
def _indices() -> dict[int, int]:
    return {low: index for index, low in enumerate(_lows())}


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _unzigzag(number: int) -> int:
    return -(number + 1) // 2 if number % 2 else number // 2


def _whole(number: int) -> bytes:
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)
    return bytes(content)
