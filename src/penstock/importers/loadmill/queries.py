"""Extractions."""

from __future__ import annotations

from penstock.importers.document import Node
from penstock.importers.loadmill.parameters import check_name
from penstock.importers.loadmill.patterns import is_regexp, path_fault
from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.texts import Texts
from penstock.model import (
    CssQuery,
    EdnQuery,
    Extract,
    HeaderQuery,
    JsonPathQuery,
    Query,
    RegexQuery,
    Text,
    TextQuery,
    XPathQuery,
)

Source = JsonPathQuery | CssQuery | HeaderQuery | XPathQuery | EdnQuery

_SOURCES = ("header", "jQuery", "jsonPath", "edn", "xPath")
"""In the order of choice when several are given."""

_KNOWN = frozenset({*_SOURCES, "regex", "ws"})


def compile_extracts(node: Node | None, texts: Texts) -> tuple[tuple[Extract, ...], ...]:
    """Return the sets of extracts: the queries of one object do not see each other's results, later objects do."""
    sets = []
    for element in texts.reader.elements(node):
        extracts = []
        for name, value in texts.reader.members(element).items():
            query = compile_query(value, texts)
            if check_name(name, value, texts) and query is not None:
                texts.assign(name)
                extracts.append(Extract(name, query, value.origin))
        if extracts:
            sets.append(tuple(extracts))
    return tuple(sets)


def compile_query(node: Node, texts: Texts) -> Query | None:
    """Return the query; None when it cannot be used, which is a finding."""
    if not isinstance(node.value, dict):
        text = texts.of(node)
        if text is None:
            texts.findings.error("invalid-value", "Required", node.origin)
        return None if text is None else TextQuery(text)
    members = node.value
    for key in members.keys() - _KNOWN:
        origin = members[key].origin
        texts.findings.warn("unknown-key", "this kind of extraction is not known", origin, effect="dropped")
    if "ws" in members:
        return RegexQuery(_regexp(members["ws"], texts) or Text())
    source = _source(members, texts)
    pattern = _regexp(members.get("regex"), texts)
    if pattern is not None:
        return RegexQuery(pattern, source)
    if source is None and not _given(members):
        texts.findings.error("invalid-value", "Required: jsonPath, jQuery, regex, header, edn or xPath", node.origin)
    return source


def _given(members: Members) -> list[str]:
    return [key for key in _SOURCES if key in members and members[key].value not in (None, "")]


def _source(members: Members, texts: Texts) -> Source | None:
    given = _given(members)
    for key in given[1:]:
        message = f"{given[0]} is asked first, so this is not used"
        texts.findings.warn("unused-query", message, members[key].origin, effect="dropped")
    if not given:
        return None
    key, node = given[0], members[given[0]]
    if key == "jQuery":
        return _css(node, texts)
    text = texts.of(node) or Text()
    if key == "header":
        return HeaderQuery(text)
    if key == "xPath":
        return XPathQuery(text)
    if not text.holes and (fault := path_fault(text.source)):
        texts.findings.error("invalid-path", fault, node.origin)
    return JsonPathQuery(text) if key == "jsonPath" else EdnQuery(text)


def _css(node: Node, texts: Texts) -> CssQuery | None:
    if not isinstance(node.value, dict):
        return CssQuery(texts.of(node) or Text())
    selector = texts.of(node.value.get("query"))
    if selector is None:
        texts.findings.error("invalid-value", "jQuery query: Required", node.origin)
        return None
    attribute = texts.of(node.value.get("attr"))
    return CssQuery(selector, attribute if attribute and attribute.parts else None)


def _regexp(node: Node | None, texts: Texts) -> Text | None:
    text = texts.of(node)
    if text is None or node is None or not text.parts:
        return None
    check_regexp(text, node, texts)
    if not text.holes and "(" not in text.source.replace("\\(", "").replace("(?:", ""):
        message = "the regular expression captures nothing, so it never gives a value"
        texts.findings.warn("no-capture", message, node.origin, "put ( ) around what is wanted", "needs attention")
    return text


def check_regexp(text: Text, node: Node, texts: Texts) -> None:
    """Find a constant that is no regular expression."""
    if not text.holes and not is_regexp(text.source):
        texts.findings.error("invalid-regexp", "Invalid JS regular expression", node.origin)
