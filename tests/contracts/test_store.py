"""Every store keeps this contract: the same statements on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from penstock.accounts.people import AuditEntry, Role, Scope, Session, Team, Token, User
from penstock.errors import Conflict, InvalidInput, Unavailable
from penstock.library.items import Item, Kind
from penstock.metrics.packing import Packed
from penstock.metrics.snapshot import Snapshot, merge
from penstock.ports.stores import Delivery, Lease, Page, Store, Work
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import FlowRun, RunKind, StoredRun
from penstock.store import SqlStore, migrating, open_store
from penstock.store.tables import metadata

NOW = datetime.datetime(2026, 5, 4, 12, 0, 0, 123456, datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres").database())
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[SqlStore]:
    opened = open_store(url, Path())
    yield opened
    opened.close()


@pytest.fixture
def team(store: Store) -> Team:
    team = Team(str(uuid.uuid4()), f"Team {uuid.uuid4()}", NOW, {"limits": [1, None, "é\u0000"]})
    with store.write() as work:
        work.accounts.add_team(team)
    return team


@pytest.fixture
def user(store: Store, team: Team) -> User:
    user = User(str(uuid.uuid4()), team.id, f"Ann {uuid.uuid4()}", Role.EDITOR, NOW, "hash")
    with store.write() as work:
        work.accounts.add_user(user)
    return user


def made(team: Team, **changes: object) -> Item:
    item = Item(str(uuid.uuid4()), team.id, Kind.SUITE, "Shop", {"flows": []}, NOW, NOW, "author")
    return replace(item, **changes)  # type: ignore[arg-type]


def launched(team: Team, **changes: object) -> StoredRun:
    run = Run(RunId(str(uuid.uuid4())), "shop", NOW).to(RunState.QUEUED, NOW)
    return replace(StoredRun(run, team.id, RunKind.LOAD, None, 1, "ann"), **changes)  # type: ignore[arg-type]


def moved(stored: StoredRun, state: RunState) -> StoredRun:
    return replace(stored, run=stored.run.to(state, NOW + SECOND))


def test_a_team_is_found_by_its_id(store: Store, team: Team) -> None:
    with store.read() as work:
        assert work.accounts.team(team.id) == team


def test_two_teams_cannot_have_one_name(store: Store, team: Team) -> None:
    with pytest.raises(Conflict), store.write() as work:
        work.accounts.add_team(replace(team, id=str(uuid.uuid4()), name=team.name.upper()))


def test_what_a_failed_block_wrote_is_not_kept(store: Store, team: Team) -> None:
    item = made(team)

    def fail() -> None:
        with store.write() as work:
            work.items.add(item)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as work:
        assert work.items.get(team.id, item.id) is None


def test_a_token_is_found_by_its_hash_and_revoked_once(store: Store, team: Team, user: User) -> None:
    token = Token(str(uuid.uuid4()), team.id, user.id, "CI", "pst_abc", uuid.uuid4().hex, frozenset({Scope.RUN}), NOW)
    with store.write() as work:
        work.accounts.add_token(token)
        work.accounts.token_used(token.id, NOW + SECOND)
        assert work.accounts.revoke_token("another team", token.id, NOW) is False
        assert work.accounts.revoke_token(team.id, token.id, NOW) is True
        assert work.accounts.revoke_token(team.id, token.id, NOW) is False
    with store.read() as work:
        assert work.accounts.token_hashed(token.hash) == replace(token, last_used=NOW + SECOND, revoked=NOW)
        assert [one.id for one in work.accounts.tokens(team.id)] == [token.id]


def test_sessions_that_are_over_are_forgotten(store: Store, user: User) -> None:
    old = Session(uuid.uuid4().hex, user.id, "key", NOW, NOW)
    new = Session(uuid.uuid4().hex, user.id, "key", NOW, NOW + SECOND)
    with store.write() as work:
        work.accounts.add_session(old)
        work.accounts.add_session(new)
        work.accounts.remove_sessions(user.id, NOW + SECOND)
        assert work.accounts.session_hashed(old.hash) is None
        assert work.accounts.session_hashed(new.hash) == new


def test_the_audit_log_is_read_newest_first_and_by_team(store: Store, team: Team) -> None:
    entries = [AuditEntry(NOW, team.id, "ann", None, f"action {number}", "it", {"n": number}) for number in range(3)]
    with store.write() as work:
        for entry in entries:
            work.audit.add(entry)
    with store.read() as work:
        numbered = work.audit.entries(team.id, 2)
        assert [entry for _, entry in numbered] == entries[:0:-1]
        assert [entry for _, entry in work.audit.entries(team.id, 9, before=numbered[-1][0])] == entries[:1]


def test_an_item_keeps_all_its_versions(store: Store, team: Team) -> None:
    first = made(team, content={"text": "a\u0000b", "number": 1.5, "none": None})
    second = replace(first, name="Shop 2", version=2, changed=NOW + SECOND)
    with store.write() as work:
        work.items.add(first)
        work.items.change(second, expected=1)
    with store.read() as work:
        assert work.items.get(team.id, first.id) == second
        assert [one.version for one in work.items.versions(team.id, first.id)] == [2, 1]
        kept = work.items.version(team.id, first.id, 1)
        assert kept is not None
        assert (kept.name, kept.content) == ("Shop", first.content)


def test_a_change_of_an_old_version_is_refused_and_leaves_no_trace(store: Store, team: Team) -> None:
    item = made(team)
    with store.write() as work:
        work.items.add(item)
        work.items.change(replace(item, version=2), expected=1)
    with pytest.raises(Conflict), store.write() as work:
        work.items.change(replace(item, name="mine", version=2), expected=1)
    with store.read() as work:
        assert [one.version for one in work.items.versions(team.id, item.id)] == [2, 1]


def test_a_clients_own_id_makes_one_item_a_kind(store: Store, team: Team) -> None:
    item = made(team)
    with store.write() as work:
        work.items.add(item, "mine", "hash")
        work.items.add(made(team, kind=Kind.PLAN), "mine", "hash")
    with pytest.raises(Conflict), store.write() as work:
        work.items.add(made(team), "mine", "hash")
    with store.read() as work:
        assert work.items.made_by(team.id, Kind.SUITE, "mine") == (item, "hash")


def test_lists_go_on_where_the_last_page_ended(store: Store, team: Team) -> None:
    items = [made(team, created=NOW + index // 2 * SECOND, name=f"50% {index}") for index in range(5)]
    with store.write() as work:
        for item in items:
            work.items.add(item)
        work.items.add(made(team, name="500"))
        work.items.add(made(team, name="50% gone", deleted=True))
    seen: list[Item] = []
    with store.read() as work:
        page = Page(2)
        while found := work.items.list(team.id, Kind.SUITE, page, search="50%"):
            seen += found
            page = Page(2, (found[-1].created, found[-1].id))
        assert work.items.count(team.id, Kind.SUITE, search="50%") == 5
    assert seen == sorted(items, key=lambda item: (item.created, item.id), reverse=True)


Ids = tuple[str, str, str]  # of an item, a run, a flow run


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda work, team, ids: work.items.get(team, ids[0]), id="an item"),
        pytest.param(lambda work, team, ids: work.items.version(team, ids[0], 1), id="a version"),
        pytest.param(lambda work, team, ids: work.items.versions(team, ids[0]) or None, id="versions"),
        pytest.param(lambda work, team, ids: work.runs.get(team, ids[1]), id="a run"),
        pytest.param(lambda work, team, ids: work.flow_runs.get(team, ids[2]), id="a flow run"),
        pytest.param(lambda work, team, ids: work.flow_runs.recording(team, ids[2]), id="a recording"),
    ],
)
def test_things_of_another_team_are_not_found(
    store: Store, team: Team, read: Callable[[Work, str, Ids], object]
) -> None:
    item, run = made(team), launched(team)
    flow_run = FlowRun(str(uuid.uuid4()), run.id, 0, "flow", "passed")
    ids = (item.id, run.id, flow_run.id)
    with store.write() as work:
        work.items.add(item)
        work.runs.add(run)
        work.flow_runs.put(flow_run, b"{}")
    with store.read() as work:
        assert read(work, team.id, ids) is not None
        assert read(work, str(uuid.uuid4()), ids) is None


def test_a_run_comes_back_as_it_was(store: Store, team: Team) -> None:
    run = launched(team, asked={"a": 1}, facts={"b": [2]}, result={"c": None}, tags=("x", "y"), description="d")
    with store.write() as work:
        work.runs.add(run)
    with store.read() as work:
        assert work.runs.get(team.id, run.id) == run


def test_some_runs_are_read_together_and_those_of_others_are_left_out(store: Store, team: Team) -> None:
    first, second, third = (launched(team) for _ in range(3))
    with store.write() as work:
        for run in (first, second, third):
            work.runs.add(run)
    with store.read() as work:
        asked = (third.id, first.id, str(uuid.uuid4()))
        assert work.runs.some(team.id, asked) == {first.id: first, third.id: third}
        assert work.runs.some(str(uuid.uuid4()), asked) == {}
        assert work.runs.some(team.id, ()) == {}


def test_of_two_who_change_a_run_one_is_refused(store: Store, team: Team) -> None:
    run = launched(team)
    with store.write() as work:
        work.runs.add(run)
        work.runs.change(moved(run, RunState.PREPARING), expected=1)
    with pytest.raises(Conflict), store.write() as work:
        work.runs.change(moved(run, RunState.ERROR), expected=1)


def test_one_of_many_claims_a_run(store: Store, team: Team) -> None:
    run = launched(team)
    with store.write() as work:
        work.runs.add(run)
    claims: list[bool] = []

    def claim() -> None:
        try:
            with store.write() as work:
                work.runs.change(moved(run, RunState.PREPARING), expected=1)
            claims.append(True)
        except Conflict:
            claims.append(False)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(claims) == [False] * 7 + [True]


def test_one_of_many_takes_a_delivery_and_notes_what_became_of_it_while_it_is_held(store: Store, team: Team) -> None:
    run, hook = launched(team), made(team, kind=Kind.WEBHOOK)
    due = NOW - 10_000 * SECOND  # so that those of no other test are
    with store.write() as work:
        work.runs.add(run)
        work.items.add(hook)
        work.deliveries.add(run.id, hook.id, due)
    found: list[Delivery | None] = []

    def take() -> None:
        with store.write() as work:
            found.append(work.deliveries.take(due, due + SECOND))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (first,) = [one for one in found if one is not None]
    with store.write() as work:
        assert not work.deliveries.any_due(due)
        assert not work.deliveries.any_due(due + SECOND, [hook.id])
        assert work.deliveries.take(due + SECOND, due + 2 * SECOND, [hook.id]) is None
        second = work.deliveries.take(due + SECOND, due + 2 * SECOND)  # whoever had it first was lost
        assert second is not None
        assert second.id == first.id
        assert not work.deliveries.note(first, 1, None, "too late")
        assert work.deliveries.note(second, 1, None, "taken")
        assert not work.deliveries.any_due(due + 3 * SECOND)


def test_runs_wait_in_the_order_they_were_asked_for(store: Store, team: Team) -> None:
    def at(second: int) -> StoredRun:
        run = Run(RunId(str(uuid.uuid4())), "shop", NOW - 1000 * SECOND + second * SECOND).to(RunState.QUEUED, NOW)
        return StoredRun(run, team.id, RunKind.PLAN, None, 1, "ann")

    runs = [at(second) for second in (3, 1, 2)]
    with store.write() as work:
        for run in runs:
            work.runs.add(run)
        work.runs.change(moved(runs[1], RunState.PREPARING), expected=1)
        waiting = work.runs.oldest_queued([RunKind.PLAN], 10)
    assert [run.id for run in waiting] == [runs[2].id, runs[0].id]


def test_a_lease_is_renewed_by_its_owner_only(store: Store, team: Team) -> None:
    run = launched(team)
    with store.write() as work:
        work.runs.add(run)
        work.runs.change(moved(run, RunState.PREPARING), expected=1)
        work.runs.lease(run.id, "me", NOW)
        assert work.runs.renew([run.id], "other", NOW + SECOND) == frozenset()
        assert work.runs.renew([run.id], "me", NOW + SECOND) == {run.id}
        held = {one.id: lease for one, lease in work.runs.under_way()}
        assert held[run.id] == Lease("me", NOW + SECOND)
        moved_on = moved(run, RunState.PREPARING)
        assert not work.runs.take_lease(moved_on, Lease("me", NOW), "other", NOW)
        assert not work.runs.take_lease(run, held[run.id], "other", NOW)
        assert work.runs.take_lease(moved_on, held[run.id], "other", NOW)
        assert work.runs.renew([run.id], "me", NOW + SECOND) == frozenset()


def test_commands_are_given_once_and_in_order(store: Store, team: Team) -> None:
    run = launched(team)
    with store.write() as work:
        work.runs.add(run)
        work.runs.command(run.id, NOW, "pause", {})
        work.runs.command(run.id, NOW, "level", {"level": 3})
    with store.write() as work:
        assert [(one.action, one.arguments) for one in work.runs.commands([run.id])] == [
            ("pause", {}),
            ("level", {"level": 3}),
        ]
    with store.write() as work:
        assert work.runs.commands([run.id]) == ()


def snapshot(source: str, second: int) -> Snapshot:
    content = f"""{{"version": 1, "source": "{source}", "second": {second}, "users": {{"active": 2}},
        "iterations": {{"started": 3}}, "series": [{{"kind": "request", "name": "a", "count": 3}}]}}"""
    return Snapshot.decode(content.encode())


def test_the_sum_of_a_second_replaces_the_one_before(store: Store, team: Team) -> None:
    run = launched(team)
    whole = merge([snapshot("0/2", 1), snapshot("1/2", 1)])
    with store.write() as work:
        work.runs.add(run)
        work.snapshots.put(run.id, [snapshot("0/2", 1), snapshot("0/2", 0)])
        assert work.snapshots.at(run.id, 1, "main") == snapshot("0/2", 1)
    for _ in range(2):
        with store.write() as work:
            work.snapshots.put(run.id, [whole])
    with store.read() as work:
        assert list(work.snapshots.all(run.id)) == [snapshot("0/2", 0), whole]
        assert list(work.snapshots.all(run.id, since=1)) == [whole]
        assert work.snapshots.at(run.id, 2, "main") is None


def test_packed_seconds_are_read_in_their_places(store: Store, team: Team) -> None:
    run = launched(team)
    seconds = [snapshot("0/2", second) for second in range(6)]
    with store.write() as work:
        work.runs.add(run)
        work.snapshots.put(run.id, seconds)
        work.snapshots.put_together(run.id, Packed.of(seconds[2:4]))
        work.snapshots.put_together(run.id, Packed.of([seconds[4]]))
    with store.read() as work:
        assert list(work.snapshots.all(run.id)) == seconds
        assert list(work.snapshots.all(run.id, since=3)) == seconds[3:]
        assert work.snapshots.at(run.id, 3, "main") == seconds[3]
        assert work.snapshots.at(run.id, 3, "warm-up") is None


def test_what_comes_late_for_a_packed_second_is_told_before_and_after_it_is_packed_again(
    store: Store, team: Team
) -> None:
    run = launched(team)
    seconds = [snapshot("0/2", second) for second in range(4)]
    late = merge([seconds[1], snapshot("1/2", 1)])
    with store.write() as work:
        work.runs.add(run)
        work.snapshots.put(run.id, seconds)
        work.snapshots.put_together(run.id, Packed.of(seconds[:3]))
        work.snapshots.put(run.id, [late])
    expected = [seconds[0], late, *seconds[2:]]
    with store.read() as work:
        assert list(work.snapshots.all(run.id)) == expected
        assert work.snapshots.at(run.id, 1, "main") == late
    with store.write() as work:
        work.snapshots.put_together(run.id, Packed.of([late, seconds[3]]))
    with store.read() as work:
        assert list(work.snapshots.all(run.id)) == expected
        assert work.snapshots.at(run.id, 1, "main") == late


def test_a_second_in_which_the_warm_up_ends_is_kept_in_two(store: Store, team: Team) -> None:
    run = launched(team)
    parts = [replace(snapshot("0/1", 3), phase=phase) for phase in ("warm-up", "main", "cool-down")]
    with store.write() as work:
        work.runs.add(run)
        work.snapshots.put(run.id, reversed(parts))
    with store.read() as work:
        assert list(work.snapshots.all(run.id)) == parts


def test_the_work_of_a_run_comes_back(store: Store, team: Team) -> None:
    run = launched(team)
    with store.write() as work:
        work.runs.add(run)
        work.runs.set_work(run.id, b"work" * 1000)
    with store.read() as work:
        assert work.runs.work(run.id) == b"work" * 1000
        assert work.runs.work(str(uuid.uuid4())) is None


def test_a_flow_run_keeps_its_recording_when_it_changes(store: Store, team: Team) -> None:
    run = launched(team)
    flow_run = FlowRun(str(uuid.uuid4()), run.id, 1, "flow", "running", facts={"requests": 3})
    first = FlowRun(str(uuid.uuid4()), run.id, 0, "first", "passed", hook="beforeAll")
    with store.write() as work:
        work.runs.add(run)
        work.flow_runs.put(flow_run, b"recorded")
        work.flow_runs.put(first)
        work.flow_runs.put(replace(flow_run, status="passed", ended=NOW))
    with store.read() as work:
        assert work.flow_runs.list(run.id) == (first, replace(flow_run, status="passed", ended=NOW))
        assert work.flow_runs.recording(team.id, flow_run.id) == b"recorded"
        assert work.flow_runs.recording(team.id, first.id) is None


def test_reading_sees_nothing_of_a_write_that_is_not_done(store: Store, team: Team) -> None:
    item = made(team)
    with store.write() as writing:
        writing.items.add(item)
        with store.read() as reading:
            assert found(reading, item) is None
    with store.read() as reading:
        assert found(reading, item) == item


def found(work: Work, item: Item) -> Item | None:
    return work.items.get(item.team, item.id)


def test_a_broken_connection_is_said_and_the_next_one_works(
    store: Store, url: str, team: Team, request: pytest.FixtureRequest
) -> None:
    if not url.startswith("postgresql"):
        return  # an embedded database has no connection to lose
    server = request.getfixturevalue("postgres")

    def write() -> None:
        with store.write() as work:
            server.break_connections(url)
            work.items.add(made(team))

    with pytest.raises(Unavailable):
        write()
    with store.read() as work:
        assert work.accounts.team(team.id) == team


def test_the_migrations_make_exactly_the_tables(store: SqlStore) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_released_schema_is_brought_to_this_one(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for revision in migrating.revisions():
        url = f"sqlite:///{tmp_path / revision}"
        if database == "postgresql":
            url = request.getfixturevalue("postgres").database().replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url)
        migrating.upgrade(engine, revision)
        migrating.upgrade(engine)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        engine.dispose()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'newer.sqlite'}"
    open_store(url, tmp_path).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("DROP TABLE recordings"))
    with pytest.raises(InvalidInput, match="newer Penstock"):
        open_store(url, tmp_path)
    assert not inspect(engine).has_table("recordings")
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("nonsense", "postgresql://user", id="no URL"),
        pytest.param("mysql://a@b/c", "mysql is not known", id="a database that is not known"),
    ],
)
def test_a_wrong_database_url_is_said(url: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=says):
        open_store(url, tmp_path)


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        open_store("postgresql://ann@127.0.0.1:1/none?connect_timeout=2", tmp_path)
