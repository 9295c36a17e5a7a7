"""Runs of cloud load tests are found by the database as the face tells them: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from penstock.accounts.people import Team
from penstock.api.cloudtest.states import STAGES, where
from penstock.library.items import Item, Kind
from penstock.ports.stores import Page
from penstock.runs.cloud_runs import CloudRunWish
from penstock.runs.run import Run, RunId
from penstock.runs.state import TRANSITIONS, RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.kept_cloud_runs import cloud_run_of
from penstock.store import SqlStore, migrating, open_store

NOW = datetime.datetime(2026, 5, 4, 12, 0, 0, 123456, datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres").database())
    opened = open_store(url, Path())
    yield opened
    opened.close()


class World:
    """A team, and what is kept of its runs."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.team = str(uuid.uuid4())
        with store.write() as work:
            work.accounts.add_team(Team(self.team, f"Team {self.team}", NOW, {}))

    def add(
        self,
        *,
        name: str = "home.loadtest",
        age: float = 0,
        progress: str = "created",
        run: StoredRun | None = None,
        retention: str = "none",
        **content: Any,
    ) -> Item:
        """Keep a run; with an execution, that too."""
        at = NOW - DAY * age
        said = {"retentionState": retention, **content.pop("said", {})}
        kept = {
            "name": name,
            "number": 1,
            "drop": "",
            "description": "",
            "kind": "visual-studio",
            "load": {},
            "created_by": "ann",
            "progress": progress,
            "said": said,
            "run": None if run is None else run.id,
            **content,
        }
        item = Item(str(uuid.uuid4()), self.team, Kind.CLOUD_RUN, name, kept, at, at, "ann")
        with self.store.write() as work:
            work.items.add(item)
            if run is not None:
                work.runs.add(run)
        return item

    def execution(self, state: RunState = RunState.QUEUED, at: datetime.datetime = NOW, **more: Any) -> StoredRun:
        run = Run(RunId(str(uuid.uuid4())), "shop", at)
        for one in _way(state):
            run = run.to(one, at)
        return replace(StoredRun(run, self.team, RunKind.LOAD, None, 1, "ann"), **more)

    def drop(self, age: float) -> Item:
        at = NOW - DAY * age
        item = Item(str(uuid.uuid4()), self.team, Kind.TEST_DROP, "drop", {"said": {}}, at, at, "ann")
        with self.store.write() as work:
            work.items.add(item)
        return item

    def found(self, page: Page | None = None, **wish: Any) -> list[str]:
        with self.store.read() as work:
            return [one.id for one in work.cloud_runs.list(self.team, CloudRunWish(**wish), page or Page(100))]


@pytest.fixture
def world(store: SqlStore) -> World:
    return World(store)


def _way(state: RunState) -> list[RunState]:
    """Return a way through the table from `created` to a state."""
    ways: list[list[RunState]] = [[]]
    while ways:
        way = ways.pop(0)
        at = way[-1] if way else RunState.CREATED
        if at is state:
            return way
        ways.extend([*way, following] for following in sorted(TRANSITIONS[at]))
    raise AssertionError(state)


def test_the_state_that_the_database_finds_is_the_one_that_is_told(world: World) -> None:
    told: dict[str, set[str]] = {word: set() for word in STAGES}
    for stopped_by in ("", "ann"):
        for progress in ("created", "refused", "cancelled", "launched"):
            item = world.add(progress=progress, stopped_by=stopped_by)
            told[where(cloud_run_of(item, None)).state].add(item.id)
        for state in RunState:
            run = world.execution(state)
            item = world.add(progress="launched", run=run, stopped_by=stopped_by)
            told[where(cloud_run_of(item, run)).state].add(item.id)
    assert all(told.values())
    for word, ids in told.items():
        assert set(world.found(stages=STAGES[word])) == ids, word


def test_a_run_whose_execution_was_deleted_is_told_as_aborted(world: World) -> None:
    item = world.add(progress="launched", run=world.execution(RunState.PASSED, deleted=True))
    assert where(cloud_run_of(item, None)).state == "aborted"
    assert world.found(stages=STAGES["aborted"]) == [item.id]
    assert world.found(stages=STAGES["completed"]) == []


def test_what_is_said_together_applies_together(world: World) -> None:
    mine = world.add(name="Home.LoadTest", said={"runSourceIdentifier": "build/7\0"}, retention="retain")
    other = world.add(name="other.loadtest", kind="jmeter", created_by="bob")
    table: list[tuple[dict[str, Any], list[Item]]] = [
        ({"name": "HOME.loadtest"}, [mine]),
        ({"name": "ome.loadtest"}, []),
        ({"ids": frozenset({other.id})}, [other]),
        ({"ids": frozenset()}, []),
        ({"kind": "jmeter"}, [other]),
        ({"source": "build/7"}, [mine]),
        ({"retention": "retain"}, [mine]),
        ({"created_by": frozenset({"bob"})}, [other]),
        ({"created_by": frozenset()}, []),
        ({"created_by": frozenset({"bob"}), "name": "home.loadtest"}, []),
        ({"stages": ()}, []),
    ]
    for wish, items in table:
        assert world.found(**wish) == [one.id for one in items], wish


