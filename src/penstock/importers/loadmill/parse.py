"""A configuration as it was written: JSON with the place of every value, nothing interpreted yet."""

from __future__ import annotations

from penstock.importers.base import Findings, invalid
from penstock.importers.document import Node
from penstock.importers.jsonfile import looks_like_json, read_json

recognises = looks_like_json
"""Whether a file may be a configuration; `parse` says what else it is."""

_OTHERS = {
    "flows": "this is a test suite; this version reads load-test configurations and exported flows",
    "log": "this looks like a HAR recording, which this version does not read",
    "info": "this looks like a Postman collection or an OpenAPI document, which this version does not read",
    "openapi": "this is an OpenAPI document, which this version does not read",
    "swagger": "this is an OpenAPI document, which this version does not read",
    "scenarios": "this looks like a configuration of another tool",
}


def parse(content: bytes, name: str, findings: Findings) -> dict[str, Node]:
    """Return the members of the configuration; one that is wrapped in `config`, as a client may send it, is unwrapped.

    Raises `InvalidInput` for what is no JSON, or no configuration.
    """
    document = read_json(content, name, findings)
    members = document.value
    if not isinstance(members, dict):
        raise invalid(document.origin, f"a configuration is a JSON object, not {document.kind}")
    wrapped = members.get("config")
    if wrapped is not None and "requests" not in members and isinstance(wrapped.value, dict):
        members = wrapped.value
    if "requests" not in members:
        known = next((sentence for key, sentence in _OTHERS.items() if key in members), None)
        raise invalid(
            document.origin, f"not a Loadmill load-test configuration: {known or 'there are no requests in it'}"
        )
    return members
