"""Entries of the folder store: what a blob is made of, written and read whole."""

from __future__ import annotations

import contextlib
import datetime
import errno
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from penstock.errors import StorageFull, Unavailable
from penstock.library.blobs import Blob


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of the store: its id, its size, and the id of the block that it was written as, if it was one."""

    id: str
    size_bytes: int
    block: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A blob, or a block that waits, and the pieces it is made of."""

    blob: Blob
    pieces: tuple[Piece, ...]


def write_entry(path: Path, entry: Entry) -> None:
    """Write an entry beside, and then rename it: who reads sees the one before or this one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    blob = entry.blob
    said = {
        "name": blob.name,
        "etag": blob.etag,
        "modified": blob.modified.timestamp(),
        "content_type": blob.content_type,
        "metadata": blob.metadata,
        "headers": blob.headers,
        "pieces": [(piece.id, piece.size_bytes, piece.block) for piece in entry.pieces],
    }
    new = path.with_suffix(f".{uuid.uuid4().hex}.new")
    try:
        new.write_bytes(orjson.dumps(said))
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def read_entry(path: Path) -> Entry | None:
    """Return an entry, None where there is none that is whole."""
    try:
        said = orjson.loads(path.read_bytes())
    except (
        FileNotFoundError,
        orjson.JSONDecodeError,
    ):  # a power cut can leave an entry empty: its blob was never whole
        return None
    except OSError as error:
        raise Unavailable(f"the folder of the blobs: {error.strerror}") from error
    pieces = [Piece(*piece) for piece in said["pieces"]]
    modified = datetime.datetime.fromtimestamp(said["modified"], datetime.UTC)
    headers = said.get("headers", {})  # entries of earlier versions have none
    size = sum(piece.size_bytes for piece in pieces)
    blob = Blob(said["name"], size, said["etag"], modified, said["content_type"], said["metadata"], headers)
    return Entry(blob, tuple(pieces))


def new_entry(
    name: str,
    pieces: Sequence[Piece],
    content_type: str,
    metadata: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Entry:
    """Return the entry of a blob that is written now."""
    now = datetime.datetime.now(datetime.UTC)
    size = sum(piece.size_bytes for piece in pieces)
    blob = Blob(name, size, uuid.uuid4().hex, now, content_type, dict(metadata or {}), dict(headers or {}))
    return Entry(blob, tuple(pieces))


def hash_of(text: str) -> str:
    """Return what stands for a text in the names of files."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@contextlib.contextmanager
def available() -> Iterator[None]:
    """Tell what the operating system refuses in our own errors."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(
                f"the disk that holds test drops and results is full ({error.strerror}): nothing of this was kept; the "
                "operator of the server has to make room"
            ) from error
        raise Unavailable(f"the folder of the blobs: {error.strerror}") from error
