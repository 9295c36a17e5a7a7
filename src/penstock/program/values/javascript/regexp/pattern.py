"""Compiled patterns."""

from __future__ import annotations

from functools import lru_cache

import regex

from penstock.program.values.javascript.regexp.effort import harmless_length
from penstock.program.values.javascript.regexp.syntax import InvalidPattern, parse
from penstock.program.values.javascript.regexp.translation import Flags, translate

LIMIT_S = 0.5
"""How long one search may take."""

_KNOWN_FLAGS = set("dgimsuy")


class PatternTooSlow(Exception):
    """The search did not end within `LIMIT_S`; the text says so with the pattern."""


class Pattern:
    """A JavaScript regular expression; making one raises `InvalidPattern`."""

    __slots__ = ("_compiled", "_harmless", "everywhere", "source")

    def __init__(self, source: str, flags: str = "") -> None:
        if len(set(flags)) != len(flags) or not _KNOWN_FLAGS.issuperset(flags):
            raise InvalidPattern(f"invalid flags {flags!r}")
        syntax = parse(source)
        text = translate(syntax.node, Flags(multiline="m" in flags, dot_all="s" in flags))
        if "y" in flags:
            text = rf"\G(?:{text})"
        try:
            self._compiled = regex.compile(text, regex.IGNORECASE if "i" in flags else 0, cache_pattern=False)
        except regex.error as error:
            raise InvalidPattern(str(error)) from None
        self._harmless = harmless_length(syntax.node)
        self.source = source
        self.everywhere = "g" in flags

    def search(self, text: str) -> regex.Match[str] | None:
        """Return the first match. Raises `PatternTooSlow`."""
        if len(text) <= self._harmless:
            return self._compiled.search(text)
        try:
            return self._compiled.search(text, timeout=LIMIT_S)
        except TimeoutError:
            raise PatternTooSlow(_too_slow(self.source)) from None

    def matches(self, text: str) -> bool:
        """Whether it matches anywhere in the text. Raises `PatternTooSlow`."""
        return self.search(text) is not None

    def capture(self, text: str) -> str | None:
        """Return the first group of the first match; None when it is empty or missing. Raises `PatternTooSlow`."""
        match = self.search(text)
        return (match[1] or None) if match is not None and self._compiled.groups else None

    def replace(self, text: str, replacement: str, *, everywhere: bool = False) -> str:
        """Replace the first match, or all; `$1`, `$&`, `$$` and so on work. Raises `PatternTooSlow`."""
        try:
            return self._compiled.sub(
                lambda match: expand(match, replacement),
                text,
                count=0 if everywhere or self.everywhere else 1,
                timeout=LIMIT_S,
            )
        except TimeoutError:
            raise PatternTooSlow(_too_slow(self.source)) from None


@lru_cache(maxsize=1024)
def compile_pattern(source: str, flags: str = "") -> Pattern:
    """Return the compiled pattern. Raises `InvalidPattern`."""
    return Pattern(source, flags)


_REFERENCE = regex.compile(r"\$(?:(\$)|(&)|(`)|(')|(\d{1,2}))")


def expand(match: regex.Match[str], replacement: str) -> str:
    """Return the replacement with its `$` references filled from the match."""
    if "$" not in replacement:
        return replacement

    def fill(reference: regex.Match[str]) -> str:
        text = reference[0]
        if reference[1]:
            return "$"
        if reference[2]:
            return str(match[0])
        if reference[3]:
            return str(match.string[: match.start()])
        if reference[4]:
            return str(match.string[match.end() :])
        groups = len(match.groups())
        for digits in (text[1:], text[1:2]):  # $10 is the tenth group, or the first and a zero
            if 1 <= int(digits) <= groups:
                return (match[int(digits)] or "") + text[1 + len(digits) :]
        return str(text)

    return str(_REFERENCE.sub(fill, replacement))


def _too_slow(source: str) -> str:
    shown = source if len(source) <= 80 else source[:79] + "…"
    return f"Regular expression /{shown}/ took longer than {LIMIT_S:g} s"
