"""CSS selectors compiled to XPath."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from cssselect import GenericTranslator, HTMLTranslator, SelectorError
from cssselect.xpath import XPathExpr
from lxml import etree


class InvalidSelector(ValueError):
    """The text is no CSS selector, or uses what this version does not know."""


class _XmlTranslator(GenericTranslator):
    """Names are compared as they are written in the document, with their prefix."""

    def xpath_element(self, selector: object) -> XPathExpr:
        element = getattr(selector, "element", None)
        xpath = self.xpathexpr_cls(element="*")
        if element is not None:
            xpath.add_condition(f"name() = {self.xpath_literal(element)}")
        return xpath


# `[id=2]` and `:contains(some words)` are taken without quotes by jQuery, but not by the standard.
_BARE_ATTRIBUTE = re.compile(r"(\[\s*[^\]=\"'\s]+?\s*[~|^$*]?=\s*)([^\"'\]\s][^\"'\]]*?)(\s*\])")
_BARE_CONTAINS = re.compile(r":contains\(\s*([^\"')][^)]*?)\s*\)")


@lru_cache(maxsize=512)
def compile_selector(selector: str, *, xml: bool) -> Callable[[etree._Element], list[etree._Element]]:
    """Return what finds the elements below a root, in order. Raises `InvalidSelector`."""
    text = _BARE_ATTRIBUTE.sub(lambda match: f'{match[1]}"{match[2]}"{match[3]}', selector)
    text = _BARE_CONTAINS.sub(lambda match: f':contains("{match[1]}")', text)
    translator = _XmlTranslator() if xml else HTMLTranslator()
    try:
        find = etree.XPath(translator.css_to_xpath(text, prefix="descendant-or-self::"), smart_strings=False)
    except (SelectorError, etree.XPathSyntaxError, RecursionError) as error:
        raise InvalidSelector(f"{selector!r} is not understood: {error}") from None

    def run(root: etree._Element) -> list[etree._Element]:
        found = find(root)
        return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []

    return run
