"""Base64, digests and one-time passwords."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable

from penstock.program.values.loadmill.functions.registry import UNEXPECTED, Function, FunctionFailed, Table

_HEX_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2})*")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def from_hex(text: str) -> bytes:
    """Return the bytes up to the first pair that is no hexadecimal number."""
    match = _HEX_PAIRS.match(text)
    return bytes.fromhex(match[0] if match else "")


def decode_base64(text: str) -> str:
    """Text out of Base64 of either alphabet; other characters are passed over."""
    clean = text.partition("=")[0].replace("-", "+").replace("_", "/")
    clean = _NOT_BASE64.sub("", clean)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return base64.b64decode(clean + "=" * (-len(clean) % 4)).decode("utf-8", "replace")


def _bytes(text: str, form: str) -> bytes:
    return from_hex(text) if form == "hex" else text.encode("utf-8", "replace")


def _digest(algorithm: str) -> Callable[..., str]:
    def compute(text: str, form: str = "utf-8") -> str:
        return hashlib.new(algorithm, _bytes(text, form), usedforsecurity=False).hexdigest()

    return compute


def _keyed(algorithm: str) -> Callable[..., str]:
    def compute(secret: str, form: str = "utf-8", message: str = "") -> str:
        return hmac.new(_bytes(secret, form), message.encode("utf-8", "replace"), algorithm).hexdigest()

    return compute


def one_time_password(secret: str) -> str:
    """Six digits for the present half minute, from a secret in base 32."""
    clean = secret.upper().replace(" ", "").rstrip("=")
    try:
        key = base64.b32decode(clean + "=" * (-len(clean) % 8))
    except ValueError:
        raise FunctionFailed(UNEXPECTED) from None
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    start = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, start)[0] & 0x7FFFFFFF) % 1_000_000:06}"


ENCODINGS: Table = {
    "__encode_base64": Function(lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode(), 1, 1),
    "__decode_base64": Function(decode_base64, 1, 1),
    "__hex_to_base64": Function(lambda text: base64.b64encode(from_hex(text)).decode(), 1, 1),
    "__sha1": Function(_digest("sha1"), 1, 2),
    "__sha256": Function(_digest("sha256"), 1, 2),
    "__hmacSha1": Function(_keyed("sha1"), 1, 3),
    "__hmacSha256": Function(_keyed("sha256"), 1, 3),
    "__create_otp": Function(one_time_password, 1, 1),
}
