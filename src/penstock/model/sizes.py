"""Sizes as people write them: `500kB`, `20MB`, `1.5GiB`, or plain bytes."""

from __future__ import annotations

import re

from penstock.errors import InvalidInput

_FORM = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str | int) -> int:
    """Return bytes; a kB is 1000 bytes and a KiB 1024, a plain number is bytes.

    Raises `InvalidInput` with the forms that are understood.
    """
    if isinstance(text, int):
        return text
    found = _FORM.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        raise InvalidInput(f"size {text!r} is not understood; write it like 500kB, 20MB, 1GiB or in bytes")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].lower()])
