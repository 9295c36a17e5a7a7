"""URLs that begin with a variable."""

from __future__ import annotations

import re

WITH_SCHEME = "with-scheme"
"""A function that importers call and no expression can (its name is none): the value, as the start of a URL."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def with_scheme(start: str) -> str:
    """Return the start of a URL with `http://` in front unless it has a scheme."""
    return start if _SCHEME.match(start) else f"http://{start}"
