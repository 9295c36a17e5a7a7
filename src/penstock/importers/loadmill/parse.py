"""A file as it was written: JSON or YAML with the place of every value, nothing interpreted yet."""

from __future__ import annotations

import re

from penstock.importers.base import Findings, invalid
from penstock.importers.document import Node
from penstock.importers.jsonfile import looks_like_json, read_json
from penstock.importers.yamlfile import read_yaml

_YAML_KEY = re.compile(
    rb"^(?:conf|flows|hooks|dependencies|requests|meta|parameters|scopeParameters|parameterPools)[ \t]*:", re.MULTILINE
)

_OTHERS = {
    "log": "this looks like a recording (HAR), but has no entries",
    "info": "this looks like a Postman collection or an OpenAPI document, which this version does not read",
    "openapi": "this is an OpenAPI document, which this version does not read",
    "swagger": "this is an OpenAPI document, which this version does not read",
    "scenarios": "this looks like a configuration of another tool",
}


def recognises(content: bytes) -> bool:
    """Whether a file may be a configuration, a flow or a suite; `parse` says what else it is."""
    if looks_like_json(content):
        return True
    start = content[: 64 * 1024]
    return not start.lstrip().startswith((b"<", b"PK")) and b"\0" not in start and bool(_YAML_KEY.search(start))


def is_suite_file(content: bytes) -> bool:
    """Whether a YAML file is a suite, by its keys."""
    return recognises(content) and re.search(rb"^flows[ \t]*:", content, re.MULTILINE) is not None


def is_flow_file(content: bytes) -> bool:
    """Whether a YAML file is a flow, or belongs to flows as a set of parameters does, by its keys."""
    return recognises(content) and not is_suite_file(content)


def read_document(content: bytes, name: str, findings: Findings) -> Node:
    """Return the document in either notation. Raises `InvalidInput` for what is neither."""
    return read_json(content, name, findings) if looks_like_json(content) else read_yaml(content, name, findings)


def is_suite(members: dict[str, Node]) -> bool:
    """Whether a document is a suite."""
    return "flows" in members


def parse(content: bytes, name: str, findings: Findings) -> dict[str, Node]:
    """Return the members of a suite, a flow or a configuration.

    One that is wrapped in `config` (as a client may send it) or `conf` is unwrapped. Raises `InvalidInput` for what is
    neither JSON nor YAML, and for another kind of document.
    """
    document = read_document(content, name, findings)
    members = document.value
    if not isinstance(members, dict):
        raise invalid(document.origin, f"a test is an object, not {document.kind}")
    for key in ("config", "conf"):
        wrapped = members.get(key)
        if wrapped is not None and members.keys().isdisjoint(("requests", "flows")) and isinstance(wrapped.value, dict):
            members = wrapped.value
    if "requests" not in members and not is_suite(members):
        raise invalid(document.origin, f"not a Loadmill test: {_guess(members)}")
    return members


def _guess(members: dict[str, Node]) -> str:
    if "parameters" in members:
        return "this is a set of parameters; give it with --parameters-file, beside the test"
    if "hooks" in members:
        return "this is a suite without flows"
    known = (sentence for key, sentence in _OTHERS.items() if key in members)
    return next(known, "there are no requests and no flows in it")
