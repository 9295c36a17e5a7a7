"""EDN, the notation of Clojure, turned into the values that JSON has.

Keywords, symbols and characters become texts (`:id` keeps its colon), sets and lists arrays, tagged values the value
without its tag; a key that is no text becomes one.
"""

from __future__ import annotations

import re
from typing import Any

from penstock.program.values.javascript.json_text import as_text

_TOKEN = re.compile(
    r"""[\s,]*(?:
      (?P<comment>;[^\n]*)
    | (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<open>\#\{|[({\[])
    | (?P<close>[)}\]])
    | (?P<discard>\#_)
    | (?P<tag>\#[A-Za-z][\w.*+!?$%&=<>/-]*)
    | (?P<character>\\(?:newline|return|space|tab|formfeed|backspace|u[0-9a-fA-F]{4}|[^\s]))
    | (?P<atom>[^\s,;"(){}\[\]]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"[+-]?\d+N?", re.ASCII)
_FLOAT = re.compile(r"([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)M?", re.ASCII)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_CHARACTERS = {"newline": "\n", "return": "\r", "space": " ", "tab": "\t", "formfeed": "\f", "backspace": "\b"}
_CLOSING = {"(": ")", "[": "]", "{": "}", "#{": "}"}
_CONSTANTS: dict[str, Any] = {"nil": None, "true": True, "false": False}
_DEEPEST = 200


class InvalidEdn(ValueError):
    """The text is no EDN."""


def parse_edn(text: str) -> Any:
    """Return the first value of the text. Raises `InvalidEdn`."""
    return _Reader(text).value(0)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def token(self) -> tuple[str, str]:
        while True:
            match = _TOKEN.match(self.source, self.at)
            if match is None or match.lastgroup is None:
                raise InvalidEdn(f"unexpected end or character at {self.at}")
            self.at = match.end()
            if match.lastgroup != "comment":
                return match.lastgroup, match[match.lastgroup]

    def value(self, depth: int) -> Any:
        kind, text = self.token()
        return self.finish(kind, text, depth)

    def finish(self, kind: str, text: str, depth: int) -> Any:
        if depth > _DEEPEST:
            raise InvalidEdn("nested too deeply")
        if kind == "open":
            items = self.items(_CLOSING[text], depth)
            if text != "{":
                return items
            if len(items) % 2:
                raise InvalidEdn("a map needs a value for each key")
            return {as_text(key) or "nil": value for key, value in zip(items[::2], items[1::2], strict=True)}
        if kind == "close":
            raise InvalidEdn(f"unexpected {text}")
        if kind == "discard":
            self.value(depth + 1)
            return self.value(depth + 1)
        if kind == "tag":
            return self.value(depth + 1)
        return _scalar(kind, text)

    def items(self, closing: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while True:
            kind, text = self.token()
            if kind == "close" and text == closing:
                return items
            if kind == "discard":
                self.value(depth + 1)
            else:
                items.append(self.finish(kind, text, depth + 1))


def _scalar(kind: str, text: str) -> Any:
    if kind == "text":
        return _ESCAPE.sub(_unescape, text[1:-1])
    if kind == "character":
        name = text[1:]
        return _CHARACTERS.get(name) or (chr(int(name[1:], 16)) if len(name) == 5 and name[0] == "u" else name)
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text.rstrip("N"))
    if match := _FLOAT.fullmatch(text):
        return float(match[1])
    return text


def _unescape(match: re.Match[str]) -> str:
    name = match[1]
    return chr(int(name[1:], 16)) if len(name) == 5 else _ESCAPES.get(name, name)
