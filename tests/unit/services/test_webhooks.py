"""Telling several webhooks at a time: whoever is slow keeps nobody else waiting."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.accounts.people import Identity, Role, Scope, Team
from penstock.errors import Conflict
from penstock.library.items import Item, Kind
from penstock.ports.clock import SystemClock
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.library import LibraryService
from penstock.services.meters import Meters
from penstock.services.webhooks import MOST_WEBHOOKS, WebhookService, enqueue
from penstock.store import KeyRing, SqlStore, open_store

NOW = datetime.datetime(2026, 5, 4, tzinfo=datetime.UTC)
WHO = Identity("team", "ann", "ann", Role.ADMIN, frozenset(Scope))


class Receivers:
    """Answers at once, but for addresses that hold until the test lets them go."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_free = threading.Event()

    def post(self, url: str, _body: bytes, _headers: Mapping[str, str]) -> int:
        if "slow" in url:
            assert self.is_free.wait(20)
        self.told.append(url)
        return 200

    def get(self, url: str, most_bytes: int) -> bytes | None:
        raise AssertionError((url, most_bytes))

    def texts(self, name: str) -> tuple[str, ...]:
        raise AssertionError(name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store("", tmp_path, KeyRing((), tmp_path / "key"))
    with opened.write() as work:
        work.accounts.add_team(Team("team", "team", NOW))
    yield opened
    opened.close()


def ended(store: SqlStore) -> None:
    """Let a run end, and have it told."""
    run = Run(RunId(str(uuid.uuid4())), "shop", NOW).to(RunState.STOPPED, NOW)
    stored = StoredRun(run, "team", RunKind.LOAD, None, 1, "ann")
    with store.write() as work:
        work.runs.add(stored)
        enqueue(work, stored, NOW)


def until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(400):
        if is_so():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come to that in time")


def test_a_slow_webhook_keeps_only_itself_waiting(store: SqlStore) -> None:
    library = LibraryService(store, SystemClock())
    for name in ("slow", "quick"):
        library.add(WHO, Kind.WEBHOOK, name, {"url": f"http://{name}.example.com"})
    receivers = Receivers()
    service = WebhookService(store, SystemClock(), receivers, "http://penstock", Meters())
    for _ in range(3):
        ended(store)
    try:

        def told_quickly() -> bool:
            service.look()
            return receivers.told == ["http://quick.example.com"] * 3

        until(told_quickly)
    finally:
        receivers.is_free.set()

    def told_all() -> bool:
        service.look()
        return receivers.told.count("http://slow.example.com") == 3

    until(told_all)


def test_a_webhook_that_is_not_enabled_any_more_is_told_nothing(store: SqlStore) -> None:
    library = LibraryService(store, SystemClock())
    hook = library.add(WHO, Kind.WEBHOOK, "off", {"url": "http://off.example.com"})
    ended(store)
    library.change(WHO, Kind.WEBHOOK, hook.id, expected=1, content={**hook.content, "enabled": False})
    receivers = Receivers()
    service = WebhookService(store, SystemClock(), receivers, "http://penstock", Meters())

    def is_over() -> bool:
        service.look()
        with store.read() as work:
            return work.deliveries.count_waiting() == 0

    until(is_over)
    assert not receivers.told


def test_no_webhook_is_kept_that_would_never_be_told(store: SqlStore) -> None:
    now = SystemClock().now()
    first = Item("", "team", Kind.WEBHOOK, "ci", {"url": "http://a"}, now, now, "ann")
    with store.write() as work:
        for _ in range(MOST_WEBHOOKS):
            work.items.add(replace(first, id=str(uuid.uuid4())))
    with pytest.raises(Conflict, match="at most 200 webhooks"):
        LibraryService(store, SystemClock()).add(WHO, Kind.WEBHOOK, "one more", {"url": "http://a"})
