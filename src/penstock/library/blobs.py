"""Files of any size that are kept for a team, by container and name, and who may reach them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Right = Literal["read", "add", "create", "write", "delete", "list"]


@dataclass(frozen=True, slots=True)
class Blob:
    """What is known of one. `etag` changes with every write; `modified` is UTC.

    `headers` are those of HTTP that its writer wants it to be read with (`Content-MD5`, `Cache-Control`, …).
    """

    name: str
    size_bytes: int
    etag: str
    modified: datetime.datetime
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedBlock:
    """A block in a list: among those written since the last list, those of the blob, or the first of both."""

    id: str
    place: Literal["Latest", "Committed", "Uncommitted"] = "Latest"


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a blob in their order, and those that wait for a list: ids and sizes in bytes."""

    committed: tuple[tuple[str, int], ...] = ()
    uncommitted: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """Access to the blobs whose names begin with `prefix/`, for whoever holds it, until it ends.

    `url` names the prefix, `query` is what a caller adds to it and to each blob's URL (`sv=…&sig=…`).
    """

    url: str
    query: str


@dataclass(frozen=True, slots=True)
class Access:
    """What a valid grant allows: these rights on what lies below `prefix/` of a container."""

    container: str
    prefix: str
    rights: frozenset[Right]


class UnknownBlock(Exception):
    """A list of blocks names one that was not written."""


class ConditionFailed(Exception):
    """The conditions of a write did not hold; `blob` is what is there."""

    def __init__(self, blob: Blob | None) -> None:
        super().__init__("the condition of the write does not hold")
        self.blob = blob


def no_room(used: int, most: int, more: int = 0) -> str:
    """Say that `used` bytes are all, or with `more` too many, of the `most` that a team may have, and what to do."""
    asked = f", and {more:,} more do not fit" if more else ""
    return (
        f"the team's test drops and results have {used:,} of the {most:,} bytes that they may have{asked}. Let old "
        "runs go (retentionState markedForDeletion deletes their files, and the drops that no other run needs), or ask "
        "the operator of the server for more (max_team_bytes, keep_files_days)"
    )
