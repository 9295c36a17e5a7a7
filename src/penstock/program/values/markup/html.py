"""HTML as jQuery's server-side relatives see it: a lenient parse, CSS selectors, inner HTML written anew.

A document is a tree of what stands in the text: the `html`, `head` and `body` that a parser makes up are not found.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

from penstock.program.values.markup.css import compile_selector
from penstock.program.values.markup.writing import inner_markup

_PARSER = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
_IMPLIED = re.compile(r"<(html|head|body)(?=[\s>/])", re.IGNORECASE)
# fmt: off
_BOOLEANS = frozenset(
    {
        "autofocus", "autoplay", "async", "checked", "controls", "defer", "disabled", "hidden", "loop",
        "multiple", "open", "readonly", "required", "scoped", "selected"
    }
)
# fmt: on


class HtmlDocument:
    """A parsed body."""

    __slots__ = ("_implied", "_root")

    def __init__(self, text: str) -> None:
        self._root: etree._Element | None = None
        self._implied: frozenset[str] = frozenset()
        if text.strip():
            try:
                self._root = etree.fromstring(text.encode("utf-8", "replace"), _PARSER)
            except etree.XMLSyntaxError:  # nothing that could be a document
                return
            self._implied = frozenset({"html", "head", "body"} - {tag.lower() for tag in _IMPLIED.findall(text)})

    def select(self, selector: str) -> list[etree._Element]:
        """Return the elements in order of the document. Raises `InvalidSelector`."""
        find = compile_selector(selector, xml=False)
        if self._root is None:
            return []
        return [element for element in find(self._root) if element.tag not in self._implied]


@lru_cache(maxsize=1)
def read_html(text: str) -> HtmlDocument:
    """Parse a body; the last one is kept, for several selections from one response."""
    return HtmlDocument(text)


def inner_html(element: etree._Element) -> str:
    """Return what stands between the tags of an element."""
    return inner_markup(element, xml=False)


def attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute, decoded; a flag such as `checked` has its own name as value."""
    value = element.get(name.lower())
    if value is not None and name.lower() in _BOOLEANS:
        return name.lower()
    return value
