"""List Blobs: which of the names are told, folders as one where they are divided, and the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.utils import format_datetime
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from penstock.library.blobs import Blob

Line = tuple[str, Blob | None]
"""A name with its blob, or the beginning of several names without one."""


def divided(lines: Sequence[tuple[str, Blob]], prefix: str, delimiter: str, after: str) -> Iterator[Line]:
    """Give what lies directly behind the prefix: blobs, and once each what is in front of the delimiter in others.

    What is not behind `after`, the last line of the page before, is left out.
    """

    def shown(line: tuple[str, Blob]) -> str:
        head, found, _ = line[0][len(prefix) :].partition(delimiter)
        return prefix + head + found if found else line[0]

    for name, those in groupby(lines, shown):
        if name > after:
            first = next(those)
            yield name, None if name.endswith(delimiter) and name != first[0] else first[1]


def document(url: str, asked: Mapping[str, str], lines: Sequence[Line], following: str) -> str:
    """Return the answer to List Blobs: names with their blobs, and where the next page begins."""
    said = "".join(
        f"<{tag}>{escape(asked[name])}</{tag}>"
        for name, tag in (
            ("prefix", "Prefix"),
            ("marker", "Marker"),
            ("maxresults", "MaxResults"),
            ("delimiter", "Delimiter"),
        )
        if asked.get(name)
    )
    with_metadata = "metadata" in asked.get("include", "").lower().split(",")
    entries = "".join(_entry(name, blob, with_metadata=with_metadata) for name, blob in lines)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName={quoteattr(url)}>'
        f"{said}<Blobs>{entries}</Blobs><NextMarker>{escape(following)}</NextMarker></EnumerationResults>"
    )


def _entry(name: str, blob: Blob | None, *, with_metadata: bool) -> str:
    if blob is None:
        return f"<BlobPrefix><Name>{escape(name)}</Name></BlobPrefix>"
    modified = format_datetime(blob.modified, usegmt=True)
    headers = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in sorted(blob.headers.items()))
    metadata = "".join(
        f"<{name}>{escape(value)}</{name}>" for name, value in blob.metadata.items() if name.isidentifier()
    )
    return (
        f"<Blob><Name>{escape(name)}</Name><Properties><Creation-Time>{modified}</Creation-Time>"
        f"<Last-Modified>{modified}</Last-Modified><Etag>{blob.etag}</Etag>"
        f"<Content-Length>{blob.size_bytes}</Content-Length><Content-Type>{escape(blob.content_type)}</Content-Type>"
        f"{headers}<BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus>"
        "<LeaseState>available</LeaseState><ServerEncrypted>false</ServerEncrypted></Properties>"
        f"{f'<Metadata>{metadata}</Metadata>' if with_metadata else ''}</Blob>"
    )
