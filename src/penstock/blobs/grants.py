"""Signed access to a part of the folder store, in the words of a shared access signature (SAS).

What a caller adds to a URL says until when (`se`), for what (`sp`) and below which name (`si`), and a signature (HMAC
of the server's key) over all that, so nothing of it can be changed. The parameters are those that storage clients pass
on; they never look into them.
"""

from __future__ import annotations

import base64
import datetime
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from penstock.library.blobs import Access, Right

_VERSION = "2021-08-06"
_TIME = "%Y-%m-%dT%H:%M:%SZ"

_LETTERS: dict[Right, str] = {"read": "r", "add": "a", "create": "c", "write": "w", "delete": "d", "list": "l"}
_RIGHTS = {letter: right for right, letter in _LETTERS.items()}


class Grants:
    """Signs and reads grants with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, access: Access, until: datetime.datetime) -> str:
        """Return the query of a grant that ends at `until` (UTC, whole seconds)."""
        said = {
            "sv": _VERSION,
            "sr": "c",
            "si": access.prefix,
            "se": until.astimezone(datetime.UTC).strftime(_TIME),
            "sp": "".join(letter for letter, right in _RIGHTS.items() if right in access.rights),
        }
        return urlencode({**said, "sig": self._signature(access.container, said)})

    def read(self, container: str, query: Mapping[str, str], now: datetime.datetime) -> Access | str:
        """Return what the query allows in the container, or in words why nothing."""
        said = {name: query.get(name, "") for name in ("sv", "sr", "si", "se", "sp")}
        if not query.get("sig"):
            return "no signature was sent"
        if not hmac.compare_digest(self._signature(container, said).encode(), query["sig"].encode()):
            return "the signature does not match"
        until = datetime.datetime.strptime(said["se"], _TIME).replace(tzinfo=datetime.UTC)
        if now >= until:
            return f"the signature was valid until {said['se']}"
        return Access(container, said["si"], frozenset(_RIGHTS[letter] for letter in said["sp"] if letter in _RIGHTS))

    def _signature(self, container: str, said: Mapping[str, str]) -> str:
        text = "\n".join([container, *(said[name] for name in ("sv", "sr", "si", "se", "sp"))])
        return base64.b64encode(hmac.digest(self._key, text.encode(), "sha256")).decode()
