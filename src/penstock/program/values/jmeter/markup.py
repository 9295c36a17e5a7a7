"""XML and HTML documents of samples, XPath over them and CSS selectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from elementpath import ElementPathError, XPath2Parser
from elementpath import XPathContext as Context
from lxml import etree

from penstock.program.values.javascript.numbers import format_number
from penstock.program.values.markup.css import InvalidSelector, compile_selector
from penstock.program.values.markup.writing import qualified, xml_text

_XML = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
_HTML = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
_SPACES = re.compile(r"[ \t\n\f\r]+")
_OF_XPATH_1 = re.compile(r"""(?:[\w/@*.:\-\[\]=|() ]|'[^']*'|"[^"]*")+""")
_BEYOND_XPATH_1 = re.compile(r"\b(?:for|if|some|every|return|eq|ne|lt|gt|le|ge|is|to|intersect|except|idiv)\b|\w\(|!=")
_PLAIN_FUNCTIONS = re.compile(r"\b(?:text|node|contains|last|position|starts-with|not|local-name|name|comment)\(")


class InvalidDocument(ValueError):
    """The text is no document of its kind; the message says why."""


class InvalidQuery(ValueError):
    """The text is no XPath or no CSS selector; the message says why."""


@lru_cache(maxsize=2)
def read_xml(text: str, *, with_namespaces: bool) -> etree._Element:
    """Return the root; without namespaces, names are as they are written, prefix and all.

    Raises `InvalidDocument`.
    """
    if "<!ENTITY" in text:  # they can stand for gigabytes, or for a file
        raise InvalidDocument("declarations of entities are refused")
    try:
        root = etree.fromstring(_without_declaration(text).encode("utf-8", "replace"), _XML)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidDocument(str(error)) from None
    if root is None:
        raise InvalidDocument("no element found")
    if not with_namespaces:
        _forget_namespaces(root)
    return root


def _without_declaration(text: str) -> str:
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)


def _forget_namespaces(root: etree._Element) -> None:
    """Take the default namespace away, as a parser that does not know namespaces sees it."""
    for element in root.iter("*"):
        if "}" in str(element.tag) and element.prefix is None:
            element.tag = etree.QName(element).localname


@lru_cache(maxsize=1)
def read_html(text: str) -> etree._Element:
    """Return the root of HTML, however damaged, with `html` and `body` around it. Raises `InvalidDocument`."""
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), _HTML)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidDocument(str(error)) from None
    if root is None:
        raise InvalidDocument("no element found")
    return root


@dataclass(frozen=True, slots=True)
class XPath:
    """An XPath 1 expression; `is_fragment` wants elements as XML, else their first text."""

    source: str
    is_fragment: bool = False

    @staticmethod
    def of(source: str, *, is_fragment: bool = False) -> XPath:
        """Return the expression; raises `InvalidQuery`."""
        try:
            etree.XPath(source)
        except etree.XPathSyntaxError as error:
            raise InvalidQuery(f"{source!r} is no XPath: {error}") from None
        return XPath(source, is_fragment)

    def evaluate(self, root: etree._Element) -> Any:
        """Return what the library gives: nodes, a text, a number or a boolean. Raises `InvalidQuery`."""
        names = {prefix: uri for element in root.iter("*") for prefix, uri in element.nsmap.items() if prefix}
        try:
            return root.getroottree().xpath(self.source, namespaces=names or None)
        except (etree.XPathError, TypeError) as error:
            raise InvalidQuery(f"{self.source!r}: {error}") from None

    def texts(self, root: etree._Element) -> list[str | None]:
        """Return the found nodes as texts; None for an element without content."""
        try:
            found = self.evaluate(root)
        except InvalidQuery as error:
            raise InvalidDocument(str(error)) from None
        if not isinstance(found, list):
            return [scalar(found)]
        return [self._text(node) for node in found]

    def _text(self, node: Any) -> str | None:
        if not isinstance(node, etree._Element):
            return str(node[1]) if isinstance(node, tuple) else str(node)
        if self.is_fragment:
            return etree.tostring(node, encoding="unicode", with_tail=False)
        if node.text:
            return node.text
        return None


def scalar(value: Any) -> str:
    """Return a text, number or boolean of XPath as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_number(value) if isinstance(value, float) else str(value)


def namespaces(text: str) -> dict[str, str]:
    """Return the namespaces of lines like `p=http://example.org/`."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {prefix.strip(): uri.strip() for prefix, _, uri in pairs}


