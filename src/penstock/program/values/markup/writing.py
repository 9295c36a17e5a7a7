"""Elements written out, the way the JavaScript serialisers do it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

# fmt: off
_VOID = frozenset(
    {
        "area", "base", "basefont", "br", "col", "command", "embed", "frame", "hr", "img", "input", "isindex",
        "keygen", "link", "meta", "param", "source", "track", "wbr"
    }
)
_RAW = frozenset(
    {
        "style", "script", "xmp", "iframe", "noembed", "noframes", "plaintext", "noscript"
    }
)
_FLAGS = frozenset(
    {
        "allowfullscreen", "async", "autofocus", "autoplay", "checked", "controls", "default", "defer",
        "disabled", "hidden", "ismap", "loop", "multiple", "muted", "open", "readonly", "required", "reversed",
        "scoped", "seamless", "selected", "typemustmatch"
    }
)
# fmt: on
_SPECIAL = re.compile(r"[&<>\"']|[^\x00-\x7f]")
_NAMES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_XML_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_XML_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;"})


def inner_markup(element: etree._Element, *, xml: bool) -> str:
    """Return the content of an element; everything beyond ASCII is written as `&#xE9;`."""
    if not len(element):
        return _text(element.text, element, xml=xml)
    out: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            out.append(f"<!--{node.text}-->" if event == "comment" else f"<?{node.target} {node.text or ''}?>")
            out.append(_text(node.tail, node.getparent(), xml=xml))
        elif event == "start":
            if node is not element:
                out.append(_start(node, xml=xml))
            out.append(_text(node.text, node, xml=xml))
        elif node is not element:
            out.append(_end(node, xml=xml))
            out.append(_text(node.tail, node.getparent(), xml=xml))
    return "".join(out)


def outer_xml(element: etree._Element, scope: Mapping[str | None, str] | None = None) -> str:
    """Return an element as XML, with just the namespaces that are declared or used in it."""
    scope = scope or {}
    if not isinstance(element.tag, str):
        return etree.tostring(element, encoding="unicode", with_tail=False)
    parent = element.getparent()
    known = dict(parent.nsmap) if parent is not None else {}
    declared = {prefix: uri for prefix, uri in element.nsmap.items() if known.get(prefix) != uri}
    used = {element.prefix} if etree.QName(element).namespace else set()
    used |= {name.partition(":")[0] for name in (qualified(element, str(key)) for key in element.attrib) if ":" in name}
    declared |= {
        prefix: element.nsmap[prefix]
        for prefix in sorted(used, key=str)
        if prefix in element.nsmap and scope.get(prefix) != element.nsmap[prefix]
    }
    name = qualified(element)
    out = [f"<{name}"]
    for prefix, uri in declared.items():
        out.append(f' xmlns{":" + prefix if prefix else ""}="{uri.translate(_XML_ATTRIBUTE)}"')
    out += (
        f' {qualified(element, str(key))}="{str(value).translate(_XML_ATTRIBUTE)}"' for key, value in element.items()
    )
    inner = xml_text(element.text)
    for child in element:
        inner += outer_xml(child, {**scope, **declared}) + xml_text(child.tail)
    out.append(f">{inner}</{name}>" if inner else "/>")
    return "".join(out)


def xml_text(text: str | None) -> str:
    """Return a text node of XML as it must be written."""
    return (text or "").translate(_XML_TEXT)


def qualified(element: etree._Element, attribute: str | None = None) -> str:
    """Return the name of an element, or of one of its attributes, as it stands in the document."""
    name = etree.QName(element if attribute is None else attribute)
    if attribute is None:
        return f"{element.prefix}:{name.localname}" if element.prefix else name.localname
    if name.namespace is None:
        return name.localname
    if name.namespace == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{name.localname}"
    prefix = next((prefix for prefix, uri in element.nsmap.items() if prefix and uri == name.namespace), None)
    return f"{prefix}:{name.localname}" if prefix else name.localname


def _start(element: etree._Element, *, xml: bool) -> str:
    name = qualified(element) if xml else str(element.tag)
    out = [f"<{name}"]
    for key, value in element.items():
        shown = qualified(element, str(key)) if xml else str(key)
        is_flag = not xml and shown in _FLAGS and value in ("", shown)
        out.append(f" {shown}" if is_flag else f' {shown}="{_encode(str(value))}"')
    out.append("/>" if xml and not len(element) and not element.text else ">")
    return "".join(out)


def _end(element: etree._Element, *, xml: bool) -> str:
    if xml:
        return f"</{qualified(element)}>" if len(element) or element.text else ""
    return "" if element.tag in _VOID else f"</{element.tag}>"


def _text(text: str | None, parent: etree._Element | None, *, xml: bool) -> str:
    if not text:
        return ""
    if not xml and parent is not None and parent.tag in _RAW:
        return text
    return _encode(text)


def _encode(text: str) -> str:
    return _SPECIAL.sub(lambda match: _NAMES.get(match[0]) or f"&#x{ord(match[0]):X};", text)
