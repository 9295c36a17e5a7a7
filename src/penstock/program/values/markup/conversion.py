"""XML as JSON and back, in the conventions of npm's xml2js.

Attributes stand under `$`, text beside attributes or children under `_`; a child that occurs once is no array.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from penstock.program.values.javascript.json_text import as_text
from penstock.program.values.markup.writing import qualified, xml_text

_BLANKS = re.compile(r"\s{2,}")
_DEEPEST = 200


def xml_as_json(root: etree._Element, *, normalize: bool) -> dict[str, Any]:
    """Return the document; with `normalize`, texts are trimmed and runs of blanks become one."""
    return {qualified(root): _value(root, normalize)}


def json_as_xml(value: Any) -> str:
    """Return an object as XML, indented, without declaration. Raises `ValueError`.

    An object with one key has that as its root, any other is wrapped in `root`, as numbers and booleans are.
    """
    if isinstance(value, bool | int | float):
        return "\n".join(_lines("root", value, 0))
    if not isinstance(value, dict):
        raise ValueError("a JSON object is needed")
    name, content = next(iter(value.items())) if len(value) == 1 else ("root", value)
    if isinstance(content, list):
        name, content = "root", value
    return "\n".join(_lines(name, content, 0))


def _value(element: etree._Element, normalize: bool) -> Any:
    out: dict[str, Any] = {}
    attributes = _attributes(element)
    if attributes:
        out["$"] = attributes
    text = element.text or ""
    for child in element:
        text += child.tail or ""
        if not isinstance(child.tag, str):
            continue
        name, value = qualified(child), _value(child, normalize)
        if name not in out:
            out[name] = value
        elif isinstance(out[name], list):
            out[name].append(value)
        else:
            out[name] = [out[name], value]
    if normalize:
        text = _BLANKS.sub(" ", text.replace("\n", " ")).strip()
    if not out:
        return text
    return {"_": text, **out} if text.strip() else out


def _attributes(element: etree._Element) -> dict[str, str]:
    parent = element.getparent()
    known = parent.nsmap if parent is not None else {}
    declared = {
        f"xmlns:{prefix}" if prefix else "xmlns": uri
        for prefix, uri in element.nsmap.items()
        if known.get(prefix) != uri
    }
    return declared | {qualified(element, str(key)): str(value) for key, value in element.items()}


def _lines(name: str, value: Any, depth: int) -> list[str]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if not re.fullmatch(r"[^\W\d][\w.:-]*", name):
        raise ValueError(f"{name!r} is no name for an element")
    indent = "  " * depth
    if isinstance(value, list):
        return [line for inner in value for line in _lines(name, inner, depth)]
    if not isinstance(value, dict):
        text = xml_text(as_text(value))
        return [f"{indent}<{name}>{text}</{name}>" if text else f"{indent}<{name}/>"]
    attributes = value.get("$")
    start = name
    if isinstance(attributes, dict):
        for key, inner in attributes.items():
            shown = xml_text(as_text(inner)).replace('"', "&quot;")
            start += f' {key}="{shown}"'
    text = xml_text(as_text(value.get("_")))
    children = [line for key, inner in value.items() if key not in ("$", "_") for line in _lines(key, inner, depth + 1)]
    if not children:
        return [f"{indent}<{start}>{text}</{name}>" if text else f"{indent}<{start}/>"]
    return [f"{indent}<{start}>{text}", *children, f"{indent}</{name}>"]
