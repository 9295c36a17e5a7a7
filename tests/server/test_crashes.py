"""kill -9 of the server and of its engines: every accepted run ends in one final state, with what was told kept."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apps import Answer, Recorder, Request
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import FINAL, launch, measured, until

ROUNDS = 3
FOREVER = {"maxIterations": 100_000, "concurrency": 2}
IN_FLIGHT = 2
"""Requests that were sent and are not counted where a run is stopped: the one under way of each user."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crashing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[PenstockServer, object]]:
    options = ["--allow-private-targets", "--max-runs", "3", "--lease-seconds", "5"]
    if request.param == "postgresql":
        options += ["--database-url", request.getfixturevalue("postgres").database()]
    server = PenstockServer(tmp_path_factory.mktemp("crashing") / "data", tuple(options)).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


def engines_of(server: PenstockServer) -> list[int]:
    """Return the processes of the server's engines that have a run."""
    assert server.process is not None
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == server.process.pid and b"penstock.engine" in command:
                found.append(int(entry.name))
    return found


def kept(client: httpx.Client, run: str) -> dict[int, int]:
    """Return how many requests are kept of each second that a run has told."""
    return {point["second"]: point["count"] for point in client.get(f"/runs/{run}/progress").json()["points"]}


def test_whatever_is_killed_every_run_ends_once_and_keeps_what_it_told(
    crashing: PenstockServer, target: Recorder
) -> None:
    chance = random.Random(20261125)
    accepted: list[str] = []
    told: dict[str, dict[int, int]] = {}
    for number in range(ROUNDS):
        with crashing.client() as client:
            paths = [f"/round{number}-{index}" for index in range(4)]
            accepted += [
                launch(client, target.url, requests=[{"url": target.url + path, "delay": 50}], **FOREVER)
                for path in paths
            ]
            first = accepted[-4]
            wait_until(measured(client, first))
            time.sleep(chance.uniform(0.1, 1.5))
            told |= {run: kept(client, run) for run in accepted[-4:]}
        engine = chance.choice(engines_of(crashing))
        os.kill(engine, signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 0.5))
        crashing.kill()
        crashing.start()
    with crashing.client() as client:
        for run in accepted:
            if client.get(f"/runs/{run}").json()["state"] == "queued":
                until(client, run, "running", *FINAL, timeout_s=60)
            client.post(f"/runs/{run}/stop")
        ended = {run: until(client, run, timeout_s=60) for run in accepted}
        counts = {run: kept(client, run) for run in accepted}
    for place, run in enumerate(accepted):
        story = [step["state"] for step in ended[run]["history"]]
        assert sum(state in FINAL for state in story) == 1, story
        sent = [request for request in target.requests if request.path == f"/round{place // 4}-{place % 4}"]
        count = sum(counts[run].values())
        assert told[run].items() <= counts[run].items(), story
        assert count <= len(sent), story
        if ended[run]["state"] == "stopped":
            assert len(sent) <= count + IN_FLIGHT, (story, ended[run]["why"])
    assert any(told.values())
    assert any(run["why"].startswith("lost") for run in ended.values())
    assert any("signal 9" in run["why"] for run in ended.values())


def test_the_engine_ends_with_its_server(crashing: PenstockServer, target: Recorder) -> None:
    with crashing.client() as client:
        run = launch(client, target.url, **FOREVER)
        wait_until(measured(client, run))
    engines = engines_of(crashing)
    assert engines
    crashing.kill()
    wait_until(lambda: not any(Path(f"/proc/{engine}").exists() for engine in engines))
    target.clear()
    crashing.start()
    with crashing.client() as client:
        assert until(client, run)["why"].startswith("lost")
    assert not target.requests


def test_a_plan_goes_on_after_its_server_was_killed(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        if request.path == "/held":
            released.wait(20)
        return Answer.json({})

    released = threading.Event()
    with Recorder(answer) as target:
        server = PenstockServer(tmp_path / "data", ("--allow-private-targets", "--max-suite-runs", "1")).start()
        try:
            with server.client() as client:
                suites = []
                for path in ("/held", "/free", "/free"):
                    conf = {"meta": {"description": path}, "requests": [{"url": target.url + path, "delay": 50}]}
                    document = {"conf": {"meta": {"description": path}}, "flows": [{"runInCi": True, "conf": conf}]}
                    suites.append(client.post("/imports/suites", content=json.dumps(document)).json()["id"])
                wish = {"name": "nightly", "content": {"suites": suites}}
                plan = client.post("/plans", json=wish).json()["id"]
                run = client.post(f"/plans/{plan}/runs").json()["id"]
                wait_until(lambda: target.requests)
            server.kill()
            released.set()
            server.start()
            with server.client() as client:
                ended = until(client, run)
                parts = client.get("/runs", params={"parent": run}).json()["runs"]
                (lost,) = [part["id"] for part in parts if part["state"] == "error"]
                (held,) = client.get(f"/runs/{lost}/flows").json()
                junit = client.get(f"/runs/{lost}/report", params={"format": "junit"}).text
            assert ended["state"] == "failed"
            assert sorted((part["name"], part["state"]) for part in parts) == [
                ("/free", "passed"),
                ("/free", "passed"),
                ("/held", "error"),
            ]
            assert (held["status"], bool(held["ended"])) == ("error", True)
            assert held["facts"]["reason"].startswith("lost")
            assert "lost: the server" in junit
            assert [request.path for request in target.requests] == ["/held", "/free", "/free"]
        finally:
            assert server.stop() == 0


def test_a_lost_connection_to_the_database_costs_nothing(
    tmp_path: Path, target: Recorder, request: pytest.FixtureRequest
) -> None:
    postgres = request.getfixturevalue("postgres")
    url = postgres.database()
    server = PenstockServer(tmp_path / "data", ("--allow-private-targets", "--database-url", url)).start()
    try:
        target.clear()
        with server.client() as client:
            run = launch(client, target.url, maxIterations=40)
            wait_until(measured(client, run))
            for _ in range(5):
                postgres.break_connections(url)
                time.sleep(0.2)
            wait_until(lambda: client.get("/me").status_code == 200)
            ended = until(client, run)
            assert ended["state"] == "passed"
            assert sum(kept(client, run).values()) == 40 == len(target.requests)
    finally:
        assert server.stop() == 0


def test_a_stopped_server_ends_its_runs_in_order_and_begins_what_waits_again(tmp_path: Path, target: Recorder) -> None:
    server = PenstockServer(tmp_path / "data", ("--allow-private-targets", "--max-runs", "1")).start()
    with server.client() as client:
        first = launch(client, target.url, **FOREVER)
        wait_until(measured(client, first))
        second = launch(client, target.url)
    assert server.stop() == 0
    server.start()
    try:
        with server.client() as client:
            ended = client.get(f"/runs/{first}").json()
            assert (ended["state"], ended["why"]) == ("stopped", "the server was stopped")
            assert sum(kept(client, first).values()) == ended["result"]["requests"] > 0
            assert until(client, second)["state"] == "passed"
    finally:
        assert server.stop() == 0
