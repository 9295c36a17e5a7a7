"""JSON files read with the place of every value, for messages that name a line."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from penstock.importers.base import Findings, decode_text, invalid, whole_characters
from penstock.importers.document import Node
from penstock.model import Origin

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
        return self.value(self.token(), None, "", 0)

    def token(self) -> re.Match[str]:
        match = _TOKEN.match(self.text, self.at)
        if match is None:  # the text was read once already
            raise invalid(Origin(self.name), "not valid JSON")
        self.at = match.end()
        return match

    def line(self, token: re.Match[str]) -> int:
        return bisect_right(self.ends, token.start(token.lastindex or 0)) + 1

    def value(self, token: re.Match[str], parent: Node | None, key: str | int, depth: int) -> Node:
        node = Node(None, self.name, parent, key, self.line(token))
        if depth > _DEEPEST:
            raise invalid(node.origin, "values are nested too deeply")
        if token[1] is not None:
            node.value = self.string(token[1], node)
        elif token[2] == "{":
            node.value = self.members(node, depth)
        elif token[2] == "[":
            node.value = self.elements(node, depth)
        else:
            node.value = json.loads(token[3])
        return node

    def string(self, quoted: str, node: Node) -> str:
        text = str(json.loads(quoted, strict=False))
        whole = whole_characters(text)
        if whole != text:
            self.findings.warn("half-character", "half of a surrogate pair is replaced by U+FFFD", node.origin)
        return whole

    def members(self, parent: Node, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        token = self.token()
        while token[2] != "}":
            if token[2] == ",":
                token = self.token()
            line = self.line(token)
            key = self.string(token[1], parent)
            self.token()  # the colon
            if key in members:
                message = "the key is given twice; the last one counts"
                origin = Node(None, self.name, parent, key, line).origin
                self.findings.warn("duplicate-key", message, origin, effect="dropped")
            members[key] = self.value(self.token(), parent, key, depth + 1)
            token = self.token()
        return members

    def elements(self, parent: Node, depth: int) -> list[Node]:
        elements: list[Node] = []
        token = self.token()
        while token[2] != "]":
            if token[2] == ",":
                token = self.token()
            elements.append(self.value(token, parent, len(elements), depth + 1))
            token = self.token()
        return elements
