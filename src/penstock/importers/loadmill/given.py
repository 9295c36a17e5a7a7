"""Parameters that the caller gives: sets in files, and `name=value`, which win over them."""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.base import Findings, Overrides, decode_text, invalid, whole_characters
from penstock.importers.document import Node
from penstock.importers.loadmill.parameters import Given
from penstock.importers.loadmill.parse import read_document
from penstock.importers.loadmill.reading import Reader
from penstock.model import Origin

_Member = tuple[str, tuple[str, ...], Origin]


def read_given(overrides: Overrides, findings: Findings) -> Given:
    """Return all that is given, in order.

    Raises `InvalidInput`, with file and line, for a file that is no set of parameters.
    """
    objects: list[tuple[Origin, tuple[_Member, ...]]] = []
    for name, content in overrides.parameter_files:
        objects += _read_file(name, content, findings)
    pairs = dict(overrides.parameters)
    if pairs:
        members = tuple(_pair(name, whole_characters(value)) for name, value in pairs.items())
        objects.append((Origin("name=value"), members))
    return Given(tuple(objects), overrides.is_inline)


def with_sets_as_pairs(overrides: Overrides, findings: Findings) -> Overrides:
    """Return what is given with the sets among the pairs, for formats that know single values only.

    Raises `InvalidInput` as `read_given` does, and for a parameter with several values to choose from.
    """
    if not overrides.parameter_files:
        return overrides
    pairs: list[tuple[str, str]] = []
    for _, members in read_given(replace(overrides, parameters=()), findings).objects:
        for name, values, origin in members:
            if len(values) != 1:
                raise invalid(origin, f"{name!r} has {len(values)} values; a parameter of this test has one")
            pairs.append((name, values[0]))
    return replace(overrides, parameters=(*pairs, *overrides.parameters), parameter_files=())


def _pair(name: str, value: str) -> _Member:
    return name, (value,), Origin(f"parameter {name}")


def _read_file(name: str, content: bytes, findings: Findings) -> list[tuple[Origin, tuple[_Member, ...]]]:
    """Read a set as it is exported: a document with `parameters`, or lines `name=value`."""
    if not name.lower().endswith((".yaml", ".yml", ".json")):
        return _read_lines(name, content)
    document = read_document(content, name, findings)
    members = document.value if isinstance(document.value, dict) else {}
    if "parameters" not in members:
        raise invalid(document.origin, "a set of parameters is an object with `parameters`, or lines name=value")
    reader = Reader(findings)
    objects = []
    for element in reader.elements(members["parameters"]):
        given = [(key, _values(node, reader), node.origin) for key, node in reader.members(element).items()]
        objects.append((element.origin, tuple(given)))
    return objects


def _values(node: Node, reader: Reader) -> tuple[str, ...]:
    nodes = node.value if isinstance(node.value, list) else [node]
    return tuple(reader.text(each) or "" for each in nodes)


def _read_lines(name: str, content: bytes) -> list[tuple[Origin, tuple[_Member, ...]]]:
    members: list[_Member] = []
    for number, line in enumerate(decode_text(content, name).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = line.partition("=")
        origin = Origin(name, "", number)
        if not equals or not key.strip():
            raise invalid(origin, f"{line.strip()!r}: write name=value")
        members.append((key.strip(), (value,), origin))
    return [(Origin(name), tuple(members))] if members else []
