"""Values that travel with the client and come back unaltered, so that workers need no memory of them."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any

import orjson

# One key for all workers and starts: this is a sample shop, and its only password is public as well.
_KEY = b"penstock sample shop"


def sign(value: Any, purpose: str) -> str:
    """Return the value as a token; it is only good for the same purpose."""
    payload = base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=")
    return f"{payload.decode()}.{_seal(payload, purpose)}"


def verify(token: str, purpose: str) -> Any | None:
    """Return the value of a token; None when it was not signed here for that purpose."""
    payload, _, seal = token.partition(".")
    encoded = payload.encode()
    if not hmac.compare_digest(seal.encode(), _seal(encoded, purpose).encode()):
        return None
    try:
        return orjson.loads(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
    except (binascii.Error, orjson.JSONDecodeError):
        return None


def _seal(payload: bytes, purpose: str) -> str:
    return hmac.digest(_KEY, purpose.encode() + b":" + payload, "sha256").hex()[:32]
