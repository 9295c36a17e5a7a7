"""Functions that look at texts or change them."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from penstock.program.values.javascript import texts
from penstock.program.values.javascript.numbers import parse_integer, parse_number
from penstock.program.values.javascript.regexp import InvalidPattern, Pattern, PatternTooSlow, compile_pattern
from penstock.program.values.loadmill.functions.registry import (
    UNEXPECTED,
    Function,
    FunctionFailed,
    Table,
    boolean,
)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_NIL_UUID = re.compile(r"[0f]{8}-[0f]{4}-[0f]{4}-[0f]{4}-[0f]{12}", re.IGNORECASE)
_QUOTES = str.maketrans({'"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_REGEXP_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "^$\\.*+?()[]{}|"})
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_LONGEST_PADDING = 128


def pattern(source: str, flags: str = "") -> Pattern:
    """Return a compiled regular expression."""
    try:
        return compile_pattern(source, flags)
    except InvalidPattern:
        raise FunctionFailed(UNEXPECTED) from None


def matches(text: str, source: str) -> str:
    """Whether a regular expression matches somewhere."""
    try:
        return boolean(pattern(source).matches(text))
    except PatternTooSlow as error:
        raise FunctionFailed(str(error)) from None


def capture(text: str, source: str, default: str = "") -> str:
    """First group of the first match; the default when it is missing or empty."""
    try:
        return pattern(source).capture(text) or default
    except PatternTooSlow as error:
        raise FunctionFailed(str(error)) from None


def replace(text: str, source: str, replacement: str, flags: str = "") -> str:
    """Text with the first match replaced (all with the flag `g`)."""
    try:
        return pattern(source, flags).replace(text, replacement)
    except PatternTooSlow as error:
        raise FunctionFailed(str(error)) from None


def is_uuid(text: str) -> str:
    """Whether a text is a UUID, of any version."""
    return boolean(_UUID.fullmatch(text) or (_NIL_UUID.fullmatch(text) and len(set(text.lower())) == 2))


def cut(text: str, begin: str = "0", end: str | None = None) -> str:
    """Part of a text, in UTF-16 units; negative numbers count from the end."""
    start = parse_integer(begin)
    if start is None:
        raise FunctionFailed(f"Invalid begin index '{begin}'")
    stop = None if end is None else parse_integer(end)
    if end is not None and stop is None:
        raise FunctionFailed(f"Invalid end index '{end}'")
    return texts.cut(text, start, stop)


def decode_url(text: str) -> str:
    """Text with its percent escapes resolved; a plus stays a plus."""
    if _BAD_ESCAPE.search(text):
        raise FunctionFailed(UNEXPECTED)
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise FunctionFailed(UNEXPECTED) from None


def pad_start(text: str, length: str, padding: str) -> str:
    """Text, filled up on the left; to no more than 128 characters, and not at all where the length is no number."""
    wanted = parse_number(length)
    if wanted != wanted:
        return text
    missing = int(min(max(wanted, 0), _LONGEST_PADDING)) - texts.length(text)
    if missing <= 0 or not padding:
        return text
    return texts.cut(padding * missing, 0, missing) + text


TEXTS: Table = {
    "__matches": Function(matches, 2, 2),
    "__contains": Function(lambda text, part: boolean(part in text), 2, 2),
    "__containsi": Function(lambda text, part: boolean(part.lower() in text.lower()), 2, 2),
    "__is_uuid": Function(is_uuid, 1, 1),
    "__usd": Function(lambda: "$"),
    "__length": Function(lambda text: str(texts.length(text)), 1, 1),
    "__escape_regexp": Function(lambda text: text.translate(_REGEXP_SIGNS), 1, 1),
    "__escape_quotes": Function(lambda text: text.translate(_QUOTES), 1, 1, empty_for_none=True),
    "__encode_url": Function(lambda text: quote(text, safe="", errors="replace"), 1, 1, empty_for_none=True),
    "__decode_url": Function(decode_url, 1, 1, empty_for_none=True),
    "__lower": Function(str.lower, 1, 1),
    "__upper": Function(str.upper, 1, 1),
    "__slice": Function(cut, 1, 3),
    "__regexp": Function(capture, 2, 3),
    "__replace": Function(replace, 3, 4),
    "__replace_all": Function(lambda text, source, replacement: replace(text, source, replacement, "g"), 3, 3),
    "__pad_start": Function(pad_start, 3, 3),
}
