"""Blobs in a folder.

    CONTAINER/entries/PART/NAME.json    what a blob is made of: name, etag, time, type, pieces
    CONTAINER/pieces/ID                 its bytes; a blob of blocks is a list of pieces, so nothing is copied
    CONTAINER/blocks/NAME/BLOCK.json    blocks that no blob names yet, each an entry of one piece

CONTAINER, NAME, BLOCK and PART (of the name, up to its first `/`) are hashes of what they stand for.

An entry is written beside and renamed, which is what makes a write whole: until then the new pieces are nobody's, after
that the old ones are, and are deleted. Pieces that a killed server left, and entries that a power cut left empty, are
swept at the next start.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import hashlib
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from penstock.blobs.grants import Grants
from penstock.blobs.usage import Usage
from penstock.errors import NotFound, StorageFull, Unavailable
from penstock.library.blobs import Access, Blob, ConditionFailed, Grant, Right, UnknownBlock
from penstock.ports.blobs import Conditions

_AT_ONCE_BYTES = 1024 * 1024
"""How much is read at a time."""

_DEFAULT_TYPE = "application/octet-stream"

BLOCKS_LAST = datetime.timedelta(days=7)
"""How long blocks wait for a list that names them, as in the service whose protocol it is."""

Piece = tuple[str, int]
"""Id and size in bytes."""


class FileBlobStore:
    """Keeps blobs below one folder. `url` is where the face that serves them is reached.

    A container holds `most_bytes` (0: any number), with blocks that no blob names yet and what is on its way; uploads
    raise `NoRoom` for more.
    """

    def __init__(self, folder: Path, grants: Grants, url: str = "", most_bytes: int = 0) -> None:
        self._folder = folder
        self._grants = grants
        self._url = url
        self._lock = threading.Lock()
        self._usage = Usage(most_bytes)
        with _available():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sweep()

    @property
    def url(self) -> str:
        """Where clients reach the containers."""
        return self._url

    def ready(self) -> None:
        """Look whether the folder can be written to."""
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise Unavailable(f"the folder of the blobs: {self._folder} cannot be written to")

    def used_bytes(self, container: str) -> int:
        """Return how many bytes a container holds."""
        return self._usage.of(_hash(container))

    def open(self, container: str) -> None:
        """Do nothing: a container is there as soon as something is in it."""

    def put(
        self,
        container: str,
        name: str,
        content_type: str = _DEFAULT_TYPE,
        metadata: Mapping[str, str] | None = None,
        conditions: Conditions | None = None,
        *,
        is_bounded: bool = True,
    ) -> _Upload:
        """Begin to write a blob."""

        def keep(piece: Piece) -> Blob:
            return self._keep(container, name, [piece], content_type, metadata or {}, conditions)

        return _Upload(self._pieces(container), self._counted(container, is_bounded=is_bounded), keep)

    def stage(self, container: str, name: str, block: str) -> _Upload:
        """Begin to write a block."""
        entry = self._blocks(container, name) / f"{_hash(block)}.json"

        def keep(piece: Piece) -> Blob:
            blob = _blob(block, [piece], _DEFAULT_TYPE, {})
            with self._lock, _available():
                before = _read_entry(entry)
                _write_entry(entry, blob, [piece])
            self._forget(container, before)
            return blob

        return _Upload(self._pieces(container), self._counted(container), keep)

    def _counted(self, container: str, *, is_bounded: bool = True) -> Callable[[int], None]:
        """Return what counts bytes of an upload as they come, and those that it gives back as less than none."""
        key = _hash(container)

        def count(size_bytes: int) -> None:
            if size_bytes < 0:
                self._usage.give(key, -size_bytes)
            else:
                self._usage.take(key, size_bytes, is_bounded=is_bounded)

        return count

    def commit(
        self,
        container: str,
        name: str,
        blocks: Sequence[str],
        content_type: str = _DEFAULT_TYPE,
        metadata: Mapping[str, str] | None = None,
        conditions: Conditions | None = None,
    ) -> Blob:
        """Make the blob of these blocks."""
        folder = self._blocks(container, name)
        known = {block: _read_entry(folder / f"{_hash(block)}.json") for block in dict.fromkeys(blocks)}
        pieces: list[Piece] = []
        for block in blocks:
            entry = known[block]
            if entry is None:
                raise UnknownBlock(block)
            pieces.extend(entry.pieces)
        blob = self._keep(container, name, pieces, content_type, metadata or {}, conditions)
        used = {identity for identity, _ in pieces}
        with _available():
            for path in folder.glob("*.json"):
                entry = _read_entry(path)
                if entry is not None and not used.intersection(identity for identity, _ in entry.pieces):
                    self._forget(container, entry)
            shutil.rmtree(folder, ignore_errors=True)
        return blob

    def find(self, container: str, name: str) -> Blob | None:
        """Return what is known of a blob."""
        entry = _read_entry(self._entry(container, name))
        return None if entry is None else entry.blob

    def read(self, container: str, blob: Blob, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give the bytes of a range."""
        entry = _read_entry(self._entry(container, blob.name))
        if entry is None or entry.blob.etag != blob.etag:
            raise NotFound(f"{blob.name}: it was replaced or deleted meanwhile")
        left = blob.size_bytes if end is None else end
        for identity, size in entry.pieces:
            if left <= 0:
                return
            if start < size:
                yield from _read_piece(self._pieces(container) / identity, start, min(size, left), blob.name)
            start, left = max(0, start - size), left - size

    def list(self, container: str, prefix: str = "", after: str = "", *, most: int = 5000) -> tuple[Blob, ...]:
        """Return blobs by name."""
        first, divided, _ = prefix.partition("/")
        part = _hash(first) if divided else "*"
        with _available():
            entries = [_read_entry(path) for path in (self._container(container) / "entries").glob(f"{part}/*.json")]
        blobs = (entry.blob for entry in entries if entry is not None)
        found = sorted((blob for blob in blobs if blob.name.startswith(prefix) and blob.name > after), key=_name)
        return tuple(found[:most])

    def delete(self, container: str, name: str) -> bool:
        """Delete a blob."""
        path = self._entry(container, name)
        with self._lock, _available():
            entry = _read_entry(path)
            path.unlink(missing_ok=True)
        self._forget(container, entry)
        return entry is not None

    def tidy(self) -> None:
        """Forget blocks that no list has named for a week."""
        before = datetime.datetime.now(datetime.UTC) - BLOCKS_LAST
        for container in self._folder.iterdir():
            for path in container.glob("blocks/*/*.json"):
                with self._lock, _available():
                    entry = _read_entry(path)
                    if entry is None or entry.blob.modified >= before:
                        continue
                    path.unlink(missing_ok=True)
                self._forget_pieces(container, entry)

    def grant(self, container: str, prefix: str, rights: frozenset[Right], until: datetime.datetime) -> Grant:
        """Return access to the blobs below `prefix/`."""
        query = self._grants.sign(Access(container, prefix, rights), until)
        return Grant(f"{self._url}/{container}/{prefix}", query)

    def access(self, container: str, query: Mapping[str, str], now: datetime.datetime) -> Access | str:
        """Return what the query of a request allows, or in words why nothing."""
        return self._grants.read(container, query, now)

    def _keep(
        self,
        container: str,
        name: str,
        pieces: Sequence[Piece],
        content_type: str,
        metadata: Mapping[str, str],
        conditions: Conditions | None,
    ) -> Blob:
        path = self._entry(container, name)
        blob = _blob(name, pieces, content_type, metadata)
        with self._lock, _available():
            before = _read_entry(path)
            if conditions is not None and not conditions.allow(None if before is None else before.blob):
                raise ConditionFailed(None if before is None else before.blob)
            _write_entry(path, blob, pieces)
        self._forget(container, before)
        return blob

    def _forget(self, container: str, entry: _Entry | None) -> None:
        if entry is not None:
            self._forget_pieces(self._container(container), entry)

    def _forget_pieces(self, folder: Path, entry: _Entry) -> None:
        for identity, size in entry.pieces:
            try:
                (folder / "pieces" / identity).unlink()
            except FileNotFoundError:  # somebody else has forgotten it, and counted that
                continue
            self._usage.give(folder.name, size)

    def _sweep(self) -> None:
        """Delete the pieces of uploads that never ended."""
        for container in self._folder.iterdir():
            kept: dict[str, int] = {}
            for path in [*container.glob("entries/*/*.json"), *container.glob("blocks/*/*.json")]:
                entry = _read_entry(path)
                if entry is None:
                    path.unlink(missing_ok=True)
                else:
                    kept.update(entry.pieces)
            for path in [*container.glob("pieces/*"), *container.glob("**/*.new")]:
                if path.name not in kept:
                    path.unlink(missing_ok=True)
            self._usage.take(container.name, sum(kept.values()), is_bounded=False)

    def _container(self, container: str) -> Path:
        return self._folder / _hash(container)

    def _pieces(self, container: str) -> Path:
        return self._container(container) / "pieces"

    def _entry(self, container: str, name: str) -> Path:
        return self._container(container) / "entries" / _hash(name.partition("/")[0]) / f"{_hash(name)}.json"

    def _blocks(self, container: str, name: str) -> Path:
        return self._container(container) / "blocks" / _hash(name)


