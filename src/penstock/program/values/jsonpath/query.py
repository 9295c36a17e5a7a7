"""Paths compiled for use: the usual ones (`$.a.b[0].c`) to plain indexing, the others to a walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

from penstock.program.values.javascript.numbers import format_number
from penstock.program.values.jsonpath import semantics
from penstock.program.values.jsonpath.selectors import (
    Computed,
    Descent,
    Filter,
    Key,
    Selector,
    Slice,
    Union,
    Wildcard,
    parse_path,
)

MISSING = object()
"""No match; None is a match, of null."""


class JsonPath:
    """A path. Results come in the order of the document."""

    __slots__ = ("first", "is_plain", "is_root", "selectors", "source")

    first: Callable[[Any], Any]
    """The first match in a document, or `MISSING`."""

    def __init__(self, source: str) -> None:
        """Read the path; raises `InvalidPath`."""
        self.source = source
        self.selectors = parse_path(source)
        self.is_root = not self.selectors
        keys = [selector.text for selector in self.selectors if isinstance(selector, Key)]
        self.is_plain = 0 < len(keys) == len(self.selectors)
        self.first = _getter(keys, self._first) if self.is_plain else self._first

    def all(self, document: Any) -> list[Any]:
        """Return all matches."""
        return [value for _, _, value in self._matches(document)]

    def replace(self, document: Any, value: Any) -> Any:
        """Return a copy of the document with every match replaced."""
        document = deepcopy(document)
        for owner, key, _ in list(self._matches(document)):
            if owner is None:
                return value
            if isinstance(owner, dict) or isinstance(key, int):
                owner[key] = value
        return document

    def _first(self, document: Any) -> Any:
        return next((value for _, _, value in self._matches(document)), MISSING)

    def _matches(self, document: Any) -> Iterator[_Match]:
        return _trace(self.selectors, 0, (None, None, document), document)


@lru_cache(maxsize=4096)
def compile_path(source: str) -> JsonPath:
    """Return the compiled path. Raises `InvalidPath`."""
    return JsonPath(source)


_Match = tuple[Any, Any, Any]
"""(owner, key, value): where a value stands, so that it can be replaced."""


def _getter(keys: list[str], walk: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return plain indexing for a chain of keys; whatever does not fit is left to the walk."""
    failures = (LookupError, TypeError)
    steps: list[str | int] = [int(key) if _is_index(key) else key for key in keys]
    if len(steps) < 5 and isinstance(steps[-1], str):  # an index would also take a letter out of a text
        return _short_getter(steps, walk)

    def get(document: Any) -> Any:
        value = document
        try:
            for step in steps:
                if type(value) is str:  # a text has no elements here
                    return MISSING
                value = value[step]
        except failures:
            return walk(document)
        return value

    return get


def _short_getter(steps: list[str | int], walk: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the fastest of all, for at most four keys."""
    failures = (LookupError, TypeError)
    a, b, c, d = (*steps, "", "", "")[:4]

    def get_one(document: Any) -> Any:
        try:
            return document[a]
        except failures:
            return walk(document)

    def get_two(document: Any) -> Any:
        try:
            return document[a][b]
        except failures:
            return walk(document)

    def get_three(document: Any) -> Any:
        try:
            return document[a][b][c]
        except failures:
            return walk(document)

    def get_four(document: Any) -> Any:
        try:
            return document[a][b][c][d]
        except failures:
            return walk(document)

    return (get_one, get_two, get_three, get_four)[len(steps) - 1]


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0")


def _trace(selectors: tuple[Selector, ...], at: int, match: _Match, root: Any) -> Iterator[_Match]:
    if at == len(selectors):
        yield match
        return
    selector, value = selectors[at], match[2]
    if isinstance(selector, Descent):
        yield from _trace(selectors, at + 1, match, root)
        for found in _children(value):
            if isinstance(found[2], list | dict):
                yield from _trace(selectors, at, found, root)
        return
    for found in _select(selector, value, root):
        yield from _trace(selectors, at + 1, found, root)


def _select(selector: Selector, value: Any, root: Any) -> Iterator[_Match]:
    match selector:
        case Key(text):
            yield from _member(value, text)
        case Wildcard():
            yield from _children(value)
        case Slice(start, end, step):
            if isinstance(value, list):
                for index in range(*slice(start, end, step).indices(len(value))):
                    yield value, index, value[index]
        case Filter(script):
            for found in _children(value):
                if semantics.truth(script(found[2], root)):
                    yield found
        case Computed(script):
            key = script(value, root)
            yield from _member(value, format_number(key) if isinstance(key, float) else semantics.text(key))
        case Union(parts):
            for part in parts:
                yield from _select(part, value, root)


def _member(value: Any, key: str) -> Iterator[_Match]:
    if isinstance(value, dict):
        if key in value:
            yield value, key, value[key]
    elif isinstance(value, list):
        if _is_index(key):
            if int(key) < len(value):
                yield value, int(key), value[int(key)]
        elif key == "length":
            yield value, key, len(value)


def _children(value: Any) -> Iterator[_Match]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key, inner
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield value, index, inner
