"""The URL of a request: its scheme, and the credentials that may be written into it."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import unquote

_WELL_KNOWN = ("http://", "https://", "/")
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@]+[/?#]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def complete(url: str) -> str:
    """Return the URL with `http://` in front, if it names a host without a scheme.

    A URL that starts with `/` stays: it is relative to the base URL of the run.
    """
    if url.startswith(_WELL_KNOWN) or _SCHEME.match(url):
        return url
    return f"http://{url}"


def is_complete(start: str) -> bool:
    """Return whether every URL that starts so is left alone by `complete`."""
    return start.startswith("/") or _SCHEME.match(start) is not None


def has_plain_host(start: str) -> bool:
    """Return whether every URL that starts so has a host without a userinfo."""
    return _HOST.match(start) is not None


def take_userinfo(url: str) -> tuple[str, str | None]:
    """Return the URL without the `user:password@` in its authority, and the value of the header it stands for."""
    scheme, mark, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    userinfo, at, host = rest[:end].rpartition("@")
    if not mark or not at:
        return url, None
    user, _, password = userinfo.partition(":")
    return f"{scheme}://{host}{rest[end:]}", basic(unquote(user), unquote(password)) if userinfo else None


def basic(user: str, password: str) -> str:
    """Return the value of an authorization header for basic credentials."""
    return f"Basic {b64encode(f'{user}:{password}'.encode('utf-8', 'replace')).decode()}"