class _Upload:
    """One piece on its way."""

    def __init__(self, folder: Path, count: Callable[[int], None], keep: Callable[[Piece], Blob]) -> None:
        self._identity = uuid.uuid4().hex
        self._path = folder / self._identity
        self._count = count
        self._keep = keep
        self._size = 0
        self._is_over = False
        with _available():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file: BinaryIO = self._path.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._count(len(data))
        self._size += len(data)
        with _available():
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]

    def keep(self) -> Blob:
        """End it."""
        self._file.close()
        try:
            blob = self._keep((self._identity, self._size))
        except BaseException:
            self.discard()
            raise
        self._is_over = True
        return blob

    def discard(self) -> None:
        """Forget it."""
        self._file.close()
        if not self._is_over:
            self._is_over = True
            self._path.unlink(missing_ok=True)
            self._count(-self._size)


@dataclass(frozen=True, slots=True)
class _Entry:
    blob: Blob
    pieces: tuple[Piece, ...]


def _blob(name: str, pieces: Sequence[Piece], content_type: str, metadata: Mapping[str, str]) -> Blob:
    now = datetime.datetime.now(datetime.UTC)
    size = sum(size for _, size in pieces)
    return Blob(name, size, uuid.uuid4().hex, now, content_type, dict(metadata))


