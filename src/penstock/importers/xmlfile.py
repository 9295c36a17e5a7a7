"""XML files read with the place of every element, for messages that name it.

Nothing outside the file is ever read and nothing in it is expanded: a document type declaration is refused, so there
are no entities. Names count without their namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers.base import invalid
from penstock.model import Origin

LARGEST = 32 * 1024 * 1024
"""Bytes of one XML file that are read at most."""

MOST_ELEMENTS = 500_000
DEEPEST = 100

_CHUNK = 64 * 1024
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARED = re.compile(r"(<\?xml[^>]*?)\s+encoding\s*=\s*(?:'[^']*'|\"[^\"]*\")")
_NAMED_BY = ("Name", "DisplayName", "VariableName", "Url", "Path", "CommentText")
_LONGEST_NAME = 80


@dataclass(slots=True)
class Element:
    """An element: `name` and the names of its attributes without namespaces, `text` what stands before its children."""

    name: str
    attributes: dict[str, str]
    origin: Origin
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def get(self, attribute: str, default: str = "") -> str:
        """Return the value of an attribute."""
        return self.attributes.get(attribute, default)

    def first(self, name: str) -> Element | None:
        """Return the first child of this name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Element]:
        """Return the children of this name."""
        return [child for child in self.children if child.name == name]

    def walk(self) -> Iterator[Element]:
        """Yield the element and all below it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()


def looks_like_xml(content: bytes) -> bool:
    """Whether a file means to be XML."""
    start = content[:64]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start[2:].replace(b"\0", b"")
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def root_name(content: bytes) -> str:
    """Return the local name of the root element without reading the file; empty if that is not seen."""
    text = _as_utf8(content[: 16 * 1024])
    match = re.match(rb"<(?:[^\s<>/:]+:)?([^\s<>/:]+)", text[_prolog_end(text) :])
    return match[1].decode("utf-8", "replace") if match else ""


def read_xml(content: bytes, name: str, *, without: frozenset[str] = frozenset()) -> Element:
    """Return the root element; elements named in `without` are left out with all that they hold.

    Raises `InvalidInput` with line and column for what is not well formed, for a document type declaration and for
    what nests or repeats beyond all measure, `UnreadableFile` for a file that is too large.
    """
    if len(content) > LARGEST:
        raise UnreadableFile(f"{name}: {len(content):,} bytes; of XML at most {LARGEST:,} are read")
    content = _as_utf8(content)
    if content[_prolog_end(content) :][:9].upper() == b"<!DOCTYPE":
        line = content.count(b"\n", 0, _prolog_end(content)) + 1
        raise invalid(Origin(name, "", line), "a document type declaration is refused; take <!DOCTYPE …> out")
    if not content.strip():
        raise invalid(Origin(name), "the file is empty")
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = _read(parser, content, name, without)
    except etree.XMLSyntaxError as error:
        raise _damaged(error, parser, name) from None
    return root


def _damaged(error: etree.XMLSyntaxError, parser: etree.XMLPullParser, name: str) -> InvalidInput:
    """Return the first thing that is wrong: what is raised may only be what followed from it."""
    entries = list(parser.feed_error_log)
    if entries:
        line, column, reason = entries[0].line, entries[0].column, entries[0].message.strip()
    else:
        (line, column), reason = error.position, error.msg or "damaged"
    return invalid(Origin(name, "", line or None), f"column {column}: not well-formed XML: {reason}")


def _as_utf8(content: bytes) -> bytes:
    """Return the content without its mark; UTF-16 is turned into UTF-8, other encodings are the parser's."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", "replace")
        return _DECLARED.sub(r"\1", text, count=1).encode("utf-8", "surrogatepass")
    if content[:4] == b"<\0?\0":
        return _DECLARED.sub(r"\1", content.decode("utf-16-le", "replace"), count=1).encode()
    return content.removeprefix(b"\xef\xbb\xbf")


def _prolog_end(content: bytes) -> int:
    match = _PROLOG.match(content)
    return match.end() if match else 0


def _read(parser: etree.XMLPullParser, content: bytes, name: str, without: frozenset[str]) -> Element:
    root: Element | None = None
    open_elements: list[Element] = []
    depth = count = 0
    skipped_at: int | None = None  # the depth of the element that is left out
    for start in range(0, len(content), _CHUNK):
        parser.feed(content[start : start + _CHUNK])
        for event, found in parser.read_events():
            node = cast("etree._Element", found)
            if event == "end":
                if skipped_at is None:
                    open_elements.pop().text = node.text or ""
                elif depth == skipped_at:
                    skipped_at = None
                depth -= 1
                node.clear()
                continue
            depth += 1
            count += 1
            local = str(node.tag).rpartition("}")[2]  # a namespace may hold anything, a name no brace
            if depth > DEEPEST or count > MOST_ELEMENTS:
                what = (
                    f"nested more than {DEEPEST} deep" if depth > DEEPEST else f"more than {MOST_ELEMENTS:,} elements"
                )
                raise invalid(Origin(name, "", _line(node)), f"{what}: this is no test that anybody wrote")
            if skipped_at is None and local in without:
                skipped_at = depth
            if skipped_at is not None:
                continue
            parent = open_elements[-1] if open_elements else None
            element = _element(node, local, parent, name)
            if parent is None:
                root = element
            else:
                parent.children.append(element)
            open_elements.append(element)
    parser.close()
    assert root is not None  # noqa: S101 — a document that is well formed has one
    return root


def _element(node: etree._Element, local: str, parent: Element | None, name: str) -> Element:
    attributes = {str(key).rpartition("}")[2]: str(value) for key, value in node.attrib.items()}
    called = next((attributes[key] for key in _NAMED_BY if attributes.get(key)), "")
    if len(called) > _LONGEST_NAME:
        called = f"{called[: _LONGEST_NAME - 1]}…"
    segment = f'{local} "{called}"' if called and parent is not None else local
    path = f"{parent.origin.path} / {segment}" if parent is not None and parent.origin.path else segment
    return Element(local, attributes, Origin(name, path if parent is not None else "", _line(node)))


def _line(node: etree._Element) -> int | None:
    return cast("int | None", node.sourceline)
