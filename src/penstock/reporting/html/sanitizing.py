"""Recorded text is shown and never acts.

Markup is Jinja's business (it escapes all), what a browser does with the rest is ours: control characters cannot be
written in HTML, bidirectional overrides make text read otherwise than it is, lone surrogates cannot be encoded. All
of them become visible signs. What goes into scripts and charts has rules of its own.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_LONGEST_LABEL = 44


def show(text: str) -> str:
    r"""Return the text with what cannot be seen written out: an escape as `\x1b`, an override as `\u202e`."""
    return _UNSEEN.sub(_write_out, text)


def _write_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def cut(text: str, most: int) -> str:
    """Return the text, or its beginning and how much is missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def label(text: str) -> str:
    """Return the text for a chart, whose labels know a little HTML: short, and as it is."""
    seen = show(text.replace("\n", " "))
    short = seen if len(seen) <= _LONGEST_LABEL else f"{seen[: _LONGEST_LABEL - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def script_json(value: Any) -> str:
    """Return JSON that can stand inside a script element: nothing in it can end the element."""
    return guard_json(orjson.dumps(value))


def guard_json(encoded: bytes) -> str:
    """Return JSON bytes as text that can stand inside a script element; it means the same."""
    text = encoded.decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
