"""HTTP Authorization Managers: who asks for which URLs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from penstock.importers.jmeter.parse import Bag, Node
from penstock.importers.jmeter.work import Work
from penstock.model import Credentials, Text

_SCHEMES: dict[str, Literal["basic", "digest", "any"]] = {
    "": "any",
    "BASIC": "basic",
    "BASIC_DIGEST": "any",
    "DIGEST": "digest",
}


def credentials_for(url: Text, managers: Sequence[Node], work: Work) -> Credentials | None:
    """Return those of the first entry whose URL the request's begins with; None without one."""
    for manager in managers:
        for entry in manager.bags("AuthManager.auth_list"):
            if _applies(entry, url, work):
                return _credentials(entry, work)
    return None


def _applies(entry: Bag, url: Text, work: Work) -> bool:
    """Whether the URL begins so, as far as it is known; one with holes is compared as it is written."""
    wanted = work.texts.settled(entry.text("Authorization.url"), entry.origin)
    wanted = entry.text("Authorization.url") if wanted is None else wanted
    known = work.texts.settled(url.source, entry.origin)
    asked = url.source if known is None else known
    return _plain(asked).startswith(_plain(wanted))


def _plain(url: str) -> str:
    """Return a URL without the port that its scheme has anyway."""
    for scheme, port in (("http", 80), ("https", 443)):
        head, colon, rest = url.partition(f":{port}")
        if url.startswith(f"{scheme}://") and colon and (not rest or rest[0] in "/?"):
            return head + rest
    return url


def _credentials(entry: Bag, work: Work) -> Credentials | None:
    mechanism = entry.text("Authorization.mechanism").strip().upper()
    if mechanism not in _SCHEMES:
        message = f"the mechanism {mechanism} is not available; requests go without"
        work.findings.warn("authorization", message, entry.origin, effect="dropped")
        return None
    if entry.text("Authorization.domain").strip():
        message = "a domain is for NTLM, which is not available; Basic or Digest is used"
        work.findings.warn("authorization", message, entry.origin)
    user, password = (work.parse(entry, f"Authorization.{key}") for key in ("username", "password"))
    return Credentials(_SCHEMES[mechanism], user, password)
