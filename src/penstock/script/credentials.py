"""Credentials of requests."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from penstock.script.operations import Credentials, Headers


def basic(user: str, password: str) -> Credentials:
    """Return credentials for HTTP Basic, which are sent with the request at once."""
    return Credentials("basic", user, password)


def digest(user: str, password: str) -> Credentials:
    """Return credentials for HTTP Digest, which answer the challenge of a server without sending the password."""
    return Credentials("digest", user, password)


def bearer(token: str) -> Credentials:
    """Return a bearer token, which is sent with the request at once (`Authorization: Bearer TOKEN`)."""
    return Credentials("bearer", "", token)


def authorization(
    auth: Credentials | tuple[str, str], headers: Headers | None
) -> tuple[Headers | None, Credentials | None]:
    """Return the headers with what can be said at once, and the credentials that must wait for a challenge.

    An `Authorization` header among the headers wins over both. Raises `ValueError` for a scheme that there is not.
    """
    if len(auth) == 2:
        auth = Credentials("any", *auth)
    pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers or ())
    if any(name.lower() == "authorization" for name, _ in pairs):
        return headers, None
    if auth.scheme in ("digest", "any"):
        return headers, auth
    return (("Authorization", header_value(auth)), *pairs), None


def header_value(credentials: Credentials) -> str:
    """Return the `Authorization` header of Basic or Bearer credentials. Raises `ValueError` for another scheme."""
    if credentials.scheme == "basic":
        pair = f"{credentials.user}:{credentials.password}".encode("utf-8", "replace")
        return f"Basic {b64encode(pair).decode()}"
    if credentials.scheme == "bearer":
        return f"Bearer {credentials.password}"
    raise ValueError(f"credentials by {credentials.scheme!r}; known are basic, digest, bearer and any")
