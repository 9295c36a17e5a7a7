"""Two servers on one database: what both could do, one does."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Answer, Recorder, Request
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.apps.postgres import Postgres
from tests.server.loads import launch, measured, until


@pytest.fixture(scope="module")
def servers(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[PenstockServer]]:
    folder = tmp_path_factory.mktemp("two")
    (folder / "key").write_text("bm9ib2R5IGd1ZXNzZXMgdGhpcyBrZXkgb2YgdGVzdHM=\n")
    shared = ("--secret-key-file", str(folder / "key"), "--database-url", postgres.database())
    with ExitStack() as stack:
        started = []
        for name in ("first", "second"):
            options = (*shared, "--allow-private-targets", "--lease-seconds", "5")
            server = PenstockServer(folder / name, options).start()
            stack.callback(server.stop)
            started.append(server)
        started[1].token = started[0].token  # only the first start makes one, and both know it
        yield started


class SlowReceiver:
    """Takes longer than servers wait between two looks; refuses the first call about each run."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.under_way: set[str] = set()
        self.at_once: list[str] = []
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        run = json.loads(request.body)["run"]["id"]
        with self._lock:
            if run in self.under_way:
                self.at_once.append(run)
            self.under_way.add(run)
            self.calls.append(run)
        time.sleep(2.2)
        with self._lock:
            self.under_way.discard(run)
            return Answer.json({}, 503 if self.calls.count(run) == 1 else 200)


def test_of_two_servers_one_at_a_time_tells_a_webhook(servers: list[PenstockServer]) -> None:
    slow = SlowReceiver()
    with Recorder(slow.answer) as receiver, Recorder() as target, servers[0].client() as first:
        content: dict[str, Any] = {"url": f"{receiver.url}/hook"}
        hook = first.post("/webhooks", json={"name": "ci", "content": content}).raise_for_status().json()
        with servers[1].client() as second:
            runs = [until(client, launch(client, target.url))["id"] for client in (first, second)]
        wait_until(lambda: all(slow.calls.count(run) == 2 for run in runs) and not slow.under_way)
        time.sleep(2.5)  # one that both servers had would be told a third time by now
        first.delete(f"/webhooks/{hook['id']}")
    assert not slow.at_once
    assert {run: slow.calls.count(run) for run in runs} == dict.fromkeys(runs, 2)


def test_what_one_server_keeps_the_other_shows(servers: list[PenstockServer], tmp_path: Path) -> None:
    with Recorder() as target, servers[0].client() as first, servers[1].client() as second:
        run = until(first, launch(first, target.url))["id"]
        reports = [client.get(f"/runs/{run}/report", params={"format": "json"}).json() for client in (first, second)]
    assert reports[0] == reports[1]
    assert reports[0]["requests"]


def test_a_server_that_was_held_up_stops_the_run_that_the_other_has_ended(servers: list[PenstockServer]) -> None:
    with Recorder() as target, servers[0].client() as client:
        run = launch(client, target.url, maxIterations=1_000_000)
        wait_until(measured(client, run))
        (mine,) = [server for server in servers if _lines(server, "run begins", run)]
        (other,) = [server for server in servers if server is not mine]
        assert mine.process is not None
        mine.process.send_signal(signal.SIGSTOP)
        try:
            with other.client() as second:
                ended = until(second, run)
            requests = len(target.requests)
            wait_until(lambda: len(target.requests) > requests)  # its agents know nothing of that
        finally:
            mine.process.send_signal(signal.SIGCONT)
        assert (ended["state"], ended["why"][:4]) == ("error", "lost")
        wait_until(lambda: _lines(mine, "run abandoned", run))

        def is_quiet() -> bool:
            requests = len(target.requests)
            time.sleep(0.5)
            return len(target.requests) == requests

        wait_until(is_quiet)


def _lines(server: PenstockServer, event: str, run: str) -> list[str]:
    return [line for line in server.log.splitlines() if event in line and run in line]
