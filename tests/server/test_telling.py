"""Schedules, webhooks and domains of a running server."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from penstock.app.server import build
from penstock.library.items import Kind
from penstock.ports.stores import Page
from penstock.services.schedules import ScheduleService
from penstock.settings import load
from tests.apps import Answer, Recorder
from tests.apps.names import Names
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import configuration, launch, source, until


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


def test_the_end_of_a_run_is_told_signed_and_again_until_it_is_taken(admin: httpx.Client, target: Recorder) -> None:
    answers = [Answer.json({}, 503), Answer.json({})]
    with Recorder(answers) as receiver:
        content = {"url": f"{receiver.url}/hook", "secret": "s3cret", "states": ["passed"]}
        hook = admin.post("/webhooks", json={"name": "ci", "content": content}).json()
        assert "s3cret" not in json.dumps(hook)
        address = f"/webhooks/{hook['id']}"
        admin.put(address, json={"name": "ci", "content": hook["content"]}, headers={"If-Match": '"1"'})
        run = until(admin, launch(admin, target.url))
        failed = until(admin, launch(admin, target.url, changes={"thresholds": ["requests > 1000"]}))
        wait_until(lambda: len(receiver.requests) == 2)
        admin.delete(f"/webhooks/{hook['id']}")
        first, second = receiver.requests
    assert first.body == second.body
    told = json.loads(first.body)["run"]
    assert (told["id"], told["state"], told["result"]["requests"]) == (run["id"], "passed", 5)
    assert failed["id"] not in first.body.decode()
    signature = "sha256=" + hmac.new(b"s3cret", first.body, hashlib.sha256).hexdigest()
    assert {name.lower(): value for name, value in first.headers}["penstock-signature"] == signature


class SetClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = datetime.datetime(2026, 5, 4, 9, 58, 30, tzinfo=datetime.UTC)

    def now(self) -> datetime.datetime:
        return self.time


def test_a_schedule_launches_what_it_names_once_a_time_however_many_look(tmp_path: Path) -> None:
    clock = SetClock()
    environment = {"PENSTOCK_DATA": str(tmp_path / "data"), "PENSTOCK_ALLOW_PRIVATE_TARGETS": "yes"}
    server = build(load({}, environment, tmp_path), "http://127.0.0.1", clock)
    services = server.services
    first = services.accounts.bootstrap()
    assert first is not None
    who = services.accounts.identify({"authorization": first.token})
    files = [{"name": "a.json", "text": configuration("http://127.0.0.1:1")}]
    test = services.library.add(who, Kind.LOAD_TEST, "load", {"entry": "a.json", "files": files})
    schedule = {"cron": "0 12 * * *", "zone": "Europe/Berlin", "target": test.id}
    services.library.add(who, Kind.SCHEDULE, "noon", schedule)
    services.library.add(who, Kind.SCHEDULE, "never", {**schedule, "enabled": False})
    lookers = [ScheduleService(server.store, clock, services.accounts, services.kept_tests) for _ in range(2)]
    launched = []
    for _ in range(8):  # every 30 seconds, from 9:58:30 UTC
        for looker in lookers:
            looker.look()
        launched.append(len(services.runs.list(who, Page(10), test=test.id)))
        clock.time += datetime.timedelta(seconds=30)
    assert launched == [0, 0, 0, 1, 1, 1, 1, 1]
    (run,) = services.runs.list(who, Page(10), test=test.id)
    assert (run.tags, run.description) == (("scheduled",), "schedule noon")
    services.library.add(who, Kind.SCHEDULE, "after the clock was set back", {**schedule, "cron": "5 11 * * *"})
    clock.time = datetime.datetime(2026, 5, 5, 9, 4, tzinfo=datetime.UTC)
    lookers[0].look()
    clock.time -= datetime.timedelta(minutes=1)
    for _ in range(5):
        lookers[0].look()
        clock.time += datetime.timedelta(seconds=30)
    assert len(services.runs.list(who, Page(10), test=test.id)) == 2
    server.store.close()


def test_a_closed_server_neither_loads_nor_calls_its_own_network(tmp_path: Path, target: Recorder) -> None:
    server = PenstockServer(tmp_path / "data").start()
    try:
        target.clear()
        with server.client() as client:
            content = {"url": f"{target.url}/hook"}
            client.post("/webhooks", json={"name": "inside", "content": content})
            ended = until(client, launch(client, target.url, maxIterations=2, duration=60_000))
            assert ended["state"] == "failed"
            report = client.get(f"/runs/{ended['id']}/report").json()
            assert {error["kind"] for error in report["errors"]} == {"refused"}
        time.sleep(1.5)
        assert not target.requests
    finally:
        assert server.stop() == 0


def test_a_host_that_is_not_verified_gets_little_load(tmp_path: Path) -> None:
    options = ("--allowed-hosts", "allowed.example", "--unverified-users", "2", "--unverified-seconds", "60")
    server = PenstockServer(tmp_path / "data", options).start()
    try:
        with server.client() as client:
            wish = {"source": {"entry": "a.json", "files": [{"name": "a.json", "text": ""}]}}

            def asked(host: str, **keys: Any) -> httpx.Response:
                wish["source"]["files"][0]["text"] = configuration(f"https://{host}", maxIterations=1, **keys)  # type: ignore[index]
                return client.post("/runs", json=wish)

            refused = asked("shop.example", concurrency=3)
            assert refused.status_code == 403
            assert "at most 2 users for 60 seconds" in refused.json()["detail"]
            assert asked("shop.example", concurrency=1, duration=90_000).status_code == 403
            for host in ("www.allowed.example", "allowed.example"):
                run = asked(host, concurrency=3)
                assert run.status_code == 202, run.text
                client.post(f"/runs/{run.json()['id']}/stop")
    finally:
        assert server.stop() == 0


def test_a_larger_load_reaches_only_hosts_that_are_known_whatever_it_computes(
    admin: httpx.Client, target: Recorder
) -> None:
    def computed(url: str) -> dict[str, Any]:
        requests = [{"url": "${base}/items", "description": "items", "delay": 50}]
        return {"parameters": [{"base": url}], "requests": requests, "concurrency": 6, "maxIterations": 1}

    inside = until(admin, launch(admin, target.url, **computed(target.url)))
    assert inside["state"] == "passed", inside["why"]
    outside = until(admin, launch(admin, target.url, **computed("http://192.0.2.1:81")))
    report = admin.get(f"/runs/{outside['id']}/report").json()
    assert {error["kind"] for error in report["errors"]} == {"refused"}


def test_a_small_load_on_hosts_that_are_not_known_stays_small(admin: httpx.Client, target: Recorder) -> None:
    requests = [{"url": "${base}/items", "description": "items", "delay": 50}]
    run = launch(admin, target.url, parameters=[{"base": target.url}], requests=requests, maxIterations=9999)
    until(admin, run, "running")
    commands = ("users=5", "users=6", "users=+1", "rate=+10%", "pause")
    answers = [admin.post(f"/runs/{run}/control", json={"command": command}).status_code for command in commands]
    admin.post(f"/runs/{run}/stop")
    until(admin, run)
    assert answers == [204, 403, 403, 403, 204]


@pytest.mark.parametrize("name", ["", "localhost", "a b.com", "-x.example", "127.0.0.1", "x" * 300])
def test_what_is_no_domain_is_refused(admin: httpx.Client, name: str) -> None:
    assert admin.post("/domains", json={"name": name}).status_code == 422


def test_a_domain_that_shows_no_token_stays_unverified(admin: httpx.Client) -> None:
    name = f"{uuid.uuid4().hex}.invalid"
    domain = admin.post("/domains", json={"name": name}).json()
    assert admin.post("/domains", json={"name": name}).status_code == 409
    refused = admin.post(f"/domains/{domain['id']}/verification")
    assert refused.status_code == 422
    assert domain["record"] in refused.json()["detail"]
    assert domain["path"] in refused.json()["detail"]
    assert admin.delete(f"/domains/{domain['id']}").status_code == 204


def test_a_domain_with_the_text_record_is_verified_and_may_be_loaded(tmp_path: Path) -> None:
    with Names() as names:
        server = PenstockServer(tmp_path / "data", ("--name-servers", names.address)).start()
        try:
            with server.client() as client:
                domain = client.post("/domains", json={"name": "shop.example.com"}).raise_for_status().json()
                wish = {"source": source("https://www.shop.example.com", concurrency=6, maxIterations=1)}
                assert client.post("/runs", json=wish).status_code == 403
                names.texts["shop.example.com"] = "loadmill-challenge=of someone else"
                assert client.post(f"/domains/{domain['id']}/verification").status_code == 422
                names.texts["shop.example.com"] = domain["record"]
                verified = client.post(f"/domains/{domain['id']}/verification")
                assert (verified.status_code, verified.json()["verified"]) == (200, True)
                run = client.post("/runs", json=wish)
                assert run.status_code == 202, run.text
                client.post(f"/runs/{run.json()['id']}/stop")
        finally:
            assert server.stop() == 0
