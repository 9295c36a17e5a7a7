"""A test plan with a caller's values written into it, for whoever runs it from its files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from lxml import etree

from penstock.errors import InvalidInput
from penstock.importers.base import Files

PROPERTIES = "user.properties"


def with_values(files: Files, entry: str, values: Sequence[tuple[str, str]]) -> dict[str, bytes]:
    """Return the plan whose User Defined Variables have these values, and properties that have them as well.

    Both under the names that they have in a drop. Raises `InvalidInput` for values that cannot stand in XML.
    """
    place = (PurePosixPath(entry).parent / PROPERTIES).as_posix()
    before = files.read(place) if place in files.names else b""
    lines = "".join(f"{_escaped(name)}={_escaped(value)}\n" for name, value in values)
    separator = b"" if not before or before.endswith(b"\n") else b"\n"
    plan = _with_variables(files.read(entry), entry, dict(values))
    return {entry: plan, place: before + separator + lines.encode("ascii")}


def _with_variables(content: bytes, entry: str, values: Mapping[str, str]) -> bytes:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    lists = [*root.iter("Arguments"), *root.iterfind(".//TestPlan/elementProp")]
    for variable in (each for one in lists for each in one.iterfind("collectionProp/elementProp")):
        name = variable.findtext("stringProp[@name='Argument.name']") or variable.get("name", "")
        held = variable.find("stringProp[@name='Argument.value']")
        if held is None or name not in values:
            continue
        try:
            held.text = values[name]
        except ValueError as error:
            raise InvalidInput(f"{entry}: the value of {name!r} cannot stand in XML: {error}") from None
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="utf-8")


def _escaped(text: str) -> str:
    r"""Return a text as it stands in a file of Java properties: what is not ASCII is a UTF-16 unit, like `\u00e9`."""
    units = text.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]
    return "".join(chr(code) if chr(code).isascii() and chr(code).isalnum() else f"\\u{code:04x}" for code in codes)
