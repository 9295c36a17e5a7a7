"""Regular expressions of JMeter (Perl 5 as Apache ORO has it) on the `regex` library, with a bound on their time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex

from penstock.program.values.dialect import EvaluationFailed

_PATIENCE_S = 1.0
_TOKEN = re.compile(
    r"""
      (?P<quoted>\\Q(?P<plain>.*?)(?:\\E|$))
    | (?P<escape>\\(?:x\{?[0-9a-fA-F]{1,4}\}?|c.|[pP]\{\w+\}|u[0-9a-fA-F]{4}|.))
    | (?P<class>\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\])
    | (?P<flags>\(\?(?P<letters>[a-z]+)\))
    | (?P<named>\(\?<(?P<name>[A-Za-z]\w*)>)
    | (?P<quantifier>\{\d+(?:,\d*)?\})
    | (?P<brace>[{}])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ENDS = {r"\z": r"\Z", r"\Z": r"(?=\n?\Z)", r"\e": r"\x1b", r"\h": r"[ \t]", r"\R": r"(?:\r\n|[\n\r])"}
_KNOWN_ESCAPES = frozenset("wWdDsSbBAGnrtfa0123456789pPx")
_FLAGS = frozenset("imsx")

_REFUSED = (
    (re.compile(r"\(\?<[=!]"), "looks behind, (?<=…)"),
    (re.compile(r"\(\?<[A-Za-z]"), "has named groups"),
    (re.compile(r"\(\?>|(?<![\\])[*+?}]\+"), "has possessive or atomic parts"),
    (re.compile(r"\\[QE]"), r"quotes with \Q…\E"),
    (re.compile(r"(?<!\\)\\[pP]\{"), r"names Unicode properties, \p{…}"),
)


class Pattern:
    """A regular expression; what takes too long raises `EvaluationFailed`."""

    __slots__ = ("_compiled", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        try:
            self._compiled: Any = regex.compile(translate(source))
        except (regex.error, RecursionError, OverflowError) as error:
            raise EvaluationFailed(f"the regular expression {source!r} is not valid: {error}") from None

    @staticmethod
    def of(source: str) -> Pattern:
        """Return the pattern, compiled once; raises `EvaluationFailed` for what is none."""
        return _pattern(source)

    def search(self, text: str) -> Any:
        """Return the first match, or None."""
        try:
            return self._compiled.search(text, timeout=_PATIENCE_S)
        except TimeoutError:
            raise self._too_slow() from None

    def fits(self, text: str) -> bool:
        """Return whether the match at the beginning is the whole text.

        As in ORO, the first way in which the pattern matches counts: `foo|foot` does not fit `foot`.
        """
        try:
            match = self._compiled.match(text, timeout=_PATIENCE_S)
            return match is not None and match.end() == len(text)
        except TimeoutError:
            raise self._too_slow() from None

    def matches(self, text: str) -> Iterator[Any]:
        """Yield all matches, in order."""
        try:
            yield from self._compiled.finditer(text, timeout=_PATIENCE_S)
        except TimeoutError:
            raise self._too_slow() from None

    def replaced(self, text: str, template: str) -> str:
        """Return the text with each match replaced; `$1` in the template is a group."""
        try:
            return str(self._compiled.sub(lambda match: _filled(template, match), text, timeout=_PATIENCE_S))
        except TimeoutError:
            raise self._too_slow() from None

    def _too_slow(self) -> EvaluationFailed:
        return EvaluationFailed(f"the regular expression {self._source!r} takes more than {_PATIENCE_S:g} s")


def _filled(template: str, match: Any) -> str:
    def group(found: re.Match[str]) -> str:
        return found[1] if found[1] else match[int(found[2])] or ""

    return re.sub(r"\\(.)|\$(\d)", group, template)


@lru_cache(maxsize=1000)
def _pattern(source: str) -> Pattern:
    return Pattern(source)


def refused_by_oro(source: str) -> str | None:
    """Return what in a pattern JMeter's usual engine does not know, though ours does; None when there is nothing."""
    plain = re.sub(r"\\\\", "", source)
    return next((what for pattern, what in _REFUSED if pattern.search(plain)), None)


def translate(source: str) -> str:
    """Return the pattern in the syntax of `regex`."""
    pieces = []
    for match in _TOKEN.finditer(source):
        pieces.append(_translated(match))
    return "".join(pieces)


def _translated(match: re.Match[str]) -> str:
    token = match[0]
    if match["quoted"] is not None:
        return str(regex.escape(match["plain"], literal_spaces=True))
    if match["escape"]:
        return _escape(token)
    if match["class"]:
        return _class(token)
    if match["flags"]:
        return f"(?{''.join(letter for letter in match['letters'] if letter in _FLAGS)})" if match["letters"] else ""
    if match["named"]:
        return f"(?P<{match['name']}>"
    if match["brace"]:
        return f"\\{token}"
    return token


def _escape(token: str) -> str:
    kind = token[1]
    if token in _ENDS:
        return _ENDS[token]
    if kind == "c" and len(token) == 3:
        return rf"\x{ord(token[2].upper()) ^ 64:02x}"
    if kind == "x" and len(token) > 2:
        return str(regex.escape(chr(int(token[2:].strip("{}"), 16))))
    if kind == "u" and len(token) > 2:
        return token
    if kind.isascii() and kind.isalnum() and kind not in _KNOWN_ESCAPES:
        return kind  # Perl reads an escape that means nothing as the letter itself
    return token


def _class(token: str) -> str:
    """Return a set of characters; a bracket in it is itself, unless it begins a class like `[:alpha:]`."""
    inner = re.sub(r"\\(?:(?P<end>[zZ])|(?P<other>[^wWdDsSnrtfaxbc\\0-9pP]))", _plain_in_class, token[1:-1])
    return "[" + re.sub(r"(?<!\\)\[(?!:\w+:\])", r"\\[", inner) + "]"


def _plain_in_class(match: re.Match[str]) -> str:
    letter = match["end"] or match["other"]
    return letter if letter.isalnum() else f"\\{letter}"
