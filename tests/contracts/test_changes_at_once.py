"""People who change one team at the same moment, each through a server of their own: no change is lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from penstock.accounts.people import Identity, Role
from penstock.errors import Conflict, InvalidInput
from penstock.library.items import Kind
from penstock.outside.web import HttpWeb
from penstock.ports.clock import SystemClock
from penstock.ports.stores import Lease, Page
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.accounts import AccountService
from penstock.services.domains import DomainService
from penstock.services.library import LibraryService
from penstock.services.meters import Meters
from penstock.store import SqlStore, open_store

_AT_ONCE = 6
_ROUNDS = 5


class _PlainPasswords:
    """Passwords that take no time."""

    def hash(self, password: str) -> str:
        return password

    def verify(self, password: str, hash: str) -> bool:
        return password == hash


@dataclass(frozen=True)
class Server:
    store: SqlStore
    accounts: AccountService
    library: LibraryService
    domains: DomainService


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Servers on one database, with connections of their own, on which a first team was made."""
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres").database())
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('at-once') / 'store.sqlite'}"
    clock, web = SystemClock(), HttpWeb(None)
    started = []
    for _ in range(_AT_ONCE):
        store = open_store(url, Path())
        accounts = AccountService(store, _PlainPasswords(), clock, Meters())
        started.append(Server(store, accounts, LibraryService(store, clock), DomainService(store, clock, web)))
    yield started
    for server in started:
        server.store.close()


@pytest.fixture(scope="module")
def admin(servers: list[Server]) -> Identity:
    secrets = [made for made in at_once([server.accounts.bootstrap for server in servers]) if made is not None]
    assert len(secrets) == 1, "servers that start at once make one first team"
    return servers[0].accounts.identify({"authorization": f"Bearer {secrets[0].token}"})  # type: ignore[attr-defined]


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all at the same moment; returns what each gave, or why it was refused."""
    together = threading.Barrier(len(acts))
    given: list[object] = [None] * len(acts)

    def do(number: int, act: Callable[[], object]) -> None:
        together.wait(30)
        try:
            given[number] = act()
        except Exception as error:  # noqa: BLE001 — told to the test
            given[number] = error

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return given


def test_settings_that_are_changed_at_once_are_all_kept(servers: list[Server], admin: Identity) -> None:
    for turn in range(_ROUNDS):
        names = [f"https://{turn}-{number}.example.com" for number in range(_AT_ONCE)]
        patches = [{"target_overrides": {name: "http://127.0.0.1:1"}} for name in names]
        at_once([partial(one.accounts.merge_team, admin, patch) for one, patch in zip(servers, patches, strict=True)])
        kept = servers[0].accounts.team(admin).settings["target_overrides"]
        assert set(names) <= set(kept)


def test_role_and_password_of_a_user_that_are_changed_at_once_are_both_kept(
    servers: list[Server], admin: Identity
) -> None:
    for turn in range(_ROUNDS):
        user = servers[0].accounts.add_user(admin, f"ann {uuid.uuid4()}", "a long password", Role.VIEWER)
        at_once(
            [
                partial(servers[0].accounts.change_user, admin, user.id, role=Role.EDITOR),
                partial(servers[1].accounts.change_user, admin, user.id, password=f"new password {turn}"),
                partial(servers[2].accounts.change_user, admin, user.id, disabled=True),
            ]
        )
        with servers[0].store.read() as work:
            changed = work.accounts.user(user.id)
        assert changed is not None
        assert (changed.role, changed.password_hash, changed.disabled) == (Role.EDITOR, f"new password {turn}", True)


def test_admins_who_take_the_role_from_each_other_at_once_leave_one(servers: list[Server], admin: Identity) -> None:
    for _ in range(_ROUNDS):
        name = str(uuid.uuid4())
        team, ann = servers[0].accounts.add_team(admin, f"team {name}", f"ann {name}", "a long password")
        first = servers[0].accounts.identity_of(ann)
        bob = servers[0].accounts.add_user(first, f"bob {name}", "a long password", Role.ADMIN)
        second = servers[0].accounts.identity_of(bob)
        told = at_once(
            [
                partial(servers[0].accounts.change_user, first, bob.id, role=Role.VIEWER),
                partial(servers[1].accounts.change_user, second, ann.id, disabled=True),
            ]
        )
        assert [type(one) for one in told].count(InvalidInput) == 1, told
        with servers[0].store.read() as work:
            left = [one for one in work.accounts.users(team.id) if one.role is Role.ADMIN and not one.disabled]
        assert len(left) == 1


def test_labels_and_domains_that_are_made_at_once_are_there_once(servers: list[Server], admin: Identity) -> None:
    for turn in range(_ROUNDS):
        label = [partial(one.library.add, admin, Kind.LABEL, f"label {turn}", {}) for one in servers]
        domain = [partial(one.domains.add, admin, f"d{turn}.example.com") for one in servers]
        for acts in (label, domain):
            told = at_once(acts)
            assert [type(one) for one in told].count(Conflict) == _AT_ONCE - 1, told
    assert servers[0].library.count(admin, Kind.LABEL) == _ROUNDS


def test_a_new_label_of_flows_that_are_kept_at_once_is_there_once(servers: list[Server], admin: Identity) -> None:
    suite = servers[0].library.add(admin, Kind.SUITE, "shop", {})
    flow = {"labels": ["of flows"]}
    told = at_once([partial(one.library.add, admin, Kind.FLOW, "buy", flow, parent=suite.id) for one in servers])
    assert not [one for one in told if isinstance(one, Exception)]
    labels = servers[0].library.list(admin, Kind.LABEL, Page(1000))
    assert [one.name for one in labels].count("of flows") == 1


def test_curves_that_readers_make_at_once_are_kept_once(servers: list[Server], admin: Identity) -> None:
    now = SystemClock().now()
    for _ in range(_ROUNDS):
        run = Run(RunId(str(uuid.uuid4())), "shop", now).to(RunState.QUEUED, now)
        with servers[0].store.write() as work:
            work.runs.add(StoredRun(run, admin.team, RunKind.LOAD, None, 1, admin.user))

        def conclude(server: Server, id: str) -> Callable[[], None]:
            def act() -> None:
                with server.store.write() as work:
                    work.snapshots.conclude(id, b"the same")

            return act

        assert at_once([conclude(server, run.id) for server in servers]) == [None] * _AT_ONCE
        with servers[0].store.read() as work:
            assert work.snapshots.concluded(run.id) == b"the same"


def test_a_plan_that_was_lost_is_taken_over_by_one(servers: list[Server], admin: Identity) -> None:
    now = SystemClock().now()
    run = Run(RunId(str(uuid.uuid4())), "nightly", now).to(RunState.QUEUED, now)
    stored = StoredRun(run, admin.team, RunKind.PLAN, None, 1, admin.user)
    with servers[0].store.write() as work:
        work.runs.add(stored)
        work.runs.lease(run.id, "gone", now)

    def take(server: Server, name: str) -> Callable[[], bool]:
        def act() -> bool:
            with server.store.write() as work:
                return work.runs.take_lease(stored, Lease("gone", now), name, now)

        return act

    taken = at_once([take(server, str(number)) for number, server in enumerate(servers)])
    assert sorted(map(bool, taken)) == [False] * (_AT_ONCE - 1) + [True]
