"""Who is asking: everyone whose password is `secret`."""

from __future__ import annotations

import secrets

from penstock.target.messages import Refused, Reply, Request, say
from penstock.target.signing import sign, verify

PASSWORD = "secret"  # noqa: S105 — the sample shop says so itself
_CHALLENGE = [("www-authenticate", 'Bearer realm="shop"')]


def log_in(request: Request) -> Reply:
    """POST /login with `user` and `password`, as JSON or a form: a token, another one each time."""
    fields = request.fields()
    user, password = fields.get("user"), fields.get("password")
    if not isinstance(user, str) or not user or len(user) > 100 or not isinstance(password, str):
        raise Refused(400, "give a user (1 to 100 characters) and a password")
    if password != PASSWORD:
        raise Refused(401, f"wrong password; it is {PASSWORD!r}", _CHALLENGE)
    return say({"token": sign([user, secrets.token_hex(4)], "token"), "user": user})


def identify(request: Request) -> str:
    """Return the user whose token came with the request.

    Raises `Refused` (401) without a good one.
    """
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    value = verify(token.strip(), "token") if scheme.lower() == "bearer" else None
    if value is None:
        raise Refused(401, "log in first and send the token: Authorization: Bearer ...", _CHALLENGE)
    return str(value[0])
