"""Filters of JSONPath: `?(@.price < 10 && @.tag in ['a', 'b'])`, compiled once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, Protocol

import orjson

from penstock.program.values.jmeter.patterns import Pattern

Filter = Callable[[Any, Any], bool]
"""Tells whether a value of a document (and its root) is accepted."""

Operand = Callable[[Any, Any], Any]

MISSING: Final = object()
"""What a path that leads nowhere gives."""


class InvalidPath(ValueError):
    """The text is no JSONPath; it says where."""


class Path(Protocol):
    """What a filter needs of the paths in it."""

    @property
    def is_definite(self) -> bool:
        """Whether it can lead to one place only."""

    def values(self, document: Any) -> list[Any]:
        """Return what it leads to."""


_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(
    r"(==|!=|=~|<=|>=|<|>)|(in|nin|subsetof|anyof|noneof|contains|size|empty)(?![\w])", re.IGNORECASE
)
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b")
_LITERALS = {"true": True, "false": False, "null": None}


def end_of(source: str, begin: int) -> int:
    """Return the place behind the bracket that closes what begins there; raises `InvalidPath`."""
    depth, quote, at = 1, "", begin
    while at < len(source):
        character = source[at]
        if character == "\\":
            at += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "/" and source[:at].rstrip().endswith("=~"):
            match = _REGEX.match(source, at)
            at = match.end() - 1 if match else at
        elif character in "[]":
            depth += 1 if character == "[" else -1
            if not depth:
                return at + 1
        at += 1
    raise InvalidPath(f"{source!r}: ']' is missing")


def compile_filter(source: str, path: Callable[[str], Path]) -> Filter:
    """Return the filter of `(…)`; `path` compiles the paths in it. Raises `InvalidPath`."""
    reader = _Reader(source, path)
    accepts = reader.any_of()
    reader.expect_end()
    return accepts


class _Reader:
    def __init__(self, source: str, path: Callable[[str], Path]) -> None:
        self._source = source
        self._path = path
        self._at = 0

    def any_of(self) -> Filter:
        accepted = [self._all_of()]
        while self._takes("||"):
            accepted.append(self._all_of())
        return accepted[0] if len(accepted) == 1 else (lambda value, root: any(one(value, root) for one in accepted))

    def _all_of(self) -> Filter:
        accepted = [self._one()]
        while self._takes("&&"):
            accepted.append(self._one())
        return accepted[0] if len(accepted) == 1 else (lambda value, root: all(one(value, root) for one in accepted))

    def _one(self) -> Filter:
        if self._takes("!"):
            refused = self._one()
            return lambda value, root: not refused(value, root)
        if self._takes("("):
            inner = self.any_of()
            if not self._takes(")"):
                raise self._error("')' is missing")
            return inner
        left = self._operand()
        self._skip()
        match = _OPERATOR.match(self._source, self._at)
        if match is None:
            return lambda value, root: left(value, root) is not MISSING
        self._at = match.end()
        sign = match[0].lower()
        if sign == "=~":
            return self._matching(left)
        compare, right = _COMPARISONS[sign], self._operand()
        return lambda value, root: compare(left(value, root), right(value, root))

    def _matching(self, left: Operand) -> Filter:
        self._skip()
        match = _REGEX.match(self._source, self._at)
        if match is None:
            raise self._error("a regular expression, /…/, is missing")
        self._at = match.end()
        flags = "".join(flag for flag in match[2] if flag in "imsx")
        pattern = Pattern.of((f"(?{flags})" if flags else "") + match[1])

        def fits(value: Any, root: Any) -> bool:
            text = left(value, root)
            return isinstance(text, str | int | float) and pattern.fits(str(text))

        return fits

    def _operand(self) -> Operand:
        self._skip()
        start = self._source[self._at : self._at + 1]
        if start and start in "@$":
            return self._value_of(self._take_path())
        if start and start in "'\"":
            text = self._take_text(start)
            return lambda _value, _root: text
        if match := _PLAIN.match(self._source, self._at):
            self._at = match.end()
            constant = _LITERALS[match[0]] if match[0] in _LITERALS else orjson.loads(match[0])
            return lambda _value, _root: constant
        if start and start in "[{":
            items = self._take_json()
            return lambda _value, _root: items
        raise self._error("a value is missing")

    def _value_of(self, source: str) -> Operand:
        path = self._path(source)
        is_of_root = source.startswith("$")

        def read(value: Any, root: Any) -> Any:
            found = path.values(root if is_of_root else value)
            if path.is_definite:
                return found[0] if found else MISSING
            return found

        return read

    def _take_path(self) -> str:
        begin = self._at
        self._at += 1
        while self._at < len(self._source):
            character = self._source[self._at]
            if character == "[":
                self._at = end_of(self._source, self._at + 1)
            elif self._source.startswith("()", self._at):
                self._at += 2
            elif character.isspace() or character in "=!<>&|),":
                break
            else:
                self._at += 1
        return self._source[begin : self._at]

    def _take_text(self, quote: str) -> str:
        match = re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL).match(self._source, self._at)
        if match is None:
            raise self._error("a text is not closed")
        self._at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1])

    def _take_json(self) -> Any:
        closing, depth, end = {"[": "]", "{": "}"}[self._source[self._at]], 0, self._at
        while end < len(self._source):
            depth += (self._source[end] == self._source[self._at]) - (self._source[end] == closing)
            end += 1
            if not depth:
                break
        text = self._source[self._at : end]
        try:
            value = orjson.loads(re.sub(r"'((?:[^'\\]|\\.)*)'", lambda match: orjson.dumps(match[1]).decode(), text))
        except orjson.JSONDecodeError:
            raise self._error(f"{text!r} is not JSON") from None
        self._at = end
        return value

    def _skip(self) -> None:
        self._at = _SPACE.match(self._source, self._at).end()  # type: ignore[union-attr] # it always matches

    def _takes(self, sign: str) -> bool:
        self._skip()
        if not self._source.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def expect_end(self) -> None:
        self._skip()
        if self._at < len(self._source):
            raise self._error(f"{self._source[self._at :]!r} is not expected here")

    def _error(self, what: str) -> InvalidPath:
        return InvalidPath(f"the filter {self._source!r}: {what}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and isinstance(right, str):
        try:
            return bool(left == float(right))
        except ValueError:
            return False
    if isinstance(left, str) and _is_number(right):
        return left == str(right)
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return bool(left == right)


def _ordered(judge: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return judge(left, right)
        return False

    return compare


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _contains(left: Any, right: Any) -> bool:
    return right in left if isinstance(left, str) and isinstance(right, str) else right in _list(left)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "in": lambda left, right: any(_equal(left, each) for each in _list(right)),
    "nin": lambda left, right: not any(_equal(left, each) for each in _list(right)),
    "subsetof": lambda left, right: isinstance(left, list) and all(each in _list(right) for each in left),
    "anyof": lambda left, right: any(each in _list(right) for each in _list(left)),
    "noneof": lambda left, right: not any(each in _list(right) for each in _list(left)),
    "contains": _contains,
    "size": lambda left, right: isinstance(left, list | str) and len(left) == right,
    "empty": lambda left, right: isinstance(left, list | str | dict) and (not left) is right,
}
