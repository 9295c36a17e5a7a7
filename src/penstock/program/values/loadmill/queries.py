"""Queries on a response as closures."""

from __future__ import annotations

from collections.abc import Callable

from penstock.errors import NotRunnable, RequestFailed
from penstock.model import (
    CssQuery,
    EdnQuery,
    Extract,
    HeaderQuery,
    JsonPathQuery,
    Query,
    RegexQuery,
    RuleQuery,
    Text,
    TextQuery,
    XPathQuery,
)
from penstock.program.values.dialect import EvaluationFailed, ExtractionFailed, Reply, Variables
from penstock.program.values.javascript.json_text import as_text, parse_json
from penstock.program.values.javascript.regexp import InvalidPattern, PatternTooSlow, compile_pattern
from penstock.program.values.jsonpath import InvalidPath, JsonPath, compile_path
from penstock.program.values.jsonpath.query import MISSING
from penstock.program.values.loadmill.bodies import NotJson
from penstock.program.values.loadmill.expressions import Expressions

Ask = Callable[[Variables, Reply], str | None]
Take = Callable[[Variables, Reply], None]
Find = Callable[[Variables, Reply], str]

_FAILURES = (RecursionError, ValueError, TypeError, ArithmeticError, RequestFailed)
"""What is raised where a reply is no JSON, or a value cannot be written as text."""


class QueryFailed(Exception):
    """A query cannot be applied; the text says why, and may be empty."""


def compile_query(query: Query, expressions: Expressions) -> Ask:
    """Return what applies a query; raises `QueryFailed`, or `EvaluationFailed` for an expression in it."""
    match query:
        case TextQuery(text):
            fill = expressions.text(text)
            return lambda variables, _reply: fill(variables)
        case JsonPathQuery(path):
            return _json_path(path, expressions)
        case CssQuery(selector, attribute):
            return _css(selector, attribute, expressions)
        case HeaderQuery(name):
            return _header(name, expressions)
        case XPathQuery(path):
            return _xpath(path, expressions)
        case EdnQuery(path):
            return _edn(path, expressions)
        case RegexQuery(pattern, of):
            return _regexp(pattern, None if of is None else compile_query(of, expressions), expressions)
        case RuleQuery(rule):
            raise NotRunnable(f"{rule.origin}: the rule {rule.name!r} is none of Loadmill's")


def compile_extracts(sets: tuple[tuple[Extract, ...], ...], expressions: Expressions) -> Take | None:
    """Return what assigns the extracts, set after set; raises `ExtractionFailed`."""
    takes = [_compile_set(extracts, expressions) for extracts in sets if extracts]
    if len(takes) < 2:
        return takes[0] if takes else None

    def take(variables: Variables, reply: Reply) -> None:
        for one in takes:
            one(variables, reply)

    return take


def _compile_set(extracts: tuple[Extract, ...], expressions: Expressions) -> Take:
    finds = [_new_value(extract, expressions) for extract in extracts]
    if len(extracts) == 1:
        variable, find = extracts[0].variable, finds[0]

        def take_one(variables: Variables, reply: Reply) -> None:
            variables[variable] = find(variables, reply)

        return take_one
    names = [extract.variable for extract in extracts]

    def take(variables: Variables, reply: Reply) -> None:
        found = [find(variables, reply) for find in finds]  # all of them before any is assigned
        variables.update(zip(names, found, strict=True))

    return take


def _new_value(extract: Extract, expressions: Expressions) -> Find:
    find = _careful_value(extract, expressions)
    path = extract.query.path if isinstance(extract.query, JsonPathQuery) else Text()
    constant = None if path.holes or not path.parts else _constant_path(path.source)
    return _value_by_keys(constant, find) if constant is not None and constant.is_plain else find


def _value_by_keys(path: JsonPath, careful: Find) -> Find:
    """Return what takes a value by names and numbers that are written out, as nearly all paths are.

    What comes of no value, and what is said of a failure, is left to the careful way.
    """
    first = path.first

    def find(variables: Variables, reply: Reply) -> str:
        try:
            found = first(reply.json())
            if type(found) is not str:
                found = None if found is MISSING else as_text(found)
        except _FAILURES:
            found = None
        return careful(variables, reply) if found is None else found

    return find


def _careful_value(extract: Extract, expressions: Expressions) -> Find:
    variable, ask = extract.variable, compile_query(extract.query, expressions)

    def find(variables: Variables, reply: Reply) -> str:
        try:
            found = ask(variables, reply)
        except (QueryFailed, EvaluationFailed) as error:
            raise ExtractionFailed(_failure(variable, error)) from None
        # Without a result the old value stays; without that, ${variable} is to disappear, not to be sent as it is.
        return variables.get(variable, "") if found is None else found

    return find


