"""Regular expressions of rules, already in the syntax of the `regex` library, with a bound on their time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex

from penstock.program.values.visualstudio.arguments import RuleFailed

_PATIENCE_S = 1.0


class Pattern:
    """A regular expression that gives up in time; raises `RuleFailed` then."""

    def __init__(self, source: str, *, ignore_case: bool) -> None:
        try:
            self._compiled = _compiled(source, regex.IGNORECASE if ignore_case else 0)
        except regex.error as error:
            raise RuleFailed(f"the regular expression {source!r} is not valid: {error}") from None
        self._source = source

    def search(self, text: str, start: int = 0) -> Any:
        """Return the first match from a place on, or None."""
        try:
            return self._compiled.search(text, start, timeout=_PATIENCE_S)
        except TimeoutError:
            raise self._too_slow() from None

    def matches(self, text: str) -> Iterator[Any]:
        """Yield all matches."""
        try:
            yield from self._compiled.finditer(text, timeout=_PATIENCE_S)
        except TimeoutError:
            raise self._too_slow() from None

    def _too_slow(self) -> RuleFailed:
        return RuleFailed(f"the regular expression {self._source!r} takes more than {_PATIENCE_S:g} s")


@lru_cache(maxsize=1000)
def _compiled(source: str, flags: int) -> Any:
    return regex.compile(source, flags)


def literal(text: str, *, ignore_case: bool) -> Pattern:
    """Return the pattern of a plain text; its line ends may be either kind in what is searched."""
    lines = text.replace("\r\n", "\n").split("\n")
    return Pattern(r"\r?\n".join(regex.escape(line) for line in lines), ignore_case=ignore_case)
