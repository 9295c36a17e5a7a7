"""JSONPath as Jayway's library has it, which JMeter uses: paths compiled once to a walk over a document.

A path is definite when it can lead to one place only. One that leads nowhere gives no value; an indefinite one gives
what it finds, in the order of the document.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from penstock.program.values.jmeter.jsonfilters import Filter, InvalidPath, compile_filter, end_of

Step = Callable[[Any, Any], Iterator[Any]]
"""From a value and the root of its document to the values that it leads to."""

_NAME = re.compile(r"[^.\[\]()'\"\s,*?]+")
_BRACKET = re.compile(r"\s*(?:(?P<star>\*)|(?P<slice>-?\d*\s*:\s*-?\d*)|(?P<indexes>-?\d+(?:\s*,\s*-?\d+)*))\s*\]")
_QUOTED = re.compile(r"\s*('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*([,\]])")
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": lambda value: len(value) if isinstance(value, list | dict | str) else None,
    "size": lambda value: len(value) if isinstance(value, list | dict | str) else None,
    "keys": lambda value: list(value) if isinstance(value, dict) else None,
    "min": lambda value: float(min(_numbers(value))),
    "max": lambda value: float(max(_numbers(value))),
    "sum": lambda value: float(sum(_numbers(value))),
    "avg": lambda value: sum(_numbers(value)) / len(_numbers(value)),
    "stddev": lambda value: _deviation(_numbers(value)),
    "first": lambda value: value[0] if isinstance(value, list) and value else None,
    "last": lambda value: value[-1] if isinstance(value, list) and value else None,
}


class JsonPath:
    """A compiled path; raises `InvalidPath` for what is none."""

    __slots__ = ("_function", "_steps", "is_definite", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        reader = _Reader(source)
        self._steps = reader.steps
        self._function = reader.function
        self.is_definite = reader.is_definite

    @property
    def has_function(self) -> bool:
        """Whether the path ends with a function, such as `length()`."""
        return self._function is not None

    @staticmethod
    def of(source: str) -> JsonPath:
        """Return the path, compiled once; raises `InvalidPath`."""
        return _path(source)

    def values(self, document: Any) -> list[Any]:
        """Return what the path leads to: at most one value where it is definite."""
        found: list[Any] = [document]
        for step in self._steps:
            found = [value for each in found for value in step(each, document)]
        if self._function is None:
            return found
        if not found and self.is_definite:
            return []
        try:
            return [self._function(found[0] if self.is_definite else found)]
        except (ValueError, ZeroDivisionError):
            return []


@lru_cache(maxsize=1000)
def _path(source: str) -> JsonPath:
    return JsonPath(source)


class _Reader:
    """Reads a path from left to right."""

    def __init__(self, source: str) -> None:
        text = source.strip()
        if not text:
            raise InvalidPath("the path is empty")
        self._source = text if text[0] in "$@" else f"$.{text}"
        self._at = 1
        self.steps: list[Step] = []
        self.function: Callable[[Any], Any] | None = None
        self.is_definite = True
        while self._at < len(self._source):
            self._step()

    def _error(self, what: str) -> InvalidPath:
        return InvalidPath(f"{self._source!r}: {what}")

    def _step(self) -> None:
        if self.function is not None:
            raise self._error("nothing may follow a function")
        if self._source.startswith("..", self._at):
            self._at += 2
            self.is_definite = False
            self._descend()
        elif self._source.startswith(".", self._at):
            self._at += 1
            self._name()
        elif self._source.startswith("[", self._at):
            self.steps.append(self._bracket()[0])
        else:
            raise self._error(f"{self._source[self._at]!r} is not expected here")

    def _name(self) -> None:
        if self._source.startswith("*", self._at):
            self._at += 1
            self.is_definite = False
            self.steps.append(_children)
            return
        if self._source.startswith("[", self._at):
            self.steps.append(self._bracket()[0])
            return
        name = self._take_name()
        if self._source.startswith("(", self._at):
            self._call(name)
        else:
            self.steps.append(_member(name))

    def _take_name(self) -> str:
        match = _NAME.match(self._source, self._at)
        if match is None:
            raise self._error("a name is missing")
        self._at = match.end()
        return match[0]

    def _call(self, name: str) -> None:
        function = _FUNCTIONS.get(name)
        if function is None or not self._source.startswith("()", self._at):
            raise self._error(f"the function {name!r} is not known")
        self._at += 2
        self.function = function

    def _descend(self) -> None:
        if self._source.startswith("*", self._at):
            self._at += 1
            self.steps.append(lambda value, root: (c for each in _all(value) for c in _children(each, root)))
        elif self._source.startswith("[", self._at):
            step, matches = self._bracket()
            if matches is not None:
                wanted = matches
                self.steps.append(lambda value, root: (each for each in _all(value) if wanted(each, root)))
            else:
                self.steps.append(lambda value, root: (found for each in _all(value) for found in step(each, root)))
        else:
            name = self._take_name()
            if self._source.startswith("(", self._at):
                raise self._error("a function cannot follow '..'")
            member = _member(name)
            self.steps.append(lambda value, root: (found for each in _all(value) for found in member(each, root)))

    def _bracket(self) -> tuple[Step, Filter | None]:
        """Read `[…]`; where it is a filter, also return that."""
        self._at += 1
        rest = self._source[self._at :].lstrip()
        if rest.startswith("?"):
            return self._filter()
        if match := _BRACKET.match(self._source, self._at):
            self._at = match.end()
            if match["star"]:
                self.is_definite = False
                return _children, None
            if match["slice"]:
                self.is_definite = False
                return _slice(match["slice"]), None
            indexes = [int(index) for index in match["indexes"].split(",")]
            self.is_definite = self.is_definite and len(indexes) == 1
            return _items(indexes), None
        names: list[str] = []
        while match := _QUOTED.match(self._source, self._at):
            self._at = match.end()
            names.append(re.sub(r"\\(.)", r"\1", match[1][1:-1]))
            if match[2] == "]":
                return (_member(names[0]) if len(names) == 1 else _members(names)), None
        raise self._error(f"'[{rest[:20]}' is not understood")

    def _filter(self) -> tuple[Step, Filter]:
        begin = self._source.index("?", self._at) + 1
        end = end_of(self._source, begin)
        self.is_definite = False
        accepts = compile_filter(self._source[begin : end - 1].strip(), lambda path: JsonPath.of(path))
        self._at = end

        def select(value: Any, root: Any) -> Iterator[Any]:
            candidates = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
            return (each for each in candidates if accepts(each, root))

        return select, accepts


def _all(value: Any) -> Iterator[Any]:
    """Yield a value and all below it, each before what it holds."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict | list):
            yield each
            waiting.extend(reversed(list(each.values()) if isinstance(each, dict) else each))


def _children(value: Any, _root: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        return iter(list(value.values()))
    return iter(value if isinstance(value, list) else ())


def _member(name: str) -> Step:
    def step(value: Any, _root: Any) -> Iterator[Any]:
        if isinstance(value, dict) and name in value:
            yield value[name]

    return step


def _members(names: list[str]) -> Step:
    """Several names give one object with those that are there."""

    def step(value: Any, _root: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            yield {name: value[name] for name in names if name in value}

    return step


def _items(indexes: list[int]) -> Step:
    def step(value: Any, _root: Any) -> Iterator[Any]:
        if isinstance(value, list):
            size = len(value)
            yield from (value[index] for index in indexes if -size <= index < size)

    return step


def _slice(text: str) -> Step:
    begin, end = (int(part) if part.strip() else None for part in text.split(":"))

    def step(value: Any, _root: Any) -> Iterator[Any]:
        return iter(value[begin:end] if isinstance(value, list) else ())

    return step


def _numbers(value: Any) -> list[float]:
    found = value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) else value
    return [each for each in found if isinstance(each, int | float) and not isinstance(each, bool)]


def _deviation(numbers: list[float]) -> float:
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum(number * number for number in numbers) / len(numbers) - mean * mean)
