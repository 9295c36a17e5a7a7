"""Request bodies. Form data wins over GraphQL, that over a file, and that over plain post data."""

from __future__ import annotations

import json
import mimetypes

from penstock.importers.document import Node
from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.texts import Texts
from penstock.model import BinaryBody, Body, FormBody, FormField, MultipartBody, Part, Text, TextBody

_FORM = "application/x-www-form-urlencoded"
_POST_KEYS = frozenset({"mimeType", "text", "params"})
_PART_KEYS = frozenset({"name", "value", "fileName", "contentType"})
_PARAM_KEYS = frozenset({"name", "value"})
_GRAPHQL_KEYS = frozenset({"query", "operationName", "variables"})
_MOST_BYTES = 100 * 1024


def compile_body(members: Members, texts: Texts) -> Body | None:
    """Return the body of a request; None: it has none."""
    parts = texts.reader.elements(members.get("postFormData"))
    graphql = texts.reader.members(members.get("graphqlPostData"))
    if parts:
        return MultipartBody(tuple(_part(part, texts) for part in parts))
    if graphql:
        return _graphql(graphql, texts)
    file = members.get("file")
    if file is not None and file.value:
        return _file(file, texts)
    return _plain(members.get("postData"), texts)


def _file(node: Node, texts: Texts) -> Body | None:
    """Return the content of an uploaded file, which the vendor keeps and an export only names."""
    name = texts.reader.text(texts.reader.members(node).get("name")) or ""
    content = texts.reader.file(name) if name else None
    if content is None:
        message = f"the file {name!r}, which is sent, is not beside the test; an export does not hold it"
        texts.findings.error("missing-file", message, node.origin, "download it there and put it beside the test")
        return None
    kind, _ = mimetypes.guess_type(name)
    return BinaryBody(content, Text.constant(kind or "application/octet-stream"))


def _plain(node: Node | None, texts: Texts) -> Body | None:
    members = texts.reader.members(node)
    _report_unknown(members, _POST_KEYS, texts)
    mime_type = texts.reader.text(members.get("mimeType")) or ""
    content_type = Text.constant(mime_type or _FORM)
    if mime_type.lower().startswith(_FORM):
        fields = tuple(_field(field, texts) for field in texts.reader.elements(members.get("params")))
        if fields:
            return FormBody(fields, content_type)
    text = texts.of(members.get("text"))
    if text is None or not text.parts:
        return None
    if node is not None and len(text.source) > _MOST_BYTES:
        message = f"a body of more than {_MOST_BYTES // 1024} KiB is refused by the vendor's servers; it is sent here"
        texts.findings.note("vendor-limit", message, node.origin, effect="needs attention")
    return TextBody(text, content_type)


def _field(node: Node, texts: Texts) -> FormField:
    members = texts.reader.members(node)
    _report_unknown(members, _PARAM_KEYS, texts)
    return FormField(texts.of(members.get("name")) or Text(), texts.of(members.get("value")) or Text())


def _part(node: Node, texts: Texts) -> Part:
    members = texts.reader.members(node)
    _report_unknown(members, _PART_KEYS, texts)
    file_name = texts.of(members.get("fileName"))
    kind = texts.of(members.get("contentType"))
    return Part(
        texts.of(members.get("name")) or Text(),
        texts.of(members.get("value")) or Text(),
        file_name if file_name and file_name.parts else None,
        kind if kind and kind.parts else None,
    )


def _graphql(members: Members, texts: Texts) -> Body:
    """Return the JSON that GraphQL servers take; usages inside it are filled as in any body."""
    _report_unknown(members, _GRAPHQL_KEYS, texts)
    node = members.get("query")
    query = texts.reader.text(node)
    if query is None:
        origin = next(iter(members.values())).origin
        texts.findings.error("invalid-value", "graphqlPostData query: Required", origin)
    pieces = [f'"query":{json.dumps(query or "", ensure_ascii=False)}']
    operation = texts.reader.text(members.get("operationName"))
    if operation:
        pieces.append(f'"operationName":{json.dumps(operation, ensure_ascii=False)}')
    variables = members.get("variables")
    if variables is not None:
        given = variables.value
        text = texts.reader.text(variables) if isinstance(given, str) else json.dumps(variables.plain())
        if text and text.strip():
            pieces.append(f'"variables":{text}')
    origin = node.origin if node is not None else next(iter(members.values())).origin
    return TextBody(texts.parse("{" + ",".join(pieces) + "}", origin), Text.constant("application/json"))


def _report_unknown(members: Members, known: frozenset[str], texts: Texts) -> None:
    for key in members.keys() - known:
        texts.findings.note("unknown-key", "the key is not known and has no effect", members[key].origin)
