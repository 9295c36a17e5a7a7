"""Elements and their properties, and the file that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET


@dataclass(frozen=True)
class Inner:
    """An `elementProp`: an element inside a property."""

    kind: str
    properties: dict[str, Any]
    name: str | None = None


@dataclass(frozen=True)
class Element:
    """One element of the tree, and what hangs under it."""

    tag: str
    gui: str
    name: str
    properties: dict[str, Any] = field(default_factory=dict)
    children: tuple[Element, ...] = ()
    is_enabled: bool = True
    kind: str | None = None

    def off(self) -> Element:
        """The same, disabled."""
        return Element(self.tag, self.gui, self.name, self.properties, self.children, False, self.kind)


def document(plan: Element) -> bytes:
    """Return the file."""
    root = ET.Element("jmeterTestPlan", version="1.2", properties="5.0", jmeter="5.6.3")
    _hang(ET.SubElement(root, "hashTree"), plan)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _hang(under: ET.Element, element: Element) -> None:
    made = ET.SubElement(under, element.tag, guiclass=element.gui, testclass=element.kind or element.tag)
    made.set("testname", element.name)
    if not element.is_enabled:
        made.set("enabled", "false")
    for name, value in element.properties.items():
        _property(made, name, value)
    below = ET.SubElement(under, "hashTree")
    for child in element.children:
        _hang(below, child)


def _property(under: ET.Element, name: str, value: Any) -> None:
    if isinstance(value, Inner):
        made = ET.SubElement(under, "elementProp", name=name, elementType=value.kind)
        if value.kind == "Cookie":
            made.set("testname", name)
        for key, inner in value.properties.items():
            _property(made, key, inner)
        return
    if isinstance(value, (list, tuple)):
        made = ET.SubElement(under, "collectionProp", name=name)
        for number, item in enumerate(value):
            own = item.name if isinstance(item, Inner) else None
            _property(made, str(number) if own is None else own, item)
        return
    kind = {bool: "boolProp", int: "intProp"}.get(type(value), "stringProp")
    made = ET.SubElement(under, kind, name=name)
    made.text = str(value).lower() if isinstance(value, bool) else str(value)
