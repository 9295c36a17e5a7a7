"""Where files of any size are kept, by container and name.

What is written appears whole or not at all: nobody sees half a blob. Methods block; who serves many calls them from
threads. Names are any text of 1 to 1,024 characters, in parts divided by `/`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from penstock.library.blobs import Access, Blob, Blocks, Grant, ListedBlock, Right


class Conditions(Protocol):
    """What must hold of the blob at the moment of a write, decided together with it."""

    def allow(self, blob: Blob | None) -> bool:
        """Whether to go on, given what is there now."""


class Upload(Protocol):
    """A blob or a block on its way; without `keep` nothing of it stays."""

    def write(self, data: bytes) -> None:
        """Add bytes."""

    def keep(self) -> Blob:
        """End it; the blob (of a block: what is known of the block) is there now.

        Raises `ConditionFailed` when the conditions did not hold.
        """

    def discard(self) -> None:
        """Forget what was written, if it was not kept. Callable at any time."""


class BlobStore(Protocol):
    """Keeps blobs. All methods raise `Unavailable` when the place they are kept in does not answer.

    It is `StorageFull` where nothing more fits.
    """

    @property
    def url(self) -> str:
        """Where clients reach the containers, without a `/` at its end."""

    def ready(self) -> None:
        """Raise `Unavailable`, saying why, when nothing can be kept now."""

    def used_bytes(self, container: str) -> int:
        """Return how many bytes a container holds, as far as that is known."""

    def open(self, container: str) -> None:
        """Make a container where there is none; grants of it can be used from then on."""

    def put(
        self,
        container: str,
        name: str,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        *,
        is_bounded: bool = True,
    ) -> Upload:
        """Begin to write a blob, in place of the one that may be there.

        Where it is bounded, a store that counts what it holds raises `NoRoom` in the upload for more than may be.
        """

    def find(self, container: str, name: str) -> Blob | None:
        """Return what is known of a blob."""

    def read(self, container: str, blob: Blob, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give the bytes from `start` up to and without `end`, in pieces of bounded size.

        Raises `NotFound` when the blob was replaced or deleted meanwhile.
        """

    def list(self, container: str, prefix: str = "", *, most: int = 5000) -> tuple[Blob, ...]:
        """Return blobs by name, those with the prefix. Raises `NotFound` where the container was taken away."""

    def delete(self, container: str, name: str) -> bool:
        """Delete a blob; returns whether there was one."""

    def tidy(self) -> None:
        """Forget what uploads that never ended have left long ago."""

    def grant(self, container: str, prefix: str, rights: frozenset[Right], until: datetime.datetime) -> Grant:
        """Return access to the blobs below `prefix/`; a store may have to give it for the whole container."""


class ServedBlobStore(BlobStore, Protocol):
    """A store that no client reaches by itself: one of our faces serves it, and asks it what a grant allows."""

    def put(
        self,
        container: str,
        name: str,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        conditions: Conditions | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        is_bounded: bool = True,
    ) -> Upload:
        """Begin to write a blob, in place of the one that may be there, if the conditions hold of that at its end."""

    def stage(self, container: str, name: str, block: str) -> Upload:
        """Begin to write a block that a later `commit` may name."""

    def commit(
        self,
        container: str,
        name: str,
        blocks: Sequence[ListedBlock],
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        conditions: Conditions | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Blob:
        """Make the blob of these blocks, in their order; other blocks of it are forgotten.

        Raises `UnknownBlock`, `ConditionFailed`.
        """

    def blocks(self, container: str, name: str) -> Blocks:
        """Return the blocks of a blob, and those that wait for a list."""

    def list(self, container: str, prefix: str = "", after: str = "", *, most: int = 5000) -> tuple[Blob, ...]:
        """Return blobs by name, those with the prefix and behind `after`."""

    def access(self, container: str, query: Mapping[str, str], now: datetime.datetime) -> Access | str:
        """Return what the grant in a request's query allows in a container, or in words why nothing."""
