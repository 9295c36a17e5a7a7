"""What HTML and style sheets refer to, found without running anything: images, style sheets, scripts, frames, objects.

    <img src> <input type=image src> <script src> <embed src> <bgsound src> <object data> <applet code>
    <link href> with rel stylesheet or icon · <body|table|tr|td|th background> · <frame|iframe src>
    @import and url() in style sheets, <style> and style attributes

`srcset` is left alone: which of its images a browser takes depends on its screen. Parsing is lxml's; the same document
is parsed once for all users.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

MOST_KNOWN = 2_000
"""Documents whose references are remembered in a process."""

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_URL = re.compile(
    r"""(?P<import>@import\s+)?(?:url\(\s*(?:"(?P<a>[^"]*)"|'(?P<b>[^']*)'|(?P<c>[^)'"\s]*))\s*\))"""
    r"""|@import\s+(?:"(?P<d>[^"]*)"|'(?P<e>[^']*)')""",
    re.IGNORECASE,
)
_BACKGROUNDS = ("body", "table", "tr", "td", "th")
_SOURCES = ("img", "script", "embed", "bgsound", "frame", "iframe")
_IN_URL = "%/:=&?~#+!$,;'@()*[]|"


class Reference(NamedTuple):
    """A URL, absolute and without fragment. `may_refer`: what comes may refer to more (a frame, a style sheet)."""

    url: str
    may_refer: bool


def of_html(body: bytes, url: str, charset: str | None) -> tuple[Reference, ...]:
    """Return what a document at `url` embeds, each URL once, in its order; nothing of what is no HTML."""
    return _remembered("html", body, url, lambda: _html(body, url, charset))


def of_css(body: bytes, url: str, charset: str | None) -> tuple[Reference, ...]:
    """Return what a style sheet at `url` refers to, each URL once, in its order."""
    return _remembered(
        "css", body, url, lambda: _distinct(_css(body.decode(_known(charset) or "utf-8", "replace")), url)
    )


_memory: OrderedDict[tuple[str, int, int, str], tuple[Reference, ...]] = OrderedDict()


def _remembered(kind: str, body: bytes, url: str, find: Callable[[], tuple[Reference, ...]]) -> tuple[Reference, ...]:
    key = (kind, hash(body), len(body), url)
    known = _memory.get(key)
    if known is None:
        known = _memory[key] = find()
        if len(_memory) > MOST_KNOWN:
            _memory.popitem(last=False)
    return known


def _known(charset: str | None) -> str | None:
    try:
        return charset if charset and "x".encode(charset) else None
    except (LookupError, ValueError):
        return None


def _html(body: bytes, url: str, charset: str | None) -> tuple[Reference, ...]:
    from lxml import etree  # only who asks for pages pays for loading it

    parser = etree.HTMLParser(encoding=_known(charset), recover=True, remove_comments=True, huge_tree=True)
    try:
        root = etree.fromstring(body, parser) if body.strip() else None
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return ()
    base = next((href for element in root.iter("base") if (href := element.get("href"))), "")
    return _distinct(_embedded(root), urljoin(url, base.strip()) if base else url)


def _embedded(root: Any) -> Iterator[tuple[str | None, bool]]:
    for element in root.iter():
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if tag in _SOURCES:
            yield element.get("src"), tag in ("frame", "iframe")
        elif tag == "link":
            kinds = (element.get("rel") or "").lower().split()
            if "stylesheet" in kinds or any(kind.endswith("icon") for kind in kinds):
                yield element.get("href"), "stylesheet" in kinds
        elif tag == "input" and (element.get("type") or "").lower() == "image":
            yield element.get("src"), False
        elif tag == "object":
            yield _below(element.get("codebase"), element.get("data")), False
        elif tag == "applet":
            yield _below(element.get("codebase"), element.get("code")), False
        elif tag == "style":
            yield from _css(element.text or "")
        if tag in _BACKGROUNDS:
            yield element.get("background"), False
        if (style := element.get("style")) and "url" in style.lower():
            yield from _css(style)


def _below(codebase: str | None, name: str | None) -> str | None:
    return f"{codebase.rstrip('/')}/{name}" if codebase and name and "/" not in name else name


def _css(text: str) -> Iterator[tuple[str | None, bool]]:
    for found in _CSS_URL.finditer(_CSS_COMMENT.sub("", text)):
        is_import = found["import"] is not None or found["d"] is not None or found["e"] is not None
        yield next((found[name] for name in "abcde" if found[name] is not None), None), is_import


def _distinct(found: Iterator[tuple[str | None, bool]], base: str) -> tuple[Reference, ...]:
    """Return what can be asked by HTTP, once each."""
    references: dict[str, bool] = {}
    for target, may_refer in found:
        url = _absolute(base, target)
        if url is not None:
            references[url] = references.get(url, False) or may_refer
    return tuple(Reference(url, may_refer) for url, may_refer in references.items())


def _absolute(base: str, target: str | None) -> str | None:
    target = re.sub(r"[\t\r\n]", "", target or "").strip()
    if not target or target.startswith("#") or target.endswith("//"):
        return None
    try:
        parts = urlsplit(urljoin(base, target.replace("\\", "/")))
        hostname = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not hostname:
        return None
    path = quote(parts.path or "/", safe=_IN_URL)
    return urlunsplit((parts.scheme, parts.netloc, path, quote(parts.query, safe=_IN_URL), ""))
