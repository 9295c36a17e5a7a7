"""JSON files read with the place of every value, for messages that name a line."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from penstock.importers.base import Findings, decode_text, invalid, whole_characters
from penstock.importers.fidelity import Element
from penstock.model import Origin

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands."""

    value: dict[str, Node] | list[Node] | Scalar
    origin: Origin

    @property
    def kind(self) -> str:
        """What JSON calls it."""
        for types, name in (
            (dict, "an object"),
            (list, "an array"),
            (str, "a text"),
            (bool, "true or false"),
            (int | float, "a number"),
        ):
            if isinstance(self.value, types):
                return name
        return "null"

    def plain(self) -> object:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def elements_of(members: dict[str, Node]) -> Iterator[Element]:
    """Yield what stands at the two upper levels of a document; the items of a list one by one, by its key."""
    for key, node in members.items():
        for each in _items(node):
            yield Element(key, each.origin)
            if isinstance(each.value, dict):
                for name, inner in each.value.items():
                    yield from (Element(f"{key}.{name}", item.origin) for item in _items(inner))


def _items(node: Node) -> list[Node]:
    return node.value if isinstance(node.value, list) else [node]


_TOKEN = re.compile(r'[ \t\r\n]*(?:("(?:[^"\\]|\\.)*")|([{}\[\]:,])|([^\s{}\[\]:,"]+))')
_DEEPEST = 100


def looks_like_json(content: bytes) -> bool:
    """Whether a file means to be a JSON object."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_json(content: bytes, name: str, findings: Findings) -> Node:
    """Return the document. A key that is given twice is a finding; the last one counts, as everywhere.

    Raises `InvalidInput` with line and column for what is no JSON.
    """
    text = decode_text(content, name)
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise invalid(Origin(name, "", error.lineno), f"column {error.colno}: not valid JSON: {error.msg}") from None
    except RecursionError:
        raise invalid(Origin(name), "values are nested too deeply") from None
    except ValueError as error:
        raise invalid(Origin(name), f"not valid JSON: {error}") from None
    return _Reader(text, name, findings).document()


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


class _Reader:
    """Walks a text that is known to be JSON."""

    def __init__(self, text: str, name: str, findings: Findings) -> None:
        self.text = text
        self.name = name
        self.findings = findings
        self.at = 0
        self.ends = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> Node:
        return self.value(self.token(), "", 0)

    def token(self) -> re.Match[str]:
        match = _TOKEN.match(self.text, self.at)
        if match is None:  # the text was read once already
            raise invalid(Origin(self.name), "not valid JSON")
        self.at = match.end()
        return match

    def origin(self, token: re.Match[str], path: str) -> Origin:
        start = token.start(token.lastindex or 0)
        return Origin(self.name, path, bisect_right(self.ends, start) + 1)

    def value(self, token: re.Match[str], path: str, depth: int) -> Node:
        origin = self.origin(token, path)
        if depth > _DEEPEST:
            raise invalid(origin, "values are nested too deeply")
        if token[1] is not None:
            return Node(self.string(token[1], origin), origin)
        if token[2] == "{":
            return Node(self.members(path, depth), origin)
        if token[2] == "[":
            return Node(self.elements(path, depth), origin)
        return Node(json.loads(token[3]), origin)

    def string(self, quoted: str, origin: Origin) -> str:
        text = str(json.loads(quoted, strict=False))
        whole = whole_characters(text)
        if whole != text:
            self.findings.warn("half-character", "half of a surrogate pair is replaced by U+FFFD", origin)
        return whole

    def members(self, path: str, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        token = self.token()
        while token[2] != "}":
            if token[2] == ",":
                token = self.token()
            key = self.string(token[1], self.origin(token, path))
            inner = f"{path}.{key}" if path else key
            self.token()  # the colon
            if key in members:
                message = "the key is given twice; the last one counts"
                self.findings.warn("duplicate-key", message, self.origin(token, inner), effect="dropped")
            members[key] = self.value(self.token(), inner, depth + 1)
            token = self.token()
        return members

    def elements(self, path: str, depth: int) -> list[Node]:
        elements: list[Node] = []
        token = self.token()
        while token[2] != "]":
            if token[2] == ",":
                token = self.token()
            elements.append(self.value(token, f"{path}[{len(elements)}]", depth + 1))
            token = self.token()
        return elements
