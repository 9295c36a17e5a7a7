"""Headers and documents of the protocol, read and written."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import re
from collections.abc import Mapping
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal
from xml.sax.saxutils import escape

from lxml import etree

from penstock.api.azureblob.errors import BlobError, wrong_header
from penstock.library.blobs import Blob, Blocks, ListedBlock

_METADATA = "x-ms-meta-"
_CONTENT = "x-ms-blob-content-"
_KEPT = {
    **{f"{_CONTENT}{name}": f"Content-{name.title()}" for name in ("encoding", "language", "disposition")},
    f"{_CONTENT}md5": "Content-MD5",
    "x-ms-blob-cache-control": "Cache-Control",
}
"""Headers that a write gives its blob, and that a read tells again under these names."""

_DIGESTED_BYTES = 4 * 1024 * 1024
"""The most that a range may have for its MD5 to be told with it."""

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_MOST_BLOCKS = 50_000
_PLACES: dict[str, Literal["Latest", "Committed", "Uncommitted"]] = {
    "Latest": "Latest",
    "Committed": "Committed",
    "Uncommitted": "Uncommitted",
}


def properties(blob: Blob, *, is_part: bool = False) -> dict[str, str]:
    """Return the headers that describe a blob; of a part, the MD5 of the whole has a name of its own."""
    said = dict(blob.headers)
    if is_part and (md5 := said.pop("Content-MD5", "")):
        said[f"{_CONTENT}md5"] = md5
    return {
        **said,
        "Content-Type": blob.content_type,
        "ETag": f'"{blob.etag}"',
        "Last-Modified": format_datetime(blob.modified, usegmt=True),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": format_datetime(blob.modified, usegmt=True),
        "x-ms-lease-state": "available",
        "x-ms-lease-status": "unlocked",
        "x-ms-server-encrypted": "false",
        "Accept-Ranges": "bytes",
        **{f"{_METADATA}{name}": value for name, value in blob.metadata.items()},
    }


def written(blob: Blob) -> dict[str, str]:
    """Return the headers of an answer to a write."""
    return {
        "ETag": f'"{blob.etag}"',
        "Last-Modified": format_datetime(blob.modified, usegmt=True),
        "x-ms-request-server-encrypted": "false",
    }


def content_type(headers: Mapping[str, str]) -> str:
    """Return the type that a write gives its blob."""
    return headers.get("x-ms-blob-content-type") or headers.get("content-type") or "application/octet-stream"


def metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the metadata that a write gives its blob. Raises `BlobError` for names that no list could show."""
    found = {name[len(_METADATA) :]: value for name, value in headers.items() if name.startswith(_METADATA)}
    if odd := [name for name in found if not (name.isascii() and name.isidentifier())]:
        raise BlobError(400, "InvalidMetadata", f"{odd[0]!r} is no name of metadata: letters, digits and _ make one.")
    return found


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a write gives its blob, its type apart."""
    return {name: headers[said] for said, name in _KEPT.items() if headers.get(said)}


def kept_whole(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that Put Blob gives its blob: the MD5 of the body is that of the blob."""
    said = {"Content-MD5": headers["content-md5"]} if headers.get("content-md5") else {}
    return said | kept(headers)


def digest(headers: Mapping[str, str], name: str = "content-md5") -> bytes | None:
    """Return the MD5 that the body must have, if one is asked for."""
    value = headers.get(name)
    if value is None:
        return None
    try:
        found = base64.b64decode(value, validate=True)
    except binascii.Error:
        found = b""
    if len(found) != hashlib.md5(usedforsecurity=False).digest_size:
        raise BlobError(400, "InvalidMd5", f"The {name} is no MD5 in Base64.")
    return found


def asks_digest(headers: Mapping[str, str], size: int | None) -> bool:
    """Return whether the MD5 of a range of `size` bytes is wanted with it; None: of the whole.

    Raises `BlobError` where it cannot be had.
    """
    name = "x-ms-range-get-content-md5"
    if headers.get(name, "").lower() != "true":
        return False
    if size is None:
        raise wrong_header(name, "it is about a range, and none is asked for")
    if size > _DIGESTED_BYTES:
        raise BlobError(400, "OutOfRangeInput", f"The MD5 of a range is told for {_DIGESTED_BYTES} bytes at most.")
    return True


def span(headers: Mapping[str, str], size: int) -> tuple[int, int] | None:
    """Return first byte and the one behind the last of a range that is asked for; None: the whole.

    Raises `BlobError` for a range that begins behind the end.
    """
    value = headers.get("x-ms-range") or headers.get("range")
    if value is None:
        return None
    match = _RANGE.fullmatch(value.strip())
    if match is None or (match[2] and int(match[2]) < int(match[1])):
        raise wrong_header("Range", f"{value!r} is no range of the form bytes=FIRST-LAST")
    first = int(match[1])
    if first >= size:
        raise BlobError(
            416,
            "InvalidRange",
            f"The range begins behind the {size} bytes of the blob.",
            {"Content-Range": f"bytes */{size}"},
        )
    return first, min(int(match[2]) + 1, size) if match[2] else size


class Preconditions:
    """The conditions of a request: `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._match = headers.get("if-match")
        self._none_match = headers.get("if-none-match")
        self._modified_since = _time(headers, "if-modified-since")
        self._unmodified_since = _time(headers, "if-unmodified-since")

    @property
    def is_about_absence(self) -> bool:
        """Whether they ask that there is no blob yet."""
        return self._none_match == "*"

    def allow(self, blob: Blob | None) -> bool:
        """Whether they hold of what is there."""
        if blob is None:
            return self._match is None
        # The protocol counts in whole seconds.
        modified = blob.modified.replace(microsecond=0)
        return (
            (self._match is None or self._match == "*" or _same(self._match, blob))
            and not self.is_unchanged(blob)
            and (self._unmodified_since is None or modified <= self._unmodified_since)
        )

    def is_unchanged(self, blob: Blob) -> bool:
        """Whether the caller knows the blob as it is, so that a read need not give it."""
        if self._none_match is not None:
            return self._none_match == "*" or _same(self._none_match, blob)
        modified = blob.modified.replace(microsecond=0)
        return self._modified_since is not None and modified <= self._modified_since


def _same(tag: str, blob: Blob) -> bool:
    return any(each.strip().strip('"') == blob.etag for each in tag.split(","))


def _time(headers: Mapping[str, str], name: str) -> datetime.datetime | None:
    value = headers.get(name)
    if value is None:
        return None
    try:
        time = parsedate_to_datetime(value)
    except ValueError:
        raise wrong_header(name, f"{value!r} is no date") from None
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)


def block_list(body: bytes) -> list[ListedBlock]:
    """Return the blocks of a `BlockList` document, in their order.

    Raises `BlobError` for what is no such document.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BlobError(400, "InvalidXmlDocument", f"The list of blocks is no XML: {error.msg}.") from None
    if root.tag != "BlockList":
        raise BlobError(400, "InvalidXmlDocument", "The document is no BlockList.")
    blocks = []
    for child in root:
        place = _PLACES.get(str(child.tag))
        if place is None:
            raise BlobError(400, "InvalidXmlNodeValue", f"The list of blocks holds {child.tag!r}.")
        blocks.append(ListedBlock((child.text or "").strip(), place))
    if len(blocks) > _MOST_BLOCKS:
        raise BlobError(409, "BlockCountExceedsLimit", f"A blob has {_MOST_BLOCKS} blocks at most.")
    return blocks


def block_lists(blocks: Blocks, wanted: str) -> str:
    """Return the answer to Get Block List, with those that are `wanted`: committed, uncommitted or all."""
    told = ""
    for tag, those in (("Committed", blocks.committed), ("Uncommitted", blocks.uncommitted)):
        if wanted in (tag.lower(), "all"):
            entries = "".join(f"<Block><Name>{escape(id)}</Name><Size>{size}</Size></Block>" for id, size in those)
            told += f"<{tag}Blocks>{entries}</{tag}Blocks>"
    return f'<?xml version="1.0" encoding="utf-8"?><BlockList>{told}</BlockList>'
