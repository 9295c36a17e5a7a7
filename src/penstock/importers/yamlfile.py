"""YAML files read with the place of every value.

Scalars are as YAML 1.2 has them (`yes` is a text), and nothing is made of tags. What a small file could blow up to
(aliases of aliases), what nests too deeply and what is given twice is bounded and named.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from penstock.importers.base import Findings, decode_text, invalid
from penstock.importers.document import Node, Scalar
from penstock.model import Origin

_DEEPEST = 100
_MOST_COPIED = 200_000
"""Values that aliases may repeat, all together."""

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAYBE_OTHER = frozenset("~+-.0123456789nNtTfF")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 300
_STANDARD_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(("str", "int", "float", "bool", "null", "map", "seq"))

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(content: bytes, name: str, findings: Findings) -> Node:
    """Return the document. A key that is given twice is a finding; the last one counts.

    Raises `InvalidInput` with line and column for what is no YAML, several documents, keys that are no scalars,
    foreign tags, aliases that blow up.
    """
    text = decode_text(content, name)
    try:
        return _Builder(name, findings).build(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (None, "") if mark is None else (mark.line + 1, f"column {mark.column + 1}: ")
        raise invalid(Origin(name, "", line), f"{column}not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise invalid(Origin(name), f"not valid YAML: {' '.join(str(error).split())}") from None


class _Builder:
    """Puts the events of the parser together.

    `parent` is what is open, `held` its value, `key` the key in it that waits for a value.
    """

    def __init__(self, name: str, findings: Findings) -> None:
        self.name = name
        self.findings = findings
        self.anchors: dict[str, Node] = {}
        self.copied = 0
        self.root: Node | None = None
        self.parent: Node | None = None
        self.held: Any = None
        self.key: str | None = None
        self.key_line = 0
        self.open: list[Node | None] = []
        self.documents = 0

    def build(self, events: Any) -> Node:
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self.scalar(event)
            elif kind is yaml.MappingStartEvent:
                self.begin(event, {})
            elif kind is yaml.SequenceStartEvent:
                self.begin(event, [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.parent, self.key = self.open.pop(), None
                self.held = None if self.parent is None else self.parent.value
            elif kind is yaml.AliasEvent:
                self.refuse_as_key(event)
                self.add(self.alias(event, self.parent, self.place()))
            elif kind is yaml.DocumentStartEvent:
                self.documents += 1
                if self.documents > 1:
                    origin = Origin(self.name, "", event.start_mark.line + 1)
                    raise invalid(origin, "a second document begins here; one file holds one document")
        return self.root if self.root is not None else Node(None, self.name, None, "", 1)

    def scalar(self, event: Any) -> None:
        if self.key is None and type(self.held) is dict:
            self.begin_key(event)
            return
        value: Any = event.value
        if event.implicit[0]:
            if not value or value[0] in _MAYBE_OTHER:
                value = _scalar(value)
        elif event.tag is not None:
            value = self.tagged(event)
        node = Node(value, self.name, self.parent, self.place(), event.start_mark.line + 1)
        self.add(node)
        if event.anchor:
            self.anchors[event.anchor] = node

    def begin_key(self, event: Any) -> None:
        self.key, self.key_line = event.value, event.start_mark.line + 1
        if event.anchor:
            self.anchors.pop(event.anchor, None)
        if event.value in self.held:
            origin = Node(None, self.name, self.parent, event.value, self.key_line).origin
            message = "the key is given twice; the last one counts"
            self.findings.warn("duplicate-key", message, origin, effect="dropped")

    def begin(self, event: Any, empty: dict[str, Node] | list[Node]) -> None:
        """Open a mapping or a sequence; its line is that of its key."""
        self.refuse_as_key(event)
        line = self.key_line if self.key is not None else event.start_mark.line + 1
        node = Node(empty, self.name, self.parent, self.place(), line)
        if not event.implicit:
            self.refuse_tag(event)
        self.add(node)
        self.open.append(self.parent)
        self.parent, self.held = node, empty
        if len(self.open) > _DEEPEST:
            raise invalid(Origin(self.name, "", line), "values are nested too deeply")
        if event.anchor:
            self.anchors[event.anchor] = node

    def place(self) -> str | int:
        """Return the key or the index of the value that comes next."""
        if self.key is not None:
            return self.key
        return "" if self.parent is None else len(self.held)

    def add(self, node: Node) -> None:
        """Put a value into what is open."""
        if self.parent is None:
            self.root = node
        elif self.key is not None:
            self.held[self.key] = node
            self.key = None
        else:
            self.held.append(node)

    def refuse_as_key(self, event: Any) -> None:
        if self.key is None and type(self.held) is dict:
            origin = Origin(self.name, "", event.start_mark.line + 1)
            raise invalid(origin, "the key of a mapping must be a text")

    def tagged(self, event: Any) -> Scalar:
        """Return the value of a scalar whose type is written, as in `!!str 5`."""
        self.refuse_tag(event)
        kind = event.tag.removeprefix(_STANDARD_TAG)
        return str(event.value) if kind in ("str", "!") else _scalar(event.value)

    def refuse_tag(self, event: Any) -> None:
        tag = event.tag
        if tag in (None, "!") or (tag.startswith(_STANDARD_TAG) and tag.removeprefix(_STANDARD_TAG) in _PLAIN_TAGS):
            return
        shown = tag.replace(_STANDARD_TAG, "!!", 1)
        raise invalid(Origin(self.name, "", event.start_mark.line + 1), f"the tag {shown} is not understood; remove it")

    def alias(self, event: Any, parent: Node | None, key: str | int) -> Node:
        """Return a copy of what an alias names, as a part of its new place."""
        line = event.start_mark.line + 1
        source = self.anchors.get(event.anchor)
        if source is None:
            raise invalid(Origin(self.name, "", line), f"there is no anchor &{event.anchor} before this alias")
        open_node = parent
        while open_node is not None:
            if open_node is source:
                raise invalid(Origin(self.name, "", line), f"the alias *{event.anchor} stands inside of what it names")
            open_node = open_node._parent
        return self.copy(source, parent, key, line)

    def copy(self, node: Node, parent: Node | None, key: str | int, line: int) -> Node:
        self.copied += 1
        if self.copied > _MOST_COPIED:
            message = f"aliases repeat more than {_MOST_COPIED:,} values; write out what is meant"
            raise invalid(Origin(self.name, "", line), message)
        twin = Node(node.value, self.name, parent, key, line)
        if isinstance(node.value, dict):
            twin.value = {name: self.copy(inner, twin, name, line) for name, inner in node.value.items()}
        elif isinstance(node.value, list):
            twin.value = [self.copy(inner, twin, index, line) for index, inner in enumerate(node.value)]
        return twin


def _scalar(text: str) -> Scalar:
    """Return the value of a plain scalar, by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