def _write_entry(path: Path, blob: Blob, pieces: Sequence[Piece]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    said = {
        "name": blob.name,
        "etag": blob.etag,
        "modified": blob.modified.timestamp(),
        "content_type": blob.content_type,
        "metadata": blob.metadata,
        "pieces": pieces,
    }
    new = path.with_suffix(f".{uuid.uuid4().hex}.new")
    try:
        new.write_bytes(orjson.dumps(said))
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _read_entry(path: Path) -> _Entry | None:
    try:
        said = orjson.loads(path.read_bytes())
    except (
        FileNotFoundError,
        orjson.JSONDecodeError,
    ):  # a power cut can leave an entry empty: its blob was never whole
        return None
    except OSError as error:
        raise Unavailable(f"the folder of the blobs: {error.strerror}") from error
    pieces = tuple((identity, size) for identity, size in said["pieces"])
    modified = datetime.datetime.fromtimestamp(said["modified"], datetime.UTC)
    size = sum(size for _, size in pieces)
    return _Entry(Blob(said["name"], size, said["etag"], modified, said["content_type"], said["metadata"]), pieces)


def _read_piece(path: Path, start: int, end: int, name: str) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(start)
            while start < end and (data := file.read(min(_AT_ONCE_BYTES, end - start))):
                start += len(data)
                yield data
    except FileNotFoundError:
        raise NotFound(f"{name}: it was replaced or deleted meanwhile") from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _name(blob: Blob) -> str:
    return blob.name


@contextlib.contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(
                f"the disk that holds test drops and results is full ({error.strerror}): nothing of this was kept; the "
                "operator of the server has to make room"
            ) from error
        raise Unavailable(f"the folder of the blobs: {error.strerror}") from error
