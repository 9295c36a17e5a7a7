"""Encodings by their .NET names, and texts as .NET writes them into URLs and forms."""

from __future__ import annotations

import codecs

from penstock.model import Call, Hole, Literal, Text

_NAMES = {
    "unicode": "utf-16-le",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "unicodefffe": "utf-16-be",
    "us-ascii": "ascii",
    "x-sjis": "shift_jis",
    "ks_c_5601-1987": "cp949",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "dos-862": "cp862",
    "ibm00858": "cp858",
}
"""Where Python calls an encoding otherwise."""

_REFUSING = "undefined"
"""A codec of Python that encodes nothing and says so each time."""

_UNRESERVED = "-_.!*()"
_MARKED = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def codec_of(name: str) -> str | None:
    """Return the Python codec for a .NET encoding name; None when there is none."""
    wanted = name.strip().lower()
    try:
        info = codecs.lookup(_NAMES.get(wanted, wanted) or "utf-8")
    except (LookupError, ValueError):
        return None
    return info.name if info._is_text_encoding and info.name != _REFUSING else None


def has_byte_order_mark(codec: str) -> bool:
    """Whether a text in this encoding may begin with a mark."""
    return codec in _MARKED


def url_encoded(text: Text, codec: str) -> Text:
    """Return the text as it is written into a URL or form; what bindings bring is encoded when it is there."""
    parts: list[str | Hole] = []
    for part in text.parts:
        if isinstance(part, str):
            parts.append(_encode(part, codec))
        else:
            parts.append(Hole(Call("url_encode", (part.expr, Literal(codec))), part.source))
    return Text(tuple(parts))


def _encode(text: str, codec: str) -> str:
    """Return constant text encoded byte by byte: a space is `+`, hexadecimal digits are small."""
    written: list[str] = []
    for byte in text.encode(codec, "replace"):
        character = chr(byte)
        if character == " ":
            written.append("+")
        elif character.isascii() and (character.isalnum() or character in _UNRESERVED):
            written.append(character)
        else:
            written.append(f"%{byte:02x}")
    return "".join(written)


def html_encoded(text: str) -> str:
    """Return constant text as .NET writes it into HTML: markup, quotes, U+00A0 to U+00FF and what is beyond U+FFFF."""
    return "".join(_NAMED.get(one) or (f"&#{ord(one)};" if _is_numbered(one) else one) for one in text)


_NAMED = {"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&#39;"}


def _is_numbered(character: str) -> bool:
    return 0xA0 <= ord(character) <= 0xFF or ord(character) > 0xFFFF
