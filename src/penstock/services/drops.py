"""Test drops: places for the files of a test, and tests of URLs that need no files."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from penstock.accounts.people import Identity, Scope
from penstock.errors import InvalidInput, NoRoom, NotFound
from penstock.library.blobs import Blob, Grant, Right, no_room
from penstock.library.items import Item, Kind
from penstock.ports.blobs import BlobStore
from penstock.ports.clock import Clock
from penstock.ports.stores import Store, Work
from penstock.services.access import note, require
from penstock.services.url_tests import UrlTest

_LASTS = datetime.timedelta(hours=2)
_RIGHTS: frozenset[Right] = frozenset({"read", "add", "create", "write", "list"})
_MOST_FILES = 5000
_MOST_BYTES = 256 * 1024 * 1024
"""How much of a drop is read to run it; data files of tests are far smaller."""

_USELESS_HERE = (".dll", ".exe", ".pdb", ".jar")
"""Compiled code is not run here, so it is not read either."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A place for files; with a `url_test` there are none. `run` is the last run made of it, `said` the caller's own.

    What was said is kept as it came. `deleted` is when its files were, as nobody needed them any more.
    """

    id: str
    team: str
    created: datetime.datetime
    url_test: UrlTest | None = None
    said: Mapping[str, Any] | None = None
    run: str | None = None
    deleted: datetime.datetime | None = None


def container_of(team: str) -> str:
    """Return the name of the container of a team's blobs."""
    return f"ets-containerfor-{team}"


