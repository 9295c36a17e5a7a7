"""The JSON Schemas of the JSON forms, made from the dataclasses: `schema/scenario.v1.json`, `schema/suite.v1.json`."""

from __future__ import annotations

import inspect
from typing import Any

import orjson

from penstock.model.codec import VERSION
from penstock.model.expr import Hole
from penstock.model.scenario import Scenario
from penstock.model.shape import Field, Many, Node, OneOf, Plain, Shape, Table, TextShape, Word, fields

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def render(root: type = Scenario) -> bytes:
    """Return the schema as it is checked in; `root` is `Scenario` or `Suite`."""
    return orjson.dumps(describe(root), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def describe(root: type = Scenario) -> dict[str, Any]:
    """Return the schema of the form that this version writes and reads."""
    definitions: dict[str, Any] = {}
    described = _node(Node(root), definitions)
    described["properties"] = {"version": {"const": VERSION}, **described["properties"]}
    described["required"] = ["version", *described["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Penstock {root.__name__.lower()}, version {VERSION}",
        **described,
        "$defs": dict(sorted(definitions.items())),
    }


def _node(node: Node, definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {} if node.tag is None else {"type": {"const": node.tag}}
    required = [] if node.tag is None else ["type"]
    for field in fields(node.cls):
        properties[field.name] = _field(field, definitions)
        if field.required:
            required.append(field.name)
    return {
        "description": inspect.cleandoc(node.cls.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _field(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    described = _shape(field.shape, definitions)
    if isinstance(field.default, str | int | float):
        described["default"] = field.default
    return described


def _shape(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    match shape:
        case Plain(kind):
            return {"type": "string", "contentEncoding": "base64"} if kind is bytes else {"type": _TYPES[kind]}
        case Word(words):
            return {"enum": list(words)}
        case Many(item):
            return {"type": "array", "items": _shape(item, definitions)}
        case Table(key, item):
            pair = [_shape(key, definitions), _shape(item, definitions)]
            return {"type": "array", "items": {"type": "array", "prefixItems": pair, "minItems": 2, "maxItems": 2}}
        case TextShape():
            return _text(definitions)
        case Node():
            return _reference(shape, definitions)
        case OneOf(nodes, other, nullable):
            members = [_reference(node, definitions) for node in nodes]
            members += [_shape(other, definitions)] if other is not None else []
            members += [{"type": "null"}] if nullable else []
            return {"anyOf": members}


def _reference(node: Node, definitions: dict[str, Any]) -> dict[str, Any]:
    name = node.cls.__name__
    if name not in definitions:
        definitions[name] = {}  # holds the place: nodes hold nodes of their own kind
        definitions[name] = _node(node, definitions)
    if ("type" in definitions[name].get("required", ())) is not (node.tag is not None) and definitions[name]:
        raise TypeError(f"{name} stands both inside and outside of a sum; its JSON form would be ambiguous")
    return {"$ref": f"#/$defs/{name}"}


def _text(definitions: dict[str, Any]) -> dict[str, Any]:
    if "Text" not in definitions:
        definitions["Text"] = {}
        definitions["Text"] = {
            "description": "A constant text, or its pieces and holes in order.",
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"anyOf": [{"type": "string"}, _reference(Node(Hole), definitions)]}},
            ],
        }
    return {"$ref": "#/$defs/Text"}
