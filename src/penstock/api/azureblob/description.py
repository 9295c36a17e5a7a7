"""The OpenAPI document of the face: the part of Azure Blob Storage's protocol that is served.

One method of one path does several things there, told apart by `comp` in the query.
"""

from __future__ import annotations

from typing import Any

from penstock import __version__

PATH = "/openapi.json"

_TEXT = {"type": "string"}
_REFUSALS = {
    "400": "a header, the query, the name or the body cannot be used",
    "403": "the signature is none, is over, or does not allow this here",
    "404": "there is no such blob",
    "409": "the blob exists already, or has too many blocks",
    "412": "a condition does not hold",
    "413": "the body is too large",
    "503": "the store does not answer",
}
_GRANT = {
    "sv": "Version of the signature",
    "sr": "What it is for: `c`",
    "si": "The drop",
    "se": "Until when it is valid",
    "sp": "Letters of what it allows",
    "sig": "The signature",
}


def _query(name: str, sentence: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": sentence, "schema": schema or _TEXT}


def _header(name: str, *, required: bool = False, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": schema or _TEXT}


def _place(*names: str) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _answers(done: dict[str, str], media: str = "") -> dict[str, Any]:
    content: dict[str, Any] = {"content": {media: {}}} if media else {}
    xml: dict[str, Any] = {"content": {"application/xml": {}}}
    return {
        **{status: {"description": what, **content} for status, what in done.items()},
        **{status: {"description": why, **xml} for status, why in _REFUSALS.items()},
    }


_CONDITIONS = [_header(name) for name in ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")]
_BLOB_TYPE = {"type": "string", "enum": ["BlockBlob"]}
_KEPT = (
    *(f"content-{name}" for name in ("type", "md5", "encoding", "language", "disposition")),
    "cache-control",
)
_WHAT = {"type": "string", "enum": ["block", "blocklist"]}
_BODY = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
_READ = {
    "parameters": [
        *_CONDITIONS,
        _header("Range"),
        _header("x-ms-range"),
        _header("x-ms-range-get-content-md5"),
    ]
}
_GET = {
    "parameters": [
        *_READ["parameters"],
        _query("comp", "`blocklist` asks for its blocks in place of it", {"type": "string", "enum": ["blocklist"]}),
        _query("blocklisttype", "Which blocks", {"type": "string", "enum": ["committed", "uncommitted", "all"]}),
    ]
}
_READ_ANSWERS = _answers({"200": "the blob", "206": "the range", "304": "it is what the caller knows"}, "*/*") | {
    "416": {"description": "the range begins behind its end", "content": {"application/xml": {}}}
}


def document() -> dict[str, Any]:
    """Return the document."""
    grant = [_query(name, sentence) for name, sentence in _GRANT.items()]
    blob = {
        "parameters": [*_place("container", "drop", "file"), *grant],
        "get": {"summary": "Get Blob; with `comp`: Get Block List", **_GET, "responses": _READ_ANSWERS},
        "head": {"summary": "Get Blob Properties", **_READ, "responses": _READ_ANSWERS},
        "put": {
            "summary": "Put Blob; with `comp`: Put Block, Put Block List",
            "parameters": [
                *_CONDITIONS,
                _query("comp", "What is put, if it is no whole blob", _WHAT),
                _query("blockid", "Name of the block, in Base64"),
                _header("x-ms-blob-type", schema=_BLOB_TYPE),
                *(_header(f"x-ms-blob-{name}") for name in _KEPT),
                _header("Content-MD5"),
            ],
            "requestBody": _BODY,
            "responses": _answers({"201": "it is kept"}),
        },
        "delete": {
            "summary": "Delete Blob",
            "parameters": _CONDITIONS,
            "responses": _answers({"202": "it is deleted"}),
        },
    }
    pages = {"type": "integer", "minimum": 1, "maximum": 5000}
    listing = {
        "parameters": [*_place("container", "drop"), *grant],
        "get": {
            "summary": "List Blobs",
            "parameters": [
                {**_query("restype", "", {"type": "string", "enum": ["container"]}), "required": True},
                {**_query("comp", "", {"type": "string", "enum": ["list"]}), "required": True},
                _query("prefix", "Beginning of the names"),
                _query("marker", "Where to go on: `NextMarker` of the page before"),
                _query("maxresults", "Most names of a page", pages),
                _query("delimiter", "What divides names: those with the same beginning up to it are told once"),
                _query("include", "What is told, too: `metadata`"),
            ],
            "responses": _answers({"200": "names of blobs"}, "application/xml"),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Test drops",
            "version": __version__,
            "description": "A part of the protocol of Azure Blob Storage; container, drop and query are told with each "
            "test drop.",
        },
        "paths": {"/{container}/{drop}/{file}": blob, "/{container}/{drop}": listing},
    }
