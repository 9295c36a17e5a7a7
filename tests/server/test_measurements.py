"""Reports rest on what was kept at the end of a run; where that is missing it is made from the seconds again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select

from penstock.store import SqlStore, open_store
from penstock.store.tables import conclusions, packed_snapshots, snapshots
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import launch, measured, until

LIMITS = {"thresholds": ["requests > 3", "p95 < 30s over 1s"]}


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    with any_server.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def store(any_server: PenstockServer) -> Iterator[SqlStore]:
    options = any_server.options
    url = options[options.index("--database-url") + 1] if "--database-url" in options else ""
    opened = open_store(url, Path(any_server.data))
    yield opened
    opened.close()


def report(client: httpx.Client, run: str) -> Any:
    return client.get(f"/runs/{run}/report").raise_for_status().json()


def kept(store: SqlStore, run: str) -> int:
    with store.engine.connect() as connection:
        return int(connection.execute(select(func.count()).where(conclusions.c.run == run)).scalar_one())


def forget(store: SqlStore, run: str, *tables: Any) -> None:
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in tables:
            connection.execute(delete(table).where(table.c.run == run))


def test_a_report_is_opened_from_what_was_kept_at_the_end(client: httpx.Client, store: SqlStore) -> None:
    with Recorder() as target:
        run = until(client, launch(client, target.url, changes=LIMITS))["id"]
    assert kept(store, run) == 1, "before anybody has asked for it"
    told = report(client, run)
    assert told["requests"][0]["count"] == 5
    forget(store, run, snapshots, packed_snapshots)
    assert report(client, run) == told
    assert client.get(f"/runs/{run}/progress").json()["latest"]["count"] == 5


def test_an_end_that_was_not_kept_is_made_from_the_seconds_and_kept(client: httpx.Client, store: SqlStore) -> None:
    with Recorder() as target:
        run = until(client, launch(client, target.url, changes=LIMITS))["id"]
    told = report(client, run)
    forget(store, run, conclusions)
    assert report(client, run) == told
    assert kept(store, run) == 1


def test_an_end_that_cannot_be_read_is_made_again(client: httpx.Client, store: SqlStore) -> None:
    with Recorder() as target:
        run = until(client, launch(client, target.url))["id"]
    told = report(client, run)
    with store.write() as work:
        work.snapshots.conclude(run, b"of another version")
    assert report(client, run) == told


def test_a_run_under_way_is_told_with_all_that_it_has_given(client: httpx.Client, store: SqlStore) -> None:
    with Recorder() as target:
        run = launch(client, target.url, maxIterations=100_000)
        wait_until(measured(client, run))
        first, second = (report(client, run)["requests"][0]["count"] for _ in range(2))
        assert 0 < first <= second <= len(target.requests)
        assert kept(store, run) == 0
        client.post(f"/runs/{run}/stop").raise_for_status()
        until(client, run, "stopped")
    assert report(client, run)["requests"][0]["count"] >= second
    assert kept(store, run) == 1


def test_what_a_lost_run_gave_is_made_before_anybody_asks(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data", ("--allow-private-targets",)).start()
    with Recorder() as target, server.client() as client:
        run = launch(client, target.url, maxIterations=100_000)
        wait_until(measured(client, run, 10))
        server.kill()
    server.start()
    opened = open_store("", server.data)
    try:
        with server.client() as client:
            assert until(client, run)["state"] == "error"
            wait_until(lambda: kept(opened, run) == 1)
            assert report(client, run)["requests"][0]["count"] >= 10
    finally:
        opened.close()
        assert server.stop() == 0
