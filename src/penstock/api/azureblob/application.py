"""The routes: `/ACCOUNT/CONTAINER/NAME…`, told apart by method and query as the protocol does."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from penstock.api.azureblob import description, lists, wire
from penstock.api.azureblob.errors import (
    BlobError,
    not_authenticated,
    not_found,
    not_permitted,
    outside,
    wrong_header,
    wrong_query,
)
from penstock.api.requests import App, Receive, Send
from penstock.errors import NoRoom, NotAllowed, NotFound, StorageFull, Unavailable
from penstock.library.blobs import Access, Blob, ConditionFailed, Right, UnknownBlock
from penstock.services.blobs import BlobService, WrongDigest

PATH = "/blob"
"""Where the face is mounted: the account of all URLs that grants name."""

_VERSION = "2021-08-06"
_LONGEST_NAME = 1024
_LONGEST_BLOCK_ID = 64
_UNLISTABLE = re.compile("[^ -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that the XML of a list cannot hold."""
_ALL = 2**31
_LONGEST_LIST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Call:
    """One request: where it is about, and what it may do there."""

    request: Request
    container: str
    name: str
    access: Access

    @property
    def query(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.request.query_params.items()}

    def need(self, *rights: Right) -> None:
        """Refuse when none of these is given."""
        if not self.access.rights.intersection(rights):
            raise not_permitted(rights[0])

    def need_write(self, blob: Blob | None) -> None:
        """Refuse to replace a blob with the right to create only."""
        self.need("write", "create")
        if blob is not None and "write" not in self.access.rights:
            raise not_permitted("write over a blob")


def build(blobs: BlobService, largest_bytes: int) -> App:
    """Return the face, to be asked for all below `PATH`; `largest_bytes` is the most that one body may hold."""
    face = _Face(blobs, largest_bytes)

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        is_about_us = scope["path"] == PATH + description.PATH and request.method == "GET"
        response = JSONResponse(description.document()) if is_about_us else await face.answer(request)
        await response(scope, receive, send)

    return app


def is_meant(path: str) -> bool:
    """Return whether a path belongs to this face."""
    return path.startswith(f"{PATH}/")


