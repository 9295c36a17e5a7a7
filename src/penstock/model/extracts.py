"""Values taken from a response."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model.expr import Rule, Text
from penstock.model.origin import Origin


@dataclass(frozen=True, slots=True)
class TextQuery:
    """An assignment: the text, with its holes filled."""

    text: Text


@dataclass(frozen=True, slots=True)
class JsonPathQuery:
    """First match of a JSONPath in the body."""

    path: Text


@dataclass(frozen=True, slots=True)
class CssQuery:
    """First element that a CSS selector finds: its inner HTML, or the named attribute."""

    selector: Text
    attribute: Text | None = None


@dataclass(frozen=True, slots=True)
class HeaderQuery:
    """A response header, found in any case."""

    name: Text


@dataclass(frozen=True, slots=True)
class XPathQuery:
    """An XPath over an XML body."""

    path: Text


@dataclass(frozen=True, slots=True)
class EdnQuery:
    """A JSONPath over an EDN body turned to JSON."""

    path: Text


@dataclass(frozen=True, slots=True)
class RegexQuery:
    """First capture group of a regular expression, in the body or in the result of another query."""

    pattern: Text
    of: JsonPathQuery | CssQuery | HeaderQuery | XPathQuery | EdnQuery | TextQuery | None = None


@dataclass(frozen=True, slots=True)
class RuleQuery:
    """What a rule of the dialect finds in the response; it may set several variables."""

    rule: Rule


Query = TextQuery | JsonPathQuery | CssQuery | HeaderQuery | XPathQuery | EdnQuery | RegexQuery | RuleQuery


@dataclass(frozen=True, slots=True)
class Extract:
    """`variable` becomes the result of `query`; what happens without a result is the dialect's rule."""

    variable: str
    query: Query
    origin: Origin
