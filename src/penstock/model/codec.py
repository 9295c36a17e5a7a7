"""Scenario and suite ⇄ JSON: the form in which they are kept, shown and sent to an agent.

The form follows the dataclasses (see `shape`), with one `version` beside the fields of the root. It grows by
fields with defaults; defaults are left out, so that what an older Penstock wrote still reads. Reading is strict:
an unknown field is refused, since a test that runs without a part of what it says is worse than one that does not.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson

from penstock.errors import InvalidInput
from penstock.model.expr import Hole, Text
from penstock.model.scenario import Scenario
from penstock.model.shape import PLAIN, Many, Node, OneOf, Plain, Shape, Table, TextShape, Word, fields
from penstock.model.suite import Suite

VERSION = 1
MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 100
"""How deep nodes may nest (groups in groups, operators in operators)."""

Encoder = Callable[[Any, int], Any]
Decoder = Callable[[Any, int], Any]


class _Misfit(Exception):
    """What is wrong with a value. On its way up each container puts the place in front."""

    def __init__(self, reason: str, *place: str | int) -> None:
        self.reason = reason
        self.place: list[str | int] = list(place)

    def within(self, step: str | int) -> _Misfit:
        self.place.insert(0, step)
        return self

    def __str__(self) -> str:
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place).lstrip(".")
        return f"{path or 'the scenario'}: {self.reason}"


def encode(scenario: Scenario) -> bytes:
    """Return the scenario as JSON.

    Raises `InvalidInput` for what JSON cannot hold (half a surrogate pair, an endless number) and for nodes that
    nest deeper than `MAX_DEPTH`, which `decode` would refuse.
    """
    return _write(Scenario, scenario)


def encode_suite(suite: Suite) -> bytes:
    """Return the suite as JSON. Raises as `encode`."""
    return _write(Suite, suite)


def decode(data: bytes) -> Scenario:
    """Return the scenario that `encode` wrote.

    Raises `InvalidInput`, naming the place (`journeys[0].steps[3].url`), for anything that is not such a form or
    was made by a newer Penstock.
    """
    scenario: Scenario = _read(Scenario, data)
    return scenario


def decode_suite(data: bytes) -> Suite:
    """Return the suite that `encode_suite` wrote. Raises as `decode`."""
    suite: Suite = _read(Suite, data)
    return suite


def encode_as(root: type, value: Any) -> bytes:
    """Return the JSON of a dataclass that is made of the same parts as the model. Raises as `encode`."""
    return _write(root, value)


def decode_as(root: type, data: bytes) -> Any:
    """Return what `encode_as` wrote. Raises as `decode`."""
    return _read(root, data)


def _write(root: type, value: Any) -> bytes:
    name = root.__name__.lower()
    try:
        return orjson.dumps({"version": VERSION, **_encoder(Node(root))(value, 0)})
    except _Misfit as misfit:
        raise InvalidInput(f"the {name} cannot be written: {misfit}") from None
    except orjson.JSONEncodeError as error:
        raise InvalidInput(f"the {name} cannot be written as JSON: {error}") from None


def _read(root: type, data: bytes) -> Any:
    name = root.__name__.lower()
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"the {name} is {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the {name} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput(f"the {name}: an object is needed")
    version = value.pop("version", None)
    if type(version) is not int or version < 1:
        raise InvalidInput(f"version: missing or not a number; this is no {name} of Penstock")
    if version > VERSION:
        raise InvalidInput(
            f"version: the {name} was made by a newer Penstock (format {version}; this one reads {VERSION}); "
            "update Penstock"
        )
    try:
        return _decoder(Node(root))(value, 0)
    except _Misfit as misfit:
        raise InvalidInput(str(misfit)) from None


@cache
def _encoder(shape: Shape) -> Encoder:
    match shape:
        case Plain(kind):
            return _PLAIN_ENCODERS.get(kind, _as_it_is)
        case Word():
            return _as_it_is
        case TextShape():
            return _encode_text
        case Many(Plain(kind)) if kind is not bytes:
            return _as_it_is
        case Many(item):
            each = _encoder(item)
            return lambda values, depth: [_inside(index, each, value, depth) for index, value in enumerate(values)]
        case Table(key, item):
            keys, items = _encoder(key), _encoder(item)
            return lambda table, depth: [[keys(name, depth), items(held, depth)] for name, held in table.items()]
        case Node():
            return _node_encoder(shape)
        case OneOf():
            return _one_of_encoder(shape)


def _as_it_is(value: Any, _depth: int) -> Any:
    return value


def _encode_number(value: float, _depth: int) -> float:
    if not math.isfinite(value):
        raise _Misfit(f"{value} is not a number that JSON can hold")
    return value


def _encode_bytes(value: bytes, _depth: int) -> str:
    return b64encode(value).decode()


_PLAIN_ENCODERS: dict[type, Encoder] = {float: _encode_number, bytes: _encode_bytes}


def _encode_text(text: Text, depth: int) -> Any:
    parts = text.parts
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], str) and parts[0]:
        return parts[0]
    hole = _encoder(Node(Hole))
    return [part if isinstance(part, str) else _inside(index, hole, part, depth) for index, part in enumerate(parts)]


def _inside(step: str | int, code: Callable[[Any, int], Any], value: Any, depth: int) -> Any:
    try:
        return code(value, depth)
    except _Misfit as misfit:
        raise misfit.within(step) from None


def _node_encoder(node: Node) -> Encoder:
    table: list[tuple[str, Encoder, Any]] = []  # filled at the first use: nodes hold nodes of their own kind

    def run(value: Any, depth: int) -> dict[str, Any]:
        if depth > MAX_DEPTH:
            raise _Misfit(f"nested more than {MAX_DEPTH} deep")
        if not table:
            table.extend((each.name, _encoder(each.shape), each.default) for each in fields(node.cls))
        result = {} if node.tag is None else {"type": node.tag}
        for name, code, default in table:
            held = getattr(value, name)
            if held != default:
                result[name] = _inside(name, code, held, depth + 1)
        return result

    return run


def _one_of_encoder(shape: OneOf) -> Encoder:
    nodes = {node.cls: _encoder(node) for node in shape.nodes}
    other = _as_it_is if shape.other is None else _encoder(shape.other)

    def run(value: Any, depth: int) -> Any:
        return None if value is None else nodes.get(type(value), other)(value, depth)

    return run


@cache
def _decoder(shape: Shape) -> Decoder:
    match shape:
        case Plain(kind):
            return _plain_decoder(kind)
        case Word(words):
            return _word_decoder(words)
        case TextShape():
            return _decode_text
        case Many(item, length):
            return _many_decoder(item, length)
        case Table(key, item):
            return _table_decoder(_decoder(key), _decoder(item))
        case Node():
            return _node_decoder(shape)
        case OneOf():
            return _one_of_decoder(shape)


def _decode_bytes(value: Any, _depth: int) -> bytes:
    try:
        return b64decode(value, validate=True)
    except (TypeError, ValueError):
        raise _Misfit(f"{PLAIN[bytes]} is needed, not {_name(value)}") from None


def _plain_decoder(kind: type) -> Decoder:
    if kind is bytes:
        return _decode_bytes

    def run(value: Any, _depth: int) -> Any:
        if type(value) is kind:
            return value
        if kind is float and type(value) is int:
            return float(value)
        raise _Misfit(f"{PLAIN[kind]} is needed, not {_name(value)}")

    return run


def _word_decoder(words: tuple[str, ...]) -> Decoder:
    def run(value: Any, _depth: int) -> Any:
        if value not in words:
            raise _Misfit(f"one of {', '.join(words)} is needed, not {_name(value)}")
        return value

    return run


def _decode_text(value: Any, depth: int) -> Text:
    if isinstance(value, str):
        return Text.constant(value)
    if not isinstance(value, list):
        raise _Misfit(f"a text, or a list of texts and holes, is needed, not {_name(value)}")
    hole = _decoder(Node(Hole))
    return Text(
        tuple(part if isinstance(part, str) else _inside(index, hole, part, depth) for index, part in enumerate(value))
    )


def _many_decoder(item: Shape, length: int | None) -> Decoder:
    each = _decoder(item)
    words = item == Plain(str)

    def run(value: Any, depth: int) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Misfit(f"a list is needed, not {_name(value)}")
        if length is not None and len(value) != length:
            raise _Misfit(f"a list of {length} is needed, not of {len(value)}")
        if words and all(type(one) is str for one in value):  # the rows of data: many, and all alike
            return tuple(value)
        return tuple([_inside(index, each, one, depth) for index, one in enumerate(value)])

    return run


def _table_decoder(key: Decoder, item: Decoder) -> Decoder:
    def run(value: Any, depth: int) -> dict[Any, Any]:
        if not isinstance(value, list) or any(not isinstance(pair, list) or len(pair) != 2 for pair in value):
            raise _Misfit(f"a list of pairs is needed, not {_name(value)}")
        return {key(name, depth): item(held, depth) for name, held in value}

    return run


def _node_decoder(node: Node) -> Decoder:
    table: dict[str, Decoder] = {}
    required: list[str] = []

    def run(value: Any, depth: int) -> Any:
        if not isinstance(value, dict):
            raise _Misfit(f"an object is needed, not {_name(value)}")
        if depth > MAX_DEPTH:
            raise _Misfit(f"nested more than {MAX_DEPTH} deep")
        if not table:
            table.update((each.name, _decoder(each.shape)) for each in fields(node.cls))
            required.extend(each.name for each in fields(node.cls) if each.required)
        given: dict[str, Any] = {}
        for name, held in value.items():
            if name == "type" and node.tag is not None:
                continue
            if name not in table:
                raise _Misfit(f"unknown field; known here are {', '.join(table)}", name)
            given[name] = _inside(name, table[name], held, depth + 1)
        for name in required:
            if name not in given:
                raise _Misfit("missing", name)
        return node.cls(**given)

    return run


def _one_of_decoder(shape: OneOf) -> Decoder:
    nodes = {node.tag: _decoder(node) for node in shape.nodes}
    other = None if shape.other is None else _decoder(shape.other)

    def run(value: Any, depth: int) -> Any:
        if value is None and shape.nullable:
            return None
        if nodes and (isinstance(value, dict) or other is None):
            if not isinstance(value, dict):
                raise _Misfit(f"an object is needed, not {_name(value)}")
            kind = value.get("type")
            if not isinstance(kind, str) or kind not in nodes:
                found = "missing" if kind is None else f"unknown {_name(kind)}"
                raise _Misfit(f"{found}; known here are {', '.join(map(str, nodes))}", "type")
            return nodes[kind](value, depth)
        assert other is not None  # noqa: S101 — a sum has members
        return other(value, depth)

    return run


def _name(value: Any) -> str:
    """Return a value as messages show it, however large it is."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    shown = orjson.dumps(value).decode()
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
