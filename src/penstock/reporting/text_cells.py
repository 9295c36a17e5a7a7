"""Texts in a terminal: how wide they are, what may stand in them, how they are cut and coloured."""

from __future__ import annotations

import unicodedata
from typing import Literal

Colour = Literal["red", "green", "yellow", "bold", "dim"]

_CODES: dict[Colour, str] = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""Return the text on one line, without what could move the cursor, turn the direction of writing, or hide.

    Such signs are written out (`\x1b`, `\u202e`).
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in text)


def _escape(sign: str) -> str:
    return _NAMED.get(sign) or (f"\\x{ord(sign):02x}" if ord(sign) < 256 else f"\\u{ord(sign):04x}")


def width(text: str) -> int:
    """Return how many columns a visible text takes: East Asian wide signs two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(sign) for sign in text)


def _columns(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def shorten(text: str, most: int) -> str:
    """Return a visible text that takes `most` columns at most, cut in the middle: both ends of a name tell it apart."""
    if width(text) <= most:
        return text
    head_columns = most // 2
    head, tail = "", ""
    for sign in text:
        if width(head) + _columns(sign) > head_columns:
            break
        head += sign
    for sign in reversed(text):
        if width(head) + 1 + width(tail) + _columns(sign) > most:
            break
        tail = sign + tail
    return f"{head}…{tail}"


def cut(text: str, most: int) -> str:
    """Return a visible text that takes `most` columns at most, cut at its end."""
    if width(text) <= most:
        return text
    kept = ""
    for sign in text:
        if width(kept) + _columns(sign) > most - 1:
            break
        kept += sign
    return f"{kept}…"


def pad(text: str, columns: int) -> str:
    """Return the text filled up to so many columns."""
    return text + " " * max(0, columns - width(text))


def pad_left(text: str, columns: int) -> str:
    """Return the text filled up in front, as numbers stand."""
    return " " * max(0, columns - width(text)) + text


class Painter:
    """Colours texts, or leaves them plain."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, *colours: Colour) -> str:
        """Return the text in these colours."""
        if not self._colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[colour] for colour in colours)}m{text}\x1b[0m"
