"""Blobs for the faces: whole bodies in and out, in threads, by pieces of bounded size."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping, Sequence

from penstock.errors import InvalidInput, NotAllowed
from penstock.library.blobs import Access, Blob, Blocks, ListedBlock
from penstock.ports.blobs import Conditions, ServedBlobStore, Upload
from penstock.ports.clock import Clock

_AT_ONCE_BYTES = 1024 * 1024
"""How much is collected before a thread writes it."""


class WrongDigest(InvalidInput):
    """The body is not the one whose MD5 was said."""


class BlobService:
    """Reads and writes blobs. All methods raise `Unavailable` when the store does not answer."""

    def __init__(self, store: ServedBlobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def access(self, container: str, query: Mapping[str, str]) -> Access:
        """Return what the grant in a request's query allows. Raises `NotAllowed`, saying why, when it is none."""
        access = self._store.access(container, query, self._clock.now())
        if isinstance(access, str):
            raise NotAllowed(access)
        return access

    async def put(
        self,
        container: str,
        name: str,
        parts: AsyncIterable[bytes],
        *,
        content_type: str,
        metadata: Mapping[str, str],
        headers: Mapping[str, str],
        conditions: Conditions,
        md5: bytes | None = None,
    ) -> Blob:
        """Write a blob. Raises `ConditionFailed`, `WrongDigest`; nothing is kept then."""

        def begin() -> Upload:
            return self._store.put(container, name, content_type, metadata, conditions, headers=headers)

        return await _fill(begin, parts, md5)

    async def stage(
        self, container: str, name: str, block: str, parts: AsyncIterable[bytes], md5: bytes | None = None
    ) -> None:
        """Write a block for a later `commit`. Raises `WrongDigest`."""
        await _fill(lambda: self._store.stage(container, name, block), parts, md5)

    async def commit(
        self,
        container: str,
        name: str,
        blocks: Sequence[ListedBlock],
        *,
        content_type: str,
        metadata: Mapping[str, str],
        headers: Mapping[str, str],
        conditions: Conditions,
    ) -> Blob:
        """Make a blob of blocks. Raises `UnknownBlock`, `ConditionFailed`."""
        commit = functools.partial(self._store.commit, headers=headers)
        return await asyncio.to_thread(commit, container, name, blocks, content_type, metadata, conditions)

    async def blocks(self, container: str, name: str) -> Blocks:
        """Return the blocks of a blob, and those that wait for a list."""
        return await asyncio.to_thread(self._store.blocks, container, name)

    async def find(self, container: str, name: str) -> Blob | None:
        """Return what is known of a blob."""
        return await asyncio.to_thread(self._store.find, container, name)

    async def read(self, container: str, blob: Blob, start: int, end: int) -> AsyncIterator[bytes]:
        """Return the bytes of a range, the first of them read. Raises `NotFound` when the blob is not that one now."""
        pieces = self._store.read(container, blob, start, end)
        first = await asyncio.to_thread(next, pieces, b"")
        return _following(first, pieces)

    async def list(self, container: str, prefix: str, after: str, most: int) -> tuple[Blob, ...]:
        """Return blobs by name, those with the prefix and behind `after`."""
        return await asyncio.to_thread(self._store.list, container, prefix, after, most=most)

    async def delete(self, container: str, name: str) -> bool:
        """Delete a blob; returns whether there was one."""
        return await asyncio.to_thread(self._store.delete, container, name)


async def _fill(begin: Callable[[], Upload], parts: AsyncIterable[bytes], md5: bytes | None) -> Blob:
    upload = await asyncio.to_thread(begin)
    found = hashlib.md5(usedforsecurity=False) if md5 is not None else None
    waiting = bytearray()

    def write(data: bytes) -> None:
        if found is not None:
            found.update(data)
        upload.write(data)

    try:
        async for part in parts:
            waiting += part
            if len(waiting) >= _AT_ONCE_BYTES:
                await asyncio.to_thread(write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(write, bytes(waiting))
        if found is not None and found.digest() != md5:
            raise WrongDigest("the body does not have the MD5 that was said")
        return await asyncio.to_thread(upload.keep)
    finally:
        await asyncio.to_thread(upload.discard)


async def _following(first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece
