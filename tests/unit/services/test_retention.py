"""What is deleted of cloud load tests when its time is over, and what is not."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.accounts.people import Team
from penstock.blobs.files import FileBlobStore
from penstock.blobs.grants import Grants
from penstock.library.items import Item, Kind
from penstock.ports.stores import Store
from penstock.services.drops import container_of
from penstock.services.retention import RetentionService
from penstock.store import open_store

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
DAYS = 30


class Clock:
    def now(self) -> datetime.datetime:
        return NOW


class World:
    """A store with one team, and a folder of blobs."""

    def __init__(self, store: Store, blobs: FileBlobStore) -> None:
        self.store = store
        self.blobs = blobs
        self.team = str(uuid.uuid4())
        with store.write() as work:
            work.accounts.add_team(Team(self.team, f"Team {self.team}", NOW, {}))

    def add(self, kind: Kind, age: int, **content: Any) -> str:
        """Keep something that was changed so many days ago, with two files."""
        at = NOW - datetime.timedelta(days=age)
        item = Item(str(uuid.uuid4()), self.team, kind, "one", content, at, at, str(uuid.uuid4()))
        with self.store.write() as work:
            work.items.add(item)
        for name in ("a", "TestResult/b"):
            upload = self.blobs.put(container_of(self.team), f"{item.id}/{name}")
            upload.write(b"x")
            upload.keep()
        return item.id

    def drop(self, age: int) -> str:
        return self.add(Kind.TEST_DROP, age, url_test=None, said={}, run=None)

    def run(self, drop: str, age: int, state: str = "none", progress: str = "refused") -> str:
        return self.add(Kind.CLOUD_RUN, age, drop=drop, said={"retentionState": state}, progress=progress)

    def looked(self, days: int = DAYS) -> None:
        RetentionService(self.store, Clock(), self.blobs, days).look()

    def has_files(self, *ids: str) -> list[bool]:
        return [len(self.blobs.list(container_of(self.team), f"{id}/")) == 2 for id in ids]

    def content(self, id: str) -> dict[str, Any]:
        with self.store.read() as work:
            item = work.items.get(self.team, id)
        assert item is not None
        return item.content


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path)
    yield World(store, FileBlobStore(tmp_path / "blobs", Grants(b"k" * 32), "http://127.0.0.1/blob"))
    store.close()


def test_old_runs_and_their_drops_lose_their_files_and_nothing_else(world: World) -> None:
    old, young = world.drop(31), world.drop(29)
    run, alive = world.run(old, 31), world.run(young, 29)
    world.looked()
    assert world.has_files(old, run, young, alive) == [False, False, True, True]
    assert world.content(run)["said"] == {"retentionState": "deleted"}
    assert world.content(run)["deleted_at"] == NOW.isoformat()
    world.looked()
    assert world.content(run)["deleted_at"] == NOW.isoformat()


def test_what_is_retained_stays_with_its_drop(world: World) -> None:
    drop = world.drop(400)
    retained, other = world.run(drop, 400, "retain"), world.run(drop, 400)
    world.looked()
    assert world.has_files(drop, retained, other) == [True, True, False]


def test_a_drop_stays_as_long_as_a_younger_run_needs_it(world: World) -> None:
    drop = world.drop(400)
    run = world.run(drop, 1, progress="created")
    world.looked()
    assert world.has_files(drop, run) == [True, True]


def test_a_drop_goes_with_the_last_of_its_runs(world: World) -> None:
    drop = world.drop(1)
    run = world.run(drop, 1, "markedForDeletion")
    unused = world.drop(1)
    world.looked(days=0)
    assert world.has_files(drop, run, unused) == [False, False, True]


def test_where_files_are_kept_only_what_a_caller_marks_is_deleted(world: World) -> None:
    drop = world.drop(4000)
    marked, other = world.run(drop, 1, "markedForDeletion"), world.run(drop, 4000)
    world.looked(days=0)
    assert world.has_files(drop, marked, other) == [True, False, True]
