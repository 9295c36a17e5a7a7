"""Suites on a server: their flows once each, recorded."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.apps import Answer, Recorder, Request
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import until


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    with any_server.client() as opened:
        yield opened


def answer(request: Request) -> Answer:
    if request.path == "/broken":
        return Answer.json({"error": "no"}, 500)
    return Answer.json({"token": "t-1", "path": request.path})


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder(answer) as started:
        yield started


def flow(name: str, url: str, **keys: Any) -> dict[str, Any]:
    conf = {"meta": {"description": name}, "requests": [{"url": url, "description": name, "delay": 50, "assert": []}]}
    return {"id": str(uuid.uuid4()), "order": 0, "runInCi": True, "conf": conf, **keys}


def suite(*flows: dict[str, Any], **conf: Any) -> dict[str, Any]:
    document = {"conf": {"meta": {"description": "Shop"}, **conf}, "flows": flows}
    return {"entry": "suite.json", "files": [{"name": "suite.json", "text": json.dumps(document)}]}


def test_flows_are_done_once_and_recorded(client: httpx.Client, target: Recorder) -> None:
    target.clear()
    wish = {"source": suite(flow("one", f"{target.url}/one"), flow("two", f"{target.url}/broken"))}
    launched = client.post("/suite-runs", json=wish)
    assert launched.status_code == 202, launched.text
    run = until(client, launched.json()["id"])
    assert (run["state"], run["why"]) == ("failed", "failed: two")
    assert run["result"] | {"mean_ms": 0} == {"flows": 2, "passed_flows": 1, "failed_flows": 1, "mean_ms": 0}
    flows = client.get(f"/runs/{run['id']}/flows").json()
    assert [(one["name"], one["status"], one["facts"]["requests"]) for one in flows] == [
        ("one", "passed", 1),
        ("two", "failed", 1),
    ]
    assert "500" in flows[1]["facts"]["reason"]
    recorded = client.get(f"/flow-runs/{flows[1]['id']}").json()["recording"]["recording"]
    (exchange,) = [entry for entry in recorded["entries"] if "method" in entry]
    assert (exchange["url"], exchange["response"]["status"]) == (f"{target.url}/broken", 500)
    assert len(target.requests) == 2


def test_a_suite_run_has_its_reports(client: httpx.Client, target: Recorder) -> None:
    launched = client.post("/suite-runs", json={"source": suite(flow("one", f"{target.url}/one"))}).json()["id"]
    until(client, launched)
    assert "one" in client.get(f"/runs/{launched}/report", params={"format": "html"}).text
    assert 'name="one"' in client.get(f"/runs/{launched}/report", params={"format": "junit"}).text
    assert client.get(f"/runs/{launched}/report").json()


def test_failed_flows_are_tried_again_and_every_attempt_is_kept(client: httpx.Client, target: Recorder) -> None:
    wish = {"source": suite(flow("two", f"{target.url}/broken")), "suite": {"retries": 2}}
    run = until(client, client.post("/suite-runs", json=wish).json()["id"])
    attempts = client.get(f"/runs/{run['id']}/flows").json()
    assert [(one["attempt"], one["status"]) for one in attempts] == [(1, "failed"), (2, "failed"), (3, "failed")]


def test_flows_are_chosen_by_label(client: httpx.Client, target: Recorder) -> None:
    source = suite(flow("one", f"{target.url}/1", labels=["a"]), flow("two", f"{target.url}/2", labels=["b"]))
    run = until(client, client.post("/suite-runs", json={"source": source, "suite": {"labels": ["b"]}}).json()["id"])
    assert [one["name"] for one in client.get(f"/runs/{run['id']}/flows").json()] == ["two"]
    none = client.post("/suite-runs", json={"source": source, "suite": {"labels": ["c"]}})
    assert none.status_code == 422
    assert "no flow is left" in none.json()["detail"]


def test_a_stopped_suite_says_which_flows_were_not_run(client: httpx.Client) -> None:
    def slow(request: Request) -> Answer:
        wait_until(lambda: released, 20)
        return answer(request)

    released: list[bool] = []
    with Recorder(slow) as target:
        source = suite(*(flow(name, f"{target.url}/{name}") for name in ("one", "two")))
        run = client.post("/suite-runs", json={"source": source}).json()["id"]
        wait_until(lambda: target.requests)
        client.post(f"/runs/{run}/stop")
        ended = until(client, run)
        released.append(True)
    assert (ended["state"], ended["why"]) == ("stopped", "stopped by admin")
    assert [one["status"] for one in client.get(f"/runs/{run}/flows").json()] == ["stopped", "not run"]


def test_flows_of_another_team_are_not_found(
    any_server: PenstockServer, client: httpx.Client, target: Recorder
) -> None:
    run = until(client, client.post("/suite-runs", json={"source": suite(flow("1", target.url))}).json()["id"])["id"]
    (kept,) = client.get(f"/runs/{run}/flows").json()
    with any_server.client(any_server.stranger()) as other:
        for path in (f"/runs/{run}/flows", f"/flow-runs/{kept['id']}"):
            assert other.get(path).status_code == 404
