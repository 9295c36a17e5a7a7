"""Making and reading what is shown to be let in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

TOKEN_PREFIX = "pst_"  # noqa: S105 — the mark of every token, so that scanners of code find leaked ones
_BITS = 256


def new_secret(prefix: str = TOKEN_PREFIX) -> str:
    """Return a fresh secret of 256 random bits behind a prefix."""
    return prefix + secrets.token_urlsafe(_BITS // 8)


def masked(secret: str) -> str:
    """Return a secret that is to stand in a page in another form each time, which only `shows` can tell.

    Pages are compressed, and hold what others may have chosen: whoever sees the lengths of many such answers finds out
    letter by letter what stands in all of them (BREACH, CVE-2013-3587).
    """
    plain = secret.encode()
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + _mixed(plain, pad)).decode()


def shows(shown: str, secret: str) -> bool:
    """Whether what came back is a masked form of the secret."""
    try:
        both = base64.urlsafe_b64decode(shown.encode())
    except ValueError:
        return False
    half = len(both) // 2
    return hmac.compare_digest(_mixed(both[half:], both[:half]), secret.encode()) if len(both) % 2 == 0 else False


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


def hash_of(secret: str) -> str:
    """Return what is kept of a secret. Random bits need no slow hash; passwords, which people choose, do."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def shown_prefix(secret: str) -> str:
    """Return the part of a token that may be shown."""
    return secret[: len(TOKEN_PREFIX) + 6]


def tokens_in(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a request shows that may be its token, the likeliest first. Header names are lower-case.

    Understood are `Bearer TOKEN`, `Basic` with the token as user or as password (clients of the vendors do either),
    and the bare token; in `Authorization`, or in `Authentication`, as old documentation has it.
    """
    for name in ("authorization", "authentication"):
        value = headers.get(name, "").strip()
        if value:
            return _tokens(value)
    return ()


def _tokens(value: str) -> tuple[str, ...]:
    scheme, _, rest = value.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return (rest,) if rest else ()
    if scheme.lower() != "basic":
        return () if rest else (value,)
    try:
        pair = base64.b64decode(rest + "=" * (-len(rest) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ()
    user, _, password = pair.partition(":")
    return tuple(part for part in (password, user) if part)
