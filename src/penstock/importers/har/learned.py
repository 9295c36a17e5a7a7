"""Values that later requests send because an earlier response brought them: tokens, identities, hidden fields.

A recording has them as they were on that day; a test must take those of its own responses. A value counts as learned
when it looks like something that a server makes up, when a response brought it, and when nothing had sent it before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote

from lxml import etree

from penstock.importers.har.parse import Answer
from penstock.model import (
    Call,
    Check,
    Condition,
    CssQuery,
    Extract,
    HeaderQuery,
    Hole,
    JsonPathQuery,
    Origin,
    Query,
    RegexQuery,
    Text,
    TextQuery,
    Variable,
)
from penstock.model.expr import EMPTY

_LONGEST = 8192
_SHORTEST = 8
_LONG_WORD = 20
_LEAST_NUMBER = 10_000
_LARGEST_TEXT = 8 * 1024 * 1024
_MOST_VALUES = 50_000
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?$")
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*$")
_TOKEN_NAME = re.compile(r"csrf|xsrf|token|nonce|session|request-?id|verification|state", re.IGNORECASE)
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")
_HTML = re.compile(r"html", re.IGNORECASE)
_JSON = re.compile(r"json", re.IGNORECASE)
_QUOTABLE = re.compile(r"[^\"'\\\x00-\x1f\x7f]+$")


@dataclass(slots=True)
class Brought:
    """What one response gives to later requests; filled as they ask."""

    origin: Origin
    extracts: list[Extract] = field(default_factory=list)
    decoded: list[Extract] = field(default_factory=list)

    @property
    def sets(self) -> tuple[tuple[Extract, ...], ...]:
        """The extracts, those behind that decode what others took."""
        return tuple(tuple(each) for each in (self.extracts, self.decoded) if each)

    @property
    def checks(self) -> tuple[Check, ...]:
        """A check for each value: a request that would go out without it tells nothing."""
        there = (Condition("not_equals", EMPTY),)
        return tuple(
            Check(Variable(each.variable), there, f"{each.variable} was found", self.origin) for each in self.extracts
        )


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    query: Query
    brought: Brought
    is_encoded: bool = False


class Learned:
    """Looks values up in all responses so far; the latest response that had one is where it is taken from."""

    def __init__(self) -> None:
        self._values: dict[str, _Source] = {}
        self._fields: dict[tuple[str, str], _Source] = {}
        self._sent: set[str] = set()
        self._variables: dict[int, str] = {}
        self._names: set[str] = set()

    def bring(self, answer: Answer, brought: Brought) -> None:
        """Take note of what a response holds."""
        for value, name, query, is_field in islice(_values_of(answer), _MOST_VALUES):
            source = _Source(name, query, brought, is_encoded=isinstance(query, RegexQuery))
            if is_field:
                self._fields[name, value] = source
            if value not in self._sent and (_looks_made_up(value) or (not is_field and _TOKEN_NAME.search(name))):
                self._values[value] = source

    def variable(self, value: str, name: str = "") -> Variable | None:
        """Return the variable that has a value which is about to be sent, as a field of that name; None: it has none.

        A value that nothing brought is remembered: what comes back later is an echo.
        """
        source = self._fields.get((name, value)) or self._values.get(value)
        if source is None:
            if len(value) <= _LONGEST:
                self._sent.add(value)
            return None
        known = self._variables.get(id(source))
        if known is None:
            known = self._variables[id(source)] = self._name(source.name)
            source.brought.extracts.append(Extract(known, source.query, source.brought.origin))
            if source.is_encoded:
                plain = Hole(Call("__decode_url", (Variable(known),)), f"${{__decode_url({known})}}")
                source.brought.decoded.append(Extract(known, TextQuery(Text((plain,))), source.brought.origin))
        return Variable(known)

    def reserve(self, names: Iterator[str]) -> None:
        """Keep names for others."""
        self._names.update(names)

    def _name(self, wish: str) -> str:
        plain = _NOT_A_NAME.sub("_", wish).strip("_").lower() or "value"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        name, number = plain, 2
        while name in self._names:
            name, number = f"{plain}_{number}", number + 1
        self._names.add(name)
        return name


def _looks_made_up(value: str) -> bool:
    if value.isdigit():
        return int(value) >= _LEAST_NUMBER if len(value) < _LONG_WORD else True
    if not _SHORTEST <= len(value) <= _LONGEST or any(character.isspace() for character in value):
        return False
    if _DATE.match(value) or value.startswith(("http://", "https://", "/", "data:")):
        return False
    return any(character.isdigit() for character in value) or len(value) >= _LONG_WORD


def _values_of(answer: Answer) -> Iterator[tuple[str, str, Query, bool]]:
    """Yield each value with its name, the query that finds it, and whether it is a field of a form."""
    text = answer.text if answer.text is not None and len(answer.text) <= _LARGEST_TEXT else None
    if text and _HTML.search(answer.media_type):
        yield from _of_html(text)
    elif text and _JSON.search(answer.media_type):
        yield from _of_json(text)
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            for line in value.split("\n"):  # Chrome writes several into one
                cookie, _, content = line.partition(";")[0].partition("=")
                if _TOKEN_NAME.search(cookie):  # a page's script copies it into a header
                    pattern = f"(?:^|[,;\\s]){re.escape(cookie.strip())}=([^;]*)"
                    query = RegexQuery(Text.constant(pattern), HeaderQuery(Text.constant("Set-Cookie")))
                    yield unquote(content.strip()), cookie.strip(), query, False
        elif _TOKEN_NAME.search(name):
            yield value, name, HeaderQuery(Text.constant(name)), False


def _of_html(text: str) -> Iterator[tuple[str, str, Query, bool]]:
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return
    if root is None:
        return
    seen: set[tuple[str, str]] = set()
    for element in root.iter("input", "meta"):
        tag, attribute = str(element.tag), "value" if element.tag == "input" else "content"
        name, value = element.get("name") or "", element.get(attribute) or ""
        hidden = tag == "meta" or (element.get("type") or "").lower() == "hidden"
        if (tag, name) in seen or not _QUOTABLE.match(name):
            continue  # a selector finds the first one only
        seen.add((tag, name))
        if value and (hidden if tag == "input" else _TOKEN_NAME.search(name)):
            selector = Text.constant(f'{tag}[name="{name}"]')
            yield value, name, CssQuery(selector, Text.constant(attribute)), tag == "input"


def _of_json(text: str) -> Iterator[tuple[str, str, Query, bool]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    waiting: list[tuple[str, str, object]] = [("$", "value", document)]
    while waiting:
        path, name, value = waiting.pop()
        if isinstance(value, dict):
            for key, inner in reversed(value.items()):
                if _PLAIN_KEY.match(key):
                    waiting.append((f"{path}.{key}", key, inner))
                elif _QUOTABLE.match(key):
                    waiting.append((f"{path}['{key}']", key, inner))
        elif isinstance(value, list):
            waiting.extend((f"{path}[{place}]", name, value[place]) for place in range(len(value) - 1, -1, -1))
        elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            yield str(value), name, JsonPathQuery(Text.constant(path)), False