class DropService:
    """Each method raises `NotAllowed` for callers who may not, `NotFound` for drops of others.

    A team may have `most_bytes`, 0 for any number.
    """

    def __init__(self, store: Store, clock: Clock, blobs: BlobStore, most_bytes: int = 0) -> None:
        self._store = store
        self._clock = clock
        self._blobs = blobs
        self._most_bytes = most_bytes

    def create(self, who: Identity, url_test: UrlTest | None, said: Mapping[str, Any]) -> Drop:
        """Make a place for files, or keep a test of URLs.

        Raises `Unavailable` when there is no place for files, `NoRoom` when the team has as many bytes as it may.
        """
        require(who, Scope.RUN)
        if url_test is None:
            container = container_of(who.team)
            self._blobs.open(container)
            if self._most_bytes and (used := self._blobs.used_bytes(container)) >= self._most_bytes:
                raise NoRoom(no_room(used, self._most_bytes))
        now = self._clock.now()
        content = {"url_test": None if url_test is None else asdict(url_test), "said": dict(said), "run": None}
        item = Item(str(uuid.uuid4()), who.team, Kind.TEST_DROP, "drop", content, now, now, who.user)
        with self._store.write() as work:
            work.items.add(item)
            note(work, who, now, "test-drop.create", item.id)
        return _drop(item)

    def get(self, who: Identity, id: str) -> Drop:
        """Return a drop."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return _drop(_found(work, who, id))

    def used_by(self, work: Work, who: Identity, id: str, run: str) -> None:
        """Note in a unit of work which run was made of a drop last."""
        item = _found(work, who, id)
        changed = replace(item, content={**item.content, "run": run}, version=item.version + 1)
        work.items.change(changed, item.version)

    def grant(self, who: Identity, drop: Drop) -> Grant:
        """Return the access to the place that the caller may have, for the next hours."""
        may_write = who.may(Scope.RUN) and drop.deleted is None  # nobody would look after files that come later
        rights = _RIGHTS if may_write else frozenset[Right]({"read", "list"})
        return self._blobs.grant(container_of(drop.team), drop.id, rights, self._clock.now() + _LASTS)

    @property
    def url(self) -> str:
        """Where files are uploaded to, without the names of places."""
        return self._blobs.url

    def files(self, drop: Drop) -> dict[str, bytes]:
        """Return the files of a drop by their names in it, but for compiled code.

        Raises `InvalidInput` when there are more, or larger ones, than a test can have.
        """
        if drop.url_test is not None:
            return drop.url_test.files()[1]
        if drop.deleted is not None:
            raise InvalidInput(
                f"the files of the drop were deleted on {drop.deleted:%Y-%m-%d %H:%M} UTC, with those of its runs or "
                "as they were old; upload them to a new drop"
            )
        container = container_of(drop.team)
        prefix = f"{drop.id}/"
        blobs = self._listed(container, prefix)
        wanted = [blob for blob in blobs if PurePosixPath(blob.name).suffix.lower() not in _USELESS_HERE]
        _verify_size(wanted)
        return {blob.name.removeprefix(prefix): self._content(container, blob) for blob in wanted}

    def unpack(self, team: str, id: str, folder: Path) -> None:
        """Write all files of a drop into a folder. Raises as `files`, and for names that lead out of the folder."""
        container, prefix = container_of(team), f"{id}/"
        blobs = self._listed(container, prefix)
        _verify_size(blobs)
        for blob in blobs:
            path = folder / blob.name.removeprefix(prefix)
            if not path.resolve().is_relative_to(folder) or path == folder:
                raise InvalidInput(f"file {blob.name!r}: the name leads out of the drop")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    for piece in self._blobs.read(container, blob):
                        file.write(piece)
            except OSError as error:
                raise InvalidInput(f"file {blob.name!r}: {error.strerror}") from error

    def place(self, who: Identity, id: str) -> Grant:
        """Return the access to the files that lie beside something kept of the caller's team, by its id."""
        self._blobs.open(container_of(who.team))
        return self.grant(who, Drop(id, who.team, self._clock.now()))

    def copy(self, who: Identity, id: str, drop: Drop) -> None:
        """Copy the files that lie beside something kept into a drop."""
        for name, content in self.files(Drop(id, who.team, self._clock.now())).items():
            self.put(drop, name, content)

    def put(self, drop: Drop, name: str, content: bytes) -> None:
        """Put a file into a drop."""
        upload = self._blobs.put(container_of(drop.team), f"{drop.id}/{name}")
        try:
            upload.write(content)
            upload.keep()
        finally:
            upload.discard()

    def _listed(self, container: str, prefix: str) -> Sequence[Blob]:
        try:
            return self._blobs.list(container, prefix, most=_MOST_FILES + 1)
        except NotFound as gone:
            raise InvalidInput(f"the files of the drop are gone: {gone}; upload them to a new one") from None

    def _content(self, container: str, blob: Blob) -> bytes:
        return b"".join(self._blobs.read(container, blob))


def _verify_size(blobs: Sequence[Blob]) -> None:
    if len(blobs) > _MOST_FILES:
        raise InvalidInput(
            f"the drop holds more than {_MOST_FILES:,} files; upload what the test names, as penstock cloud-run does"
        )
    size = sum(blob.size_bytes for blob in blobs)
    if size > _MOST_BYTES:
        raise InvalidInput(
            f"the files of the drop have {size:,} bytes; at most {_MOST_BYTES:,} can be used: upload "
            "what the test names, as penstock cloud-run does"
        )


def _found(work: Work, who: Identity, id: str) -> Item:
    item = work.items.get(who.team, id, Kind.TEST_DROP)
    if item is None:
        raise NotFound(f"there is no test drop {id}")
    return item


def _drop(item: Item) -> Drop:
    content = item.content
    kept = content["url_test"]
    url_test = None
    if kept is not None:
        kept = {
            **kept,
            "urls": tuple(kept["urls"]),
            "browsers": tuple((name, share) for name, share in kept["browsers"]),
        }
        url_test = UrlTest(**kept)
    gone = content.get("deleted_at")
    deleted = None if gone is None else datetime.datetime.fromisoformat(gone)
    return Drop(item.id, item.team, item.created, url_test, content["said"], content["run"], deleted)