def _failure(variable: str, error: Exception) -> str:
    detail = str(error)
    return f'Failed to extract value for parameter "{variable}"' + (f" - {detail}" if detail else "")


def _json_path(text: Text, expressions: Expressions) -> Ask:
    find = _path_finder(text, expressions)

    def ask(variables: Variables, reply: Reply) -> str | None:
        document = _document(reply)
        return _first(find(variables), document)

    return ask


def _document(reply: Reply) -> object:
    try:
        return reply.json()
    except ValueError:
        return _parse_again(reply.text)
    except RequestFailed as error:
        raise QueryFailed(str(error)) from None


def _parse_again(text: str) -> object:
    """Read what the strict parser of the loop refused; some of it is JSON to JavaScript."""
    try:
        return parse_json(text)
    except ValueError as error:
        raise QueryFailed(str(NotJson(text, error))) from None


def _edn(text: Text, expressions: Expressions) -> Ask:
    from penstock.program.values.edn import InvalidEdn, parse_edn  # only for who needs it

    find = _path_finder(text, expressions)

    def ask(variables: Variables, reply: Reply) -> str | None:
        try:
            document = parse_edn(reply.text)
        except InvalidEdn:
            raise QueryFailed from None
        return _first(find(variables), document)

    return ask


def _path_finder(text: Text, expressions: Expressions) -> Callable[[Variables], JsonPath]:
    fill = expressions.text(text)
    constant = None if text.holes else _constant_path(text.source)
    if constant is not None:
        return lambda _variables: constant

    def find(variables: Variables) -> JsonPath:
        source = fill(variables)
        try:
            return compile_path(source)
        except InvalidPath:
            raise QueryFailed from None

    return find


def _constant_path(source: str) -> JsonPath | None:
    """Return a path that is written out; None for a wrong one: it fails when it is used, as an assembled one."""
    try:
        return compile_path(source)
    except InvalidPath:
        return None


def _first(path: JsonPath, document: object) -> str | None:
    if not isinstance(document, (dict, list)) and not path.is_root:
        raise QueryFailed
    try:
        found = path.first(document)
        return found if type(found) is str else None if found is MISSING else as_text(found)
    except (RecursionError, ValueError, TypeError, ArithmeticError):
        raise QueryFailed from None
    except PatternTooSlow as error:
        raise QueryFailed(str(error)) from None


def _css(selector: Text, attribute: Text | None, expressions: Expressions) -> Ask:
    from penstock.program.values.markup import html  # lxml is loaded only where markup is read
    from penstock.program.values.markup.css import InvalidSelector

    fill_selector, fill_attribute = expressions.text(selector), expressions.text(attribute or Text())

    def ask(variables: Variables, reply: Reply) -> str | None:
        try:
            elements = html.read_html(reply.text).select(fill_selector(variables))
        except InvalidSelector:
            raise QueryFailed from None
        name = fill_attribute(variables)
        if not elements:
            return None
        return html.attribute(elements[0], name) if name else html.inner_html(elements[0])

    return ask


def _xpath(path: Text, expressions: Expressions) -> Ask:
    from penstock.program.values.markup.xml import InvalidXml, evaluate_xpath, read_xml

    fill = expressions.text(path)

    def ask(variables: Variables, reply: Reply) -> str | None:
        try:
            return evaluate_xpath(read_xml(reply.text), fill(variables))
        except InvalidXml:
            raise QueryFailed from None

    return ask


def _header(name: Text, expressions: Expressions) -> Ask:
    if not name.holes and not name.source.lower().startswith("location"):
        constant = name.source.lower()
        return lambda _variables, reply: reply.headers.get(constant)
    fill = expressions.text(name)
    return lambda variables, reply: _header_of(reply, fill(variables).lower())


def _header_of(reply: Reply, name: str) -> str | None:
    """Return a header, or the target of a redirect: `location_1` and so on, the last one as `location`."""
    if name.startswith("location") and reply.redirects:
        number = name.removeprefix("location").removeprefix("_")
        if not number:
            return reply.headers.get(name, reply.redirects[-1])
        if number.isdecimal() and 0 < int(number) <= len(reply.redirects):
            return reply.redirects[int(number) - 1]
    return reply.headers.get(name)


def _regexp(pattern: Text, of: Ask | None, expressions: Expressions) -> Ask:
    fill = expressions.text(pattern)

    def ask(variables: Variables, reply: Reply) -> str | None:
        subject = reply.text if of is None else of(variables, reply) or ""
        try:
            return compile_pattern(fill(variables)).capture(subject)
        except InvalidPattern:
            raise QueryFailed from None
        except PatternTooSlow as error:
            raise QueryFailed(str(error)) from None

    return ask
