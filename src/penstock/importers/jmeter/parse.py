"""A `.jmx` as a tree of test elements with their properties, in JMeter's own words.

<jmeterTestPlan>
  <hashTree>
    <ThreadGroup testname="…" enabled="true">        an element, its properties inside
      <stringProp name="ThreadGroup.num_threads">10</stringProp>
    </ThreadGroup>
    <hashTree> … </hashTree>                          its children, in the hash tree behind it
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from penstock.importers.base import invalid
from penstock.importers.xmlfile import Element, read_xml
from penstock.model import Origin

ROOT = "jmeterTestPlan"

_DISPLAY_ONLY = frozenset({"objProp", "saveConfig"})
"""What listeners keep about the files they write."""

_LONGEST_NAME = 60


@dataclass(slots=True)
class Bag:
    """A set of properties: `kind` is the class of what they describe, without its package."""

    name: str
    kind: str
    origin: Origin
    values: dict[str, Value] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Whether the property is written."""
        return key in self.values

    def text(self, key: str, default: str = "") -> str:
        """Return a property as it is written, `${…}` and all."""
        value = self.values.get(key)
        return value if isinstance(value, str) else default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return whether a property is `true`; what is neither that nor `false` counts as the default."""
        written = self.text(key).strip().lower()
        return written == "true" if written in ("true", "false") else default

    def bag(self, key: str) -> Bag | None:
        """Return the properties inside a property."""
        value = self.values.get(key)
        return value if isinstance(value, Bag) else None

    def items(self, key: str) -> list[Value]:
        """Return the items of a collection."""
        value = self.values.get(key)
        return value if isinstance(value, list) else []

    def bags(self, key: str) -> list[Bag]:
        """Return those items of a collection that have properties."""
        return [each for each in self.items(key) if isinstance(each, Bag)]

    def texts(self, key: str) -> list[str]:
        """Return those items of a collection that are plain."""
        return [each for each in self.items(key) if isinstance(each, str)]


Value = str | Bag | list["Value"]
"""What `stringProp` and its like hold; an `elementProp`; a `collectionProp`."""


@dataclass(slots=True)
class Node(Bag):
    """A test element and those below it. `gui` is its panel: some that share a class differ in that alone."""

    gui: str = ""
    is_enabled: bool = True
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Yield the element and all below it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    def enabled(self) -> list[Node]:
        """Return the children that are switched on."""
        return [child for child in self.children if child.is_enabled]

    def below(self, others: list[Node]) -> Node:
        """Return the element with other children."""
        return dataclasses.replace(self, children=others)


def parse(content: bytes, name: str) -> Node:
    """Return the test plan, the elements that are switched off included.

    Raises `InvalidInput` with the line for what is no test plan, `UnreadableFile` for a file that is too large.
    """
    root = read_xml(content, name, without=_DISPLAY_ONLY)
    if root.name != ROOT:
        raise invalid(Origin(name, "", root.origin.line), f"the root element is {root.name}, not {ROOT}")
    tree = root.first("hashTree")
    if tree is None:
        if root.first("node") is not None:
            message = "a test plan of JMeter 2.1 or before; open it in JMeter 2.2 or later and save it again"
            raise invalid(Origin(name, "", root.origin.line), message)
        raise invalid(Origin(name, "", root.origin.line), "there is no hashTree in the test plan: it is empty")
    found = _children(tree, Origin(name, "", root.origin.line))
    return (
        found[0] if len(found) == 1 else Node("", "TestPlan", Origin(name, "", root.origin.line), {}, "", True, found)
    )


def _children(tree: Element, above: Origin) -> list[Node]:
    """Return the elements of a hash tree: each is followed by the tree of those below it."""
    nodes: list[Node] = []
    for element in tree.children:
        if element.name == "hashTree":
            if nodes:
                nodes[-1].children += _children(element, nodes[-1].origin)
            continue
        nodes.append(_node(element, above))
    return nodes


def _node(element: Element, above: Origin) -> Node:
    kind = element.name.rpartition(".")[2]
    name = element.get("testname")
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    segment = f'{kind} "{shown}"' if shown else kind
    origin = Origin(above.file, f"{above.path} / {segment}" if above.path else segment, element.origin.line)
    enabled = element.get("enabled", "true").strip().lower() != "false"
    gui = element.get("guiclass").rpartition(".")[2]
    return Node(name, kind, origin, _values(element, origin), gui, enabled)


def _values(element: Element, origin: Origin) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for child in element.children:
        name = child.get("name")
        if name:
            values[name] = _value(child, origin)
        elif (inner := child.first("name")) is not None and (held := child.first("value")) is not None:
            values[inner.text] = held.text  # numbers with a point: <doubleProp><name>…</name><value>…</value>
    return values


def _value(element: Element, above: Origin) -> Value:
    if element.name == "collectionProp":
        return [_value(child, above) for child in element.children]
    if element.name in ("elementProp", "testelement"):
        kind = (element.get("elementType") or element.get("testclass")).rpartition(".")[2]
        name = element.get("name")
        origin = Origin(above.file, f"{above.path}.{name}" if name else above.path, element.origin.line)
        return Bag(element.get("testname") or name, kind, origin, _values(element, origin))
    return element.text
