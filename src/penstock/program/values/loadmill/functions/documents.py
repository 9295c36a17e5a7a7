"""Functions that look into JSON, HTML and XML texts."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

from penstock.program.values.javascript.json_text import as_text, parse_json, stringify
from penstock.program.values.javascript.numbers import parse_integer
from penstock.program.values.jsonpath import InvalidPath, JsonPath, compile_path
from penstock.program.values.jsonpath.query import MISSING
from penstock.program.values.loadmill.bodies import NotJson, as_json
from penstock.program.values.loadmill.functions.registry import (
    UNEXPECTED,
    Function,
    FunctionFailed,
    Table,
    boolean,
)


def json_path(text: str, path: str, default: str = "") -> str:
    """First match as text; the default when there is none, or null."""
    document, query = _searched(text, path)
    value = query.first(document)
    found = None if value is MISSING else as_text(value)
    return default if found is None else found


def json_path_all(text: str, path: str) -> str:
    """Array of all matches; for the root the document itself."""
    document, query = _searched(text, path)
    if query.is_root:
        return "" if document is None else stringify(document)
    return stringify(query.all(document))


def json_path_keys(text: str, path: str, _default: str = "") -> str:
    """Array of the keys of the first match."""
    return json_keys(json_path(text, path, "{}"))


def json_path_apply(text: str, path: str, value: str) -> str:
    """Document with all matches replaced."""
    document, query = _searched(text, path)
    if not isinstance(document, dict | list):
        raise FunctionFailed(UNEXPECTED)
    try:
        replacement: Any = parse_json(value)
    except ValueError:
        replacement = value
    return stringify(query.replace(document, replacement))


def json_keys(text: str, _default: str = "") -> str:
    """Array of the keys of an object, or the indexes of an array."""
    return stringify(_keys(_object(text)))


def json_schema(text: str, schema: str) -> str:
    """Whether a value fits a schema; what is no JSON is taken as a text."""
    from penstock.program.values.schema import InvalidSchema, read_schema  # seldom used and slow to load

    try:
        return boolean(read_schema(schema).holds(as_json_or_text(text)))
    except InvalidSchema as error:
        raise FunctionFailed(f"Invalid schema - {error}") from None


def as_json_or_text(text: str) -> Any:
    """Return the JSON value in a text, or the text."""
    try:
        return parse_json(text)
    except ValueError:
        return text


def jquery(
    random: Random, text: str, selector: str, selection: str = "0", attribute: str = "", default: str = ""
) -> str:
    """Inner HTML or an attribute of a selected element of an HTML text."""
    from penstock.program.values.markup import html  # lxml is loaded only where markup is read
    from penstock.program.values.markup.css import InvalidSelector

    try:
        elements = html.read_html(text).select(selector)
    except InvalidSelector:
        raise FunctionFailed(UNEXPECTED) from None
    element = _selected(elements, selection, random)
    if element is None:
        return default
    found = html.attribute(element, attribute) if attribute else html.inner_html(element)
    return default if found is None else found


def jquery_xml(
    random: Random, text: str, selector: str, selection: str = "0", attribute: str = "", default: str = ""
) -> str:
    """Inner XML or an attribute of a selected element of an XML text."""
    from penstock.program.values.markup.css import InvalidSelector, compile_selector
    from penstock.program.values.markup.writing import inner_markup
    from penstock.program.values.markup.xml import InvalidXml, read_xml

    try:
        elements = compile_selector(selector, xml=True)(read_xml(text))
    except InvalidSelector:
        raise FunctionFailed(UNEXPECTED) from None
    except InvalidXml:
        return default
    element = _selected(elements, selection, random)
    if element is None:
        return default
    found = element.get(attribute) if attribute else inner_markup(element, xml=True)
    return default if found is None else found


def xpath(text: str, path: str) -> str:
    """Select by an XPath, as text."""
    from penstock.program.values.markup.xml import InvalidXml, evaluate_xpath, read_xml

    try:
        return evaluate_xpath(read_xml(text), path)
    except InvalidXml:
        raise FunctionFailed(UNEXPECTED) from None


def xml_to_json(text: str, normalize: str = "true") -> str:
    """XML as a JSON object."""
    from penstock.program.values.markup.conversion import xml_as_json
    from penstock.program.values.markup.xml import InvalidXml, read_strict_xml

    try:
        return stringify(xml_as_json(read_strict_xml(text), normalize=normalize != "false"))
    except InvalidXml as error:
        raise FunctionFailed(f"Failed to convert XML to JSON: {error}") from None


def json_to_xml(text: str) -> str:
    """JSON object as XML."""
    from penstock.program.values.markup.conversion import json_as_xml

    try:
        return json_as_xml(parse_json(text))
    except ValueError as error:
        raise FunctionFailed(f"Failed to convert JSON to XML: {error}") from None


def _selected(elements: list[Any], selection: str, random: Random) -> Any:
    if not elements:
        return None
    if selection == "random":
        return random.choice(elements)
    index = parse_integer(selection)
    if index is None:
        raise FunctionFailed(f"Invalid index: {selection}")
    return elements[index] if -len(elements) <= index < len(elements) else None


def _document(text: str) -> Any:
    try:
        return as_json(text)
    except NotJson as error:
        raise FunctionFailed(str(error)) from None


def _searched(text: str, path: str) -> tuple[Any, JsonPath]:
    """Return the document and the path; of a value that has no parts only the root can be asked for."""
    document, query = _document(text), _path(path)
    if not isinstance(document, dict | list) and not query.is_root:
        raise FunctionFailed(UNEXPECTED)
    return document, query


def _object(text: str) -> Any:
    try:
        value = parse_json(text)
    except ValueError:
        value = None
    if value is None:
        raise FunctionFailed("Not a valid JSON object")
    return value


def _path(source: str) -> JsonPath:
    try:
        return compile_path(source)
    except InvalidPath:
        raise FunctionFailed(UNEXPECTED) from None


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return list(value)
    return [str(index) for index in range(len(value))] if isinstance(value, list | str) else []


DOCUMENTS: Table = {
    "__jsonpath": Function(json_path, 2, 3),
    "__jsonpath_all": Function(json_path_all, 2, 2),
    "__jsonpath_keys": Function(json_path_keys, 2, 3),
    "__jsonpath_apply": Function(json_path_apply, 3, 3),
    "__json_keys": Function(json_keys, 1, 2),
    "__jsonschema": Function(json_schema, 2, 2),
    "__xpath": Function(xpath, 2, 2),
    "__xml_to_json": Function(xml_to_json, 1, 2),
    "__json_to_xml": Function(json_to_xml, 1, 1),
}


def selections(random: Random) -> Table:
    """Return the functions that can select at random."""
    return {
        "__jquery": Function(partial(jquery, random), 2, 5),
        "__jquery_xml": Function(partial(jquery_xml, random), 2, 5),
    }
