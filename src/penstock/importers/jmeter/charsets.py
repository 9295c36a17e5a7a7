"""Encodings of files by the names that Java knows."""

from __future__ import annotations

import codecs


def codec_named(name: str) -> str | None:
    """Return Python's codec of an encoding; None for one that is not known."""
    try:
        return codecs.lookup(name.strip()).name
    except LookupError:
        return None
