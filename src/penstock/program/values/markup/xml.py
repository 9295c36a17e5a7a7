"""XML bodies and XPath."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

from penstock.program.values.javascript.numbers import format_number
from penstock.program.values.markup.writing import outer_xml, xml_text

# Recovering, as the original's reader does; nothing is fetched.
_LENIENT = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
_STRICT = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


class InvalidXml(ValueError):
    """The text is no XML, or no XPath; the message says why."""


@lru_cache(maxsize=1)
def read_xml(text: str) -> etree._Element:
    """Return the root, however damaged the rest is; the last document is kept. Raises `InvalidXml`."""
    return _read(text, _LENIENT)


def read_strict_xml(text: str) -> etree._Element:
    """Return the root of a well-formed document. Raises `InvalidXml`."""
    return _read(text, _STRICT)


def _read(text: str, parser: etree.XMLParser) -> etree._Element:
    if "<!ENTITY" in text:  # they can stand for gigabytes, or for a file
        raise InvalidXml("declarations of entities are refused")
    try:
        # With an own declaration of the encoding, which the text no longer has.
        root = etree.fromstring(text.strip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidXml(str(error)) from None
    if root is None:
        raise InvalidXml("no element found")
    return root


def evaluate_xpath(root: etree._Element, path: str) -> str:
    """Return what an XPath selects as text, several nodes joined by commas; nothing gives the empty text.

    The namespaces of the document may be used with their prefixes, the one without as `default`. Raises
    `InvalidXml` for a path that is no XPath.
    """
    names = {prefix or "default": uri for element in root.iter("*") for prefix, uri in element.nsmap.items()}
    try:
        result = root.getroottree().xpath(path, namespaces=names or None)
    except (etree.XPathError, ValueError, TypeError) as error:
        raise InvalidXml(f"{path!r}: {error}") from None
    if isinstance(result, bool):
        return "true" if result else "false"
    if isinstance(result, float):
        return format_number(result)
    if not isinstance(result, list):
        return str(result)
    return ",".join(_node(node) for node in result)


def _node(node: object) -> str:
    if isinstance(node, etree._Element):
        return outer_xml(node)
    if getattr(node, "is_attribute", False):
        name = getattr(node, "attrname", "") or ""
        owner = node.getparent()  # type: ignore[attr-defined] # lxml's text results know where they stand
        local = etree.QName(name)
        if local.namespace and owner is not None:
            prefix = next((prefix for prefix, uri in owner.nsmap.items() if uri == local.namespace), None)
            name = f"{prefix}:{local.localname}" if prefix else local.localname
        return f' {name}="{xml_text(str(node))}"'
    if isinstance(node, tuple):  # a namespace: (prefix, URI)
        return str(node[1])
    return xml_text(str(node))