def test_the_last_change_is_that_of_the_run_or_of_its_execution(world: World) -> None:
    old = world.add(age=10)
    ran = world.add(age=10, progress="launched", run=world.execution(RunState.PASSED, NOW - DAY))
    assert world.found(since=NOW - 2 * DAY) == [ran.id]
    assert world.found(until=NOW - 2 * DAY) == [old.id]
    assert set(world.found(since=NOW - 10 * DAY, until=NOW - DAY)) == {old.id, ran.id}


def test_pages_of_what_is_meant_follow_one_another(world: World) -> None:
    made = [world.add(age=10 - n // 2, name="a" if n % 2 else "b") for n in range(12)]
    wanted = sorted((one for one in made if one.name == "a"), key=lambda one: (one.created, one.id), reverse=True)
    found: list[Item] = []
    for _ in range(3):
        after = (found[-1].created, found[-1].id) if found else None
        with world.store.read() as work:
            found += work.cloud_runs.list(world.team, CloudRunWish(name="a"), Page(2, after))
    assert [one.id for one in found] == [one.id for one in wanted]


def test_what_is_due_is_chosen_by_the_database(world: World) -> None:
    due = {
        "old and over": world.add(age=31, progress="launched", run=world.execution(RunState.FAILED)),
        "old and never started": world.add(age=31),
        "old and refused": world.add(age=31, progress="refused"),
        "marked": world.add(age=1, progress="refused", retention="markedForDeletion"),
    }
    world.add(age=31, progress="launched", run=world.execution(RunState.RUNNING))
    world.add(age=1, retention="markedForDeletion")
    world.add(age=29, progress="refused")
    world.add(age=400, progress="refused", retention="retain")
    world.add(age=400, progress="refused", retention="deleted", deleted_at=NOW.isoformat())
    with world.store.read() as work:
        found = [one.id for one in work.cloud_runs.due(NOW - 30 * DAY, 100) if one.team == world.team]
        asked = [one.id for one in work.cloud_runs.due(None, 100) if one.team == world.team]
        assert len(work.cloud_runs.due(NOW - 30 * DAY, 2)) == 2
    assert set(found) == {one.id for one in due.values()}
    assert asked == [due["marked"].id]


def test_a_drop_is_unused_when_no_run_with_files_needs_it(world: World) -> None:
    unused, needed, given_up, young = world.drop(31), world.drop(31), world.drop(31), world.drop(29)
    world.add(drop=needed.id)
    world.add(drop=given_up.id, deleted_at=NOW.isoformat())
    with world.store.read() as work:
        found = {one.id for one in work.cloud_runs.unused_drops(NOW - 30 * DAY, 100)}
    assert {unused.id, given_up.id} <= found
    assert not {needed.id, young.id} & found


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_an_older_version_kept_is_found(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path / 'old'}"
    if database == "postgresql":
        url = str(request.getfixturevalue("postgres").database())
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    migrating.upgrade(engine, "0002")
    at = "2026-05-04 12:00:00"
    item = "INSERT INTO items (id, team, kind, name, name_key, content, version, created, changed, author, deleted) "
    content = (
        '{"name":"a","number":1,"drop":"d","description":"\\u0000","kind":"jmeter","load":{},"created_by":"ann",'
        '"progress":"launched","run":"r","said":{"runSourceIdentifier":"b/1"}}'
    )
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO teams (id, name, name_key, created, settings) VALUES ('t', 'T', 't', :at, '{}')"),
            {"at": at},
        )
        connection.execute(
            text(f"{item} VALUES ('i', 't', 'cloud-run', 'a', 'a', :content, 1, :at, :at, 'ann', :no)"),
            {"content": content, "at": at, "no": False},
        )
        connection.execute(
            text(f"{item} VALUES ('gone', 't', 'test-drop', 'a', 'a', :content, 1, :at, :at, 'ann', :no)"),
            {"content": '{"said":{},"deleted_at":"2026-05-05T00:00:00+00:00"}', "at": at, "no": False},
        )
        connection.execute(
            text(
                "INSERT INTO runs (id, team, kind, name, description, state, version, created, history, test_version, "
                "launched_by, asked, facts, result, tags, deleted) VALUES ('r', 't', 'load', 'a', '', 'queued', 1, "
                """:at, '[["created","queued","2026-06-01T00:00:00+00:00",""]]', 1, 'ann', '{}', '{}', '{}', '[]', """
                ":no)"
            ),
            {"at": at, "no": False},
        )
    engine.dispose()
    store = open_store(url, tmp_path)
    june = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
    wish = CloudRunWish(source="b/1", kind="jmeter", since=june, until=june, stages=STAGES["queued"])
    with store.read() as work:
        assert [one.id for one in work.cloud_runs.list("t", wish, Page())] == ["i"]
        assert work.cloud_runs.unused_drops(june, 10) == ()
    store.close()
