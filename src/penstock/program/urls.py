"""The URL of a request: its scheme, and the credentials that may be written into it."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from penstock.script.credentials import header_value
from penstock.script.operations import Credentials

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
    return f"{scheme}://{host}{rest[end:]}", _basic(user, password) if userinfo else None


def _basic(user: str, password: str) -> str:
    return header_value(Credentials("basic", unquote(user), unquote(password)))


def with_userinfo(url: str, user: str, password: str) -> str:
    """Return the URL (`http://` is added where no scheme is) with credentials in it, unless it holds some."""
    if not url:
        return ""
    url = complete(url)
    scheme, mark, rest = url.partition("://")
    if not user or "@" in rest.partition("/")[0]:
        return url
    return f"{scheme}{mark}{quote(user, safe='')}:{quote(password, safe='')}@{rest}"