class XPath2:
    """An XPath 2 expression. One that says the same in XPath 1 is given to the faster library."""

    __slots__ = ("_is_fragment", "_names", "_select", "source")

    def __init__(self, source: str, names: str, is_fragment: bool) -> None:
        self.source = source
        self._names = namespaces(names)
        self._is_fragment = is_fragment
        try:
            self._select = self._fast() if _is_plain(source) else self._full()
        except (ElementPathError, etree.XPathError) as error:
            raise InvalidQuery(f"{source!r} is no XPath: {error}") from None

    @staticmethod
    def of(source: str, names: str = "", *, is_fragment: bool = False) -> XPath2:
        """Return the expression, compiled once; raises `InvalidQuery`."""
        return _xpath2(source, names, is_fragment)

    def _fast(self) -> Callable[[etree._Element], Any]:
        find = etree.XPath(self.source, namespaces=self._names or None)
        return lambda root: find(root.getroottree())

    def _full(self) -> Callable[[etree._Element], Any]:
        token = XPath2Parser(namespaces=self._names).parse(self.source)
        return lambda root: token.get_results(Context(root.getroottree()))

    def evaluate(self, root: etree._Element) -> Any:
        """Return nodes, or one value. Raises `InvalidQuery`."""
        try:
            return self._select(root)
        except (ElementPathError, etree.XPathError, TypeError) as error:
            raise InvalidQuery(f"{self.source!r}: {error}") from None

    def texts(self, root: etree._Element) -> list[str | None]:
        """Return the found items as texts."""
        try:
            found = self.evaluate(root)
        except InvalidQuery as error:
            raise InvalidDocument(str(error)) from None
        return [self._text(item) for item in (found if isinstance(found, list) else [found])]

    def _text(self, item: Any) -> str:
        if isinstance(item, etree._Element):
            return _indented(item, 0, {}) if self._is_fragment else "".join(_inner(item))
        return scalar(float(item)) if isinstance(item, int) and not isinstance(item, bool) else scalar(item)


def _indented(element: etree._Element, depth: int, known: Mapping[str | None, str]) -> str:
    """Return an element as Saxon writes it: children on lines of their own, unless there is text beside them."""
    name = qualified(element)
    attributes = "".join(
        f' {qualified(element, str(key))}="{xml_text(str(value)).replace(chr(34), "&quot;")}"'
        for key, value in element.items()
    )
    declared = {prefix: uri for prefix, uri in element.nsmap.items() if known.get(prefix) != uri}
    spaces = "".join(f' xmlns{":" + prefix if prefix else ""}="{uri}"' for prefix, uri in declared.items())
    inner, has_text = xml_text(element.text), bool(element.text)
    for child in element:
        if isinstance(child.tag, str):
            inner += "" if has_text else "\n" + "   " * (depth + 1)
            inner += _indented(child, depth + 1, element.nsmap)
        inner += xml_text(child.tail)
        has_text = bool(child.tail)
    if len(element) and not has_text:
        inner += "\n" + "   " * depth
    return f"<{name}{spaces}{attributes}>{inner}</{name}>" if inner else f"<{name}{spaces}{attributes}/>"


def _inner(element: etree._Element) -> Iterator[str]:
    return (str(text) for text in element.itertext())


@lru_cache(maxsize=200)
def _xpath2(source: str, names: str, is_fragment: bool) -> XPath2:
    return XPath2(source, names, is_fragment)


def _is_plain(source: str) -> bool:
    """Whether an expression is a path with simple predicates, which mean the same in both versions."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "''", _PLAIN_FUNCTIONS.sub("(", source))
    return _OF_XPATH_1.fullmatch(plain.replace(",", " ")) is not None and not _BEYOND_XPATH_1.search(plain)


def select(selector: str, attribute: str) -> Callable[[str], list[str]]:
    """Return what finds elements of HTML: their text with blanks put together, or an attribute.

    Raises `InvalidQuery`.
    """
    try:
        find = compile_selector(selector, xml=False)
    except InvalidSelector as error:
        raise InvalidQuery(str(error)) from None

    def run(text: str) -> list[str]:
        try:
            elements = find(read_html(text))
        except InvalidDocument:
            return []
        if attribute:
            return [element.get(attribute.lower(), "") for element in elements]
        return [_SPACES.sub(" ", "".join(_visible(element))).strip() for element in elements]

    return run


_BLOCKS = frozenset(
    {
        *("address", "article", "blockquote", "body", "br", "dd", "div", "dl", "dt", "fieldset", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre"),
        *("section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)


def _visible(element: etree._Element) -> Iterator[str]:
    """Yield the texts of an element; blocks stand apart from what is before them."""
    if element.tag in ("script", "style"):
        return
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            if child.tag in _BLOCKS:
                yield " "
            yield from _visible(child)
        yield child.tail or ""
