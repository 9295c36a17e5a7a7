"""Cookies that are there from the start."""

from __future__ import annotations

from urllib.parse import urlsplit

from penstock.importers.document import Node
from penstock.importers.loadmill.texts import Texts
from penstock.model import AddCookies, Cookie

_KNOWN = frozenset({"cookie", "domain", "path"})


def compile_cookies(node: Node | None, texts: Texts) -> tuple[AddCookies, ...]:
    """Return the step that puts them into the jar; none where there are none.

    The file has them by URL: an object for each cookie, with its text `name=value`, domain and path.
    """
    cookies = []
    for scope, listed in texts.reader.members(node).items():
        for element in texts.reader.elements(listed):
            members = texts.reader.members(element)
            for key in members.keys() - _KNOWN:
                texts.findings.note("unknown-key", "the key is not known and has no effect", members[key].origin)
            name, equals, value = (texts.reader.text(members.get("cookie")) or "").partition(";")[0].partition("=")
            domain = texts.reader.text(members.get("domain")) or urlsplit(scope).hostname or scope
            if not equals or not name.strip() or "\t" in f"{name}{value}{domain}":
                message = "a cookie is written name=value"
                texts.findings.error("invalid-value", message, element.origin)
                continue
            path = texts.reader.text(members.get("path")) or "/"
            cookies.append(Cookie(name.strip(), value.strip(), domain, path))
    return (AddCookies(tuple(cookies), node.origin),) if cookies and node is not None else ()
