"""Texts measured and cut in UTF-16 units, as JavaScript does."""

from __future__ import annotations


def length(text: str) -> int:
    """Return the number of UTF-16 units."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, begin: int, end: int | None = None) -> str:
    """Return what `text.slice(begin, end)` gives; the half of a pair that is cut becomes U+FFFD.

    JavaScript would keep the lone half in memory and lose it the same way when the text is sent.
    """
    if text.isascii():
        return text[begin:end]
    units = text.encode("utf-16-le", "surrogatepass")
    start, stop, _ = slice(begin, end).indices(len(units) // 2)
    return units[start * 2 : stop * 2].decode("utf-16-le", "replace")


def units(text: str) -> list[str]:
    """Return the UTF-16 units as texts of their own; halves of pairs become U+FFFD."""
    if text.isascii():
        return list(text)
    return [cut(text, index, index + 1) for index in range(length(text))]


def repair(text: str) -> str:
    """Replace lone halves of pairs, which no encoding can carry, by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
