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
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from penstock.blobs.entries import Entry, Piece, available, hash_of, new_entry, read_entry, write_entry
from penstock.blobs.grants import Grants
from penstock.blobs.usage import Usage
from penstock.errors import NotFound, Unavailable
from penstock.library.blobs import Access, Blob, Blocks, ConditionFailed, Grant, ListedBlock, Right, UnknownBlock
from penstock.ports.blobs import Conditions

_AT_ONCE_BYTES = 1024 * 1024
"""How much is read at a time."""

_DEFAULT_TYPE = "application/octet-stream"

BLOCKS_LAST = datetime.timedelta(days=7)
"""How long blocks wait for a list that names them, as in the service whose protocol it is."""


class FileBlobStore:
    """Keeps blobs below one folder. `url` is where the face that serves them is reached.

    Who writes to one container waits for others who do, and for nobody else's list of blocks.
    A container holds `most_bytes` (0: any number), with blocks that no blob names yet and what is on its way; uploads
    raise `NoRoom` for more.
    """

    def __init__(self, folder: Path, grants: Grants, url: str = "", most_bytes: int = 0) -> None:
        self._folder = folder
        self._grants = grants
        self._url = url
        self._locks: dict[str, threading.Lock] = {}
        self._usage = Usage(most_bytes)
        with available():
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
        return self._usage.of(hash_of(container))

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
        headers: Mapping[str, str] | None = None,
        is_bounded: bool = True,
    ) -> _Upload:
        """Begin to write a blob."""

        def keep(piece: Piece) -> Blob:
            with self._lock(self._container(container)), available():
                return self._keep(container, new_entry(name, [piece], content_type, metadata, headers), conditions)

        return _Upload(self._pieces(container), self._counted(container, is_bounded=is_bounded), keep)

    def stage(self, container: str, name: str, block: str) -> _Upload:
        """Begin to write a block."""
        path = self._blocks(container, name) / f"{hash_of(block)}.json"

        def keep(piece: Piece) -> Blob:
            entry = new_entry(block, [Piece(piece.id, piece.size_bytes, block)], _DEFAULT_TYPE)
            with self._lock(self._container(container)), available():
                before = read_entry(path)
                write_entry(path, entry)
            self._forget(container, before)
            return entry.blob

        return _Upload(self._pieces(container), self._counted(container), keep)

    def _counted(self, container: str, *, is_bounded: bool = True) -> Callable[[int], None]:
        """Return what counts bytes of an upload as they come, and those that it gives back as less than none."""
        key = hash_of(container)

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
        blocks: Sequence[ListedBlock],
        content_type: str = _DEFAULT_TYPE,
        metadata: Mapping[str, str] | None = None,
        conditions: Conditions | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Blob:
        """Make the blob of these blocks."""
        folder = self._blocks(container, name)
        with self._lock(self._container(container)), available():
            waiting = self._waiting(container, name)
            there = read_entry(self._entry(container, name))
            had = {piece.block: piece for piece in there.pieces if piece.block} if there is not None else {}
            pieces = [_found(block, waiting, had) for block in blocks]
            blob = self._keep(container, new_entry(name, pieces, content_type, metadata, headers), conditions)
            used = {piece.id for piece in pieces}
            for piece in waiting.values():
                if piece.id not in used:
                    self._forget_piece(self._container(container), piece)
            shutil.rmtree(folder, ignore_errors=True)
        return blob

    def blocks(self, container: str, name: str) -> Blocks:
        """Return the blocks of a blob, and those that wait for a list."""
        with self._lock(self._container(container)), available():
            there = read_entry(self._entry(container, name))
            pieces = () if there is None else there.pieces
            waiting = self._waiting(container, name)
        return Blocks(
            committed=tuple((piece.block, piece.size_bytes) for piece in pieces if piece.block),
            uncommitted=tuple(sorted((block, piece.size_bytes) for block, piece in waiting.items())),
        )

    def _waiting(self, container: str, name: str) -> dict[str, Piece]:
        """Return the blocks of a blob that no list has named yet, by their ids."""
        entries = (read_entry(path) for path in self._blocks(container, name).glob("*.json"))
        return {entry.blob.name: entry.pieces[0] for entry in entries if entry is not None}

    def find(self, container: str, name: str) -> Blob | None:
        """Return what is known of a blob."""
        entry = read_entry(self._entry(container, name))
        return None if entry is None else entry.blob

    def read(self, container: str, blob: Blob, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give the bytes of a range."""
        entry = read_entry(self._entry(container, blob.name))
        if entry is None or entry.blob.etag != blob.etag:
            raise NotFound(f"{blob.name}: it was replaced or deleted meanwhile")
        left = blob.size_bytes if end is None else end
        for piece in entry.pieces:
            size = piece.size_bytes
            if left <= 0:
                return
            if start < size:
                yield from _read_piece(self._pieces(container) / piece.id, start, min(size, left), blob.name)
            start, left = max(0, start - size), left - size

    def list(self, container: str, prefix: str = "", after: str = "", *, most: int = 5000) -> tuple[Blob, ...]:
        """Return blobs by name."""
        first, divided, _ = prefix.partition("/")
        part = hash_of(first) if divided else "*"
        with available():
            entries = [read_entry(path) for path in (self._container(container) / "entries").glob(f"{part}/*.json")]
        blobs = (entry.blob for entry in entries if entry is not None)
        found = sorted((blob for blob in blobs if blob.name.startswith(prefix) and blob.name > after), key=_name)
        return tuple(found[:most])

    def delete(self, container: str, name: str) -> bool:
        """Delete a blob."""
        path = self._entry(container, name)
        with self._lock(self._container(container)), available():
            entry = read_entry(path)
            path.unlink(missing_ok=True)
        self._forget(container, entry)
        return entry is not None

    def tidy(self) -> None:
        """Forget blocks that no list has named for a week."""
        before = datetime.datetime.now(datetime.UTC) - BLOCKS_LAST
        for container in self._folder.iterdir():
            for path in _blocks_in(container):
                with self._lock(container), available():
                    entry = read_entry(path)
                    if entry is None or entry.blob.modified >= before:
                        continue
                    path.unlink(missing_ok=True)
                for piece in entry.pieces:
                    self._forget_piece(container, piece)

    def grant(self, container: str, prefix: str, rights: frozenset[Right], until: datetime.datetime) -> Grant:
        """Return access to the blobs below `prefix/`."""
        query = self._grants.sign(Access(container, prefix, rights), until)
        return Grant(f"{self._url}/{container}/{prefix}", query)

    def access(self, container: str, query: Mapping[str, str], now: datetime.datetime) -> Access | str:
        """Return what the query of a request allows, or in words why nothing."""
        return self._grants.read(container, query, now)

    def _keep(self, container: str, entry: Entry, conditions: Conditions | None) -> Blob:
        """Put an entry in place of the one that may be there; the pieces that only that one has are deleted."""
        path = self._entry(container, entry.blob.name)
        before = read_entry(path)
        if conditions is not None and not conditions.allow(None if before is None else before.blob):
            raise ConditionFailed(None if before is None else before.blob)
        write_entry(path, entry)
        self._forget(container, before, entry.pieces)
        return entry.blob

    def _forget(self, container: str, entry: Entry | None, kept: Sequence[Piece] = ()) -> None:
        still_used = {piece.id for piece in kept}
        for piece in () if entry is None else entry.pieces:
            if piece.id not in still_used:
                self._forget_piece(self._container(container), piece)

    def _forget_piece(self, folder: Path, piece: Piece) -> None:
        try:
            (folder / "pieces" / piece.id).unlink()
        except FileNotFoundError:  # somebody else has forgotten it, and counted that
            return
        self._usage.give(folder.name, piece.size_bytes)

    def _sweep(self) -> None:
        """Delete the pieces of uploads that never ended."""
        for container in self._folder.iterdir():
            kept: dict[str, int] = {}
            for path in [*container.glob("entries/*/*.json"), *container.glob("blocks/*/*.json")]:
                entry = read_entry(path)
                if entry is None:
                    path.unlink(missing_ok=True)
                else:
                    kept.update((piece.id, piece.size_bytes) for piece in entry.pieces)
            for path in [*container.glob("pieces/*"), *container.glob("**/*.new")]:
                if path.name not in kept:
                    path.unlink(missing_ok=True)
            self._usage.take(container.name, sum(kept.values()), is_bounded=False)

    def _lock(self, container: Path) -> threading.Lock:
        return self._locks.setdefault(container.name, threading.Lock())

    def _container(self, container: str) -> Path:
        return self._folder / hash_of(container)

    def _pieces(self, container: str) -> Path:
        return self._container(container) / "pieces"

    def _entry(self, container: str, name: str) -> Path:
        return self._container(container) / "entries" / hash_of(name.partition("/")[0]) / f"{hash_of(name)}.json"

    def _blocks(self, container: str, name: str) -> Path:
        return self._container(container) / "blocks" / hash_of(name)


class _Upload:
    """One piece on its way."""

    def __init__(self, folder: Path, count: Callable[[int], None], keep: Callable[[Piece], Blob]) -> None:
        self._identity = uuid.uuid4().hex
        self._path = folder / self._identity
        self._count = count
        self._keep = keep
        self._size = 0
        self._is_over = False
        with available():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file: BinaryIO = self._path.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._count(len(data))
        self._size += len(data)
        with available():
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]

    def keep(self) -> Blob:
        """End it."""
        self._file.close()
        try:
            blob = self._keep(Piece(self._identity, self._size))
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


def _blocks_in(container: Path) -> list[Path]:
    """Return the blocks that wait in a container, of which some may be gone when they are looked at."""
    found: list[Path] = []
    for folder in container.glob("blocks/*"):
        with contextlib.suppress(FileNotFoundError):  # a list named them meanwhile
            found += [path for path in folder.iterdir() if path.suffix == ".json"]
    return found


def _read_piece(path: Path, start: int, end: int, name: str) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(start)
            while start < end and (data := file.read(min(_AT_ONCE_BYTES, end - start))):
                start += len(data)
                yield data
    except FileNotFoundError:
        raise NotFound(f"{name}: it was replaced or deleted meanwhile") from None


def _found(block: ListedBlock, waiting: Mapping[str, Piece], had: Mapping[str, Piece]) -> Piece:
    """Return the piece that a list means. Raises `UnknownBlock`."""
    places = {"Latest": (waiting, had), "Uncommitted": (waiting,), "Committed": (had,)}[block.place]
    for place in places:
        if block.id in place:
            return place[block.id]
    raise UnknownBlock(block.id)


def _name(blob: Blob) -> str:
    return blob.name