class _Face:
    def __init__(self, blobs: BlobService, largest_bytes: int) -> None:
        self._blobs = blobs
        self._largest_bytes = largest_bytes

    async def answer(self, request: Request) -> Response:
        """Serve one request."""
        try:
            response = await self._serve(request)
        except BlobError as error:
            response = error.response()
        except NoRoom as error:
            response = BlobError(409, "StorageLimitReached", str(error)).response()
        except StorageFull as error:
            response = BlobError(507, "InsufficientStorage", str(error)).response()
        except Unavailable as error:
            response = BlobError(503, "ServerBusy", str(error)).response()
        response.headers["x-ms-request-id"] = str(uuid.uuid4())
        response.headers["x-ms-version"] = request.headers.get("x-ms-version", _VERSION)
        if identity := request.headers.get("x-ms-client-request-id"):
            response.headers["x-ms-client-request-id"] = identity[:1024]
        return response

    async def _serve(self, request: Request) -> Response:
        call = self._call(request)
        method, query = request.method, call.query
        what = query.get("comp", "")
        if query.get("restype") == "container" or not call.name:
            if method == "GET" and what == "list":
                return await self._list(call)
            raise not_permitted("do that with a container")
        match method, what:
            case "PUT", "":
                return await self._put(call)
            case "PUT", "block":
                return await self._put_block(call)
            case "PUT", "blocklist":
                return await self._put_block_list(call)
            case (("GET" | "HEAD"), ""):
                return await self._get(call)
            case "GET", "blocklist":
                return await self._block_lists(call)
            case "DELETE", "":
                return await self._delete(call)
            case (("GET" | "HEAD" | "PUT" | "DELETE"), _):
                raise wrong_query("comp", f"{what!r} is not served here")
            case _:
                raise BlobError(405, "UnsupportedHttpVerb", f"{method} is not served here.")

    def _call(self, request: Request) -> _Call:
        container, _, name = request.scope["path"].removeprefix(f"{PATH}/").partition("/")
        try:
            access = self._blobs.access(container, dict(request.query_params))
        except NotAllowed as refused:
            raise not_authenticated(str(refused)) from None
        if wrong := _wrong_in(name):
            raise BlobError(400, "InvalidUri", f"The name of the blob {wrong}.")
        if name and name != access.prefix and not name.startswith(f"{access.prefix}/"):
            raise outside()
        return _Call(request, container, name, access)

    async def _put(self, call: _Call) -> Response:
        headers = call.request.headers
        kind = headers.get("x-ms-blob-type", "")
        if kind.lower() != "blockblob":
            raise wrong_header("x-ms-blob-type", f"{kind!r} is not BlockBlob, the only type served here")
        conditions = await self._may_write(call)
        try:
            blob = await self._blobs.put(
                call.container,
                call.name,
                _parts(call.request, self._largest_bytes),
                content_type=wire.content_type(headers),
                metadata=wire.metadata(headers),
                headers=wire.kept_whole(headers),
                conditions=conditions,
                md5=wire.digest(headers) or wire.digest(headers, "x-ms-blob-content-md5"),
            )
        except ConditionFailed as failed:
            raise _refused(conditions, failed.blob) from None
        except WrongDigest as error:
            raise BlobError(400, "Md5Mismatch", str(error)) from None
        return Response(status_code=201, headers=wire.written(blob))

    async def _put_block(self, call: _Call) -> Response:
        call.need("write", "create", "add")
        block = call.query.get("blockid", "")
        if not block or len(block) > 2 * _LONGEST_BLOCK_ID:
            raise wrong_query("blockid", f"it needs 1 to {_LONGEST_BLOCK_ID} bytes in Base64")
        parts, md5 = _parts(call.request, self._largest_bytes), wire.digest(call.request.headers)
        try:
            await self._blobs.stage(call.container, call.name, block, parts, md5)
        except WrongDigest as error:
            raise BlobError(400, "Md5Mismatch", str(error)) from None
        return Response(status_code=201, headers={"x-ms-request-server-encrypted": "false"})

    async def _put_block_list(self, call: _Call) -> Response:
        conditions = await self._may_write(call)
        body = bytearray()
        async for part in _parts(call.request, _LONGEST_LIST_BYTES):
            body += part
        headers = call.request.headers
        wire.digest(headers, "x-ms-blob-content-md5")
        try:
            blob = await self._blobs.commit(
                call.container,
                call.name,
                wire.block_list(bytes(body)),
                content_type=headers.get("x-ms-blob-content-type") or "application/octet-stream",
                metadata=wire.metadata(headers),
                headers=wire.kept(headers),
                conditions=conditions,
            )
        except UnknownBlock:
            raise BlobError(400, "InvalidBlockList", "The list names a block that was not written.") from None
        except ConditionFailed as failed:
            raise _refused(conditions, failed.blob) from None
        return Response(status_code=201, headers=wire.written(blob))

    async def _block_lists(self, call: _Call) -> Response:
        call.need("read")
        wanted = call.query.get("blocklisttype", "committed").lower()
        if wanted not in ("committed", "uncommitted", "all"):
            raise wrong_query("blocklisttype", f"{wanted!r} is none of committed, uncommitted, all")
        blob = await self._blobs.find(call.container, call.name)
        blocks = await self._blobs.blocks(call.container, call.name)
        if blob is None and not blocks.uncommitted:
            raise not_found(call.name)
        size = {} if blob is None else {**wire.written(blob), "x-ms-blob-content-length": str(blob.size_bytes)}
        return Response(wire.block_lists(blocks, wanted), headers=size, media_type="application/xml")

    async def _may_write(self, call: _Call) -> wire.Preconditions:
        """Decide early, so that a body that will be refused need not be sent; the store decides again."""
        conditions = wire.Preconditions(call.request.headers)
        there = await self._blobs.find(call.container, call.name)
        call.need_write(there)
        if not conditions.allow(there):
            raise _refused(conditions, there)
        return conditions

    async def _get(self, call: _Call) -> Response:
        call.need("read")
        blob = await self._blobs.find(call.container, call.name)
        if blob is None:
            raise not_found(call.name)
        headers = call.request.headers
        conditions = wire.Preconditions(headers)
        if conditions.is_unchanged(blob):
            return Response(status_code=304, headers=wire.written(blob))
        if not conditions.allow(blob):
            raise _refused(conditions, blob)
        if call.request.method == "HEAD":
            size = {"Content-Length": str(blob.size_bytes)}
            return Response(headers={**wire.properties(blob), **size})
        part = wire.span(headers, blob.size_bytes)
        described = wire.properties(blob, is_part=part is not None)
        start, end = part or (0, blob.size_bytes)
        described["Content-Length"] = str(end - start)
        if part is not None:
            described["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size_bytes}"
        try:
            body = await self._blobs.read(call.container, blob, start, end)
        except NotFound:
            raise not_found(call.name) from None
        if wire.asks_digest(headers, None if part is None else end - start):
            whole = b"".join([piece async for piece in body])
            md5 = hashlib.md5(whole, usedforsecurity=False).digest()
            return Response(whole, 206, {**described, "Content-MD5": base64.b64encode(md5).decode()})
        return StreamingResponse(body, 206 if part else 200, described)

    async def _delete(self, call: _Call) -> Response:
        call.need("delete")
        conditions = wire.Preconditions(call.request.headers)
        blob = await self._blobs.find(call.container, call.name)
        if blob is None:
            raise not_found(call.name)
        if not conditions.allow(blob):
            raise _refused(conditions, blob)
        await self._blobs.delete(call.container, call.name)
        return Response(status_code=202, headers={"x-ms-delete-type-permanent": "true"})

    async def _list(self, call: _Call) -> Response:
        """List what the signature is about: as names of the container, or below the prefix if that is the place."""
        call.need("list")
        asked = call.query
        if odd := [name for name in ("prefix", "marker", "delimiter") if _UNLISTABLE.search(asked.get(name, ""))]:
            raise wrong_query(odd[0], "it holds characters that no name can have")
        base = f"{call.name}/" if call.name else ""
        whole = base + asked.get("prefix", "")
        allowed = f"{call.access.prefix}/"
        if not whole.startswith(allowed) and not allowed.startswith(whole):
            raise outside()
        told = asked.get("maxresults", "5000")
        if not told.isascii() or not told.isdigit() or not 1 <= int(told) <= 5000:
            raise wrong_query("maxresults", f"{told!r} is not from 1 to 5000")
        most, marker, delimiter = int(told), asked.get("marker", ""), asked.get("delimiter", "")
        prefix = whole if whole.startswith(allowed) else allowed
        after, read = (base + marker if marker else "", most + 1) if not delimiter else ("", _ALL)
        found = await self._blobs.list(call.container, prefix, after, read)
        named = [(blob.name[len(base) :], blob) for blob in found]
        lines: list[lists.Line] = list(named)
        if delimiter:
            lines = list(lists.divided(named, asked.get("prefix", ""), delimiter, marker))
        following = lines[most - 1][0] if len(lines) > most else ""
        url = str(call.request.url.replace(query=""))
        return Response(lists.document(url, asked, lines[:most], following), media_type="application/xml")


def _wrong_in(name: str) -> str | None:
    """Return what keeps a blob from having a name, in words."""
    if len(name) > _LONGEST_NAME:
        return f"has {len(name):,} characters; it can have {_LONGEST_NAME:,}"
    if "\\" in name:
        return "holds a backslash; folders are divided by /"
    if odd := _UNLISTABLE.search(name):
        return f"holds U+{ord(odd[0]):04X}, which no list of blobs can show"
    if any(part in (".", "..") for part in name.split("/")):
        return "has a part . or .., which leads elsewhere"
    return None


def _refused(conditions: wire.Preconditions | None, blob: Blob | None) -> BlobError:
    if blob is not None and conditions is not None and conditions.is_about_absence:
        return BlobError(409, "BlobAlreadyExists", "The blob exists already.")
    return BlobError(412, "ConditionNotMet", "The condition of the request does not hold.")


async def _parts(request: Request, most: int) -> AsyncIterator[bytes]:
    """Give the body as it comes.

    Raises `BlobError` when it is too large, or ends before it is whole.
    """
    too_large = BlobError(413, "RequestBodyTooLarge", f"The body is larger than {most} bytes.")
    said = request.headers.get("content-length", "0")
    if said.isdigit() and int(said) > most:
        raise too_large
    taken = 0
    try:
        async for part in request.stream():
            taken += len(part)
            if taken > most:
                raise too_large
            yield part
    except ClientDisconnect:
        raise BlobError(400, "IncompleteBody", "The body ended before it was whole.") from None
