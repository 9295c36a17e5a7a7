"""What the vendor's cloud has and this server has not: wishes that are told, and limits that may refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import configuration, source, until
from tests.server.test_loadmill_suites import flow, suite

CLOUD = {"pool": "eu agents", "branch": "feature", "apiCatalogService": "shop", "turboParallel": True}
TOO_MANY = [{"url": "http://127.0.0.1:9/items", "description": f"item {number}"} for number in range(101)]


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    folder: Path = tmp_path_factory.mktemp("strict")
    started = PenstockServer(folder / "data", ("--allow-private-targets", "--vendor-limits")).start()
    yield started
    started.stop()


def loadmill(server: PenstockServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=30)


def told(run: dict[str, Any]) -> dict[str, str]:
    return {one["path"]: one["message"] for one in run["findings"] if one["code"] == "cloud-only"}


def test_what_only_the_cloud_does_is_told_with_the_run(server: PenstockServer, target: Recorder) -> None:
    with server.client() as native, loadmill(server) as client:
        kept = suite(native, "Shop", flow("browse", {"url": f"{target.url}/items", "description": "list"}))
        answer = client.post(f"/api/test-suites/{kept}/run", json=CLOUD)
        run = until(native, answer.json()["testSuiteRunId"])
        assert run["state"] == "passed"
        assert told(run).keys() == CLOUD.keys()
        assert "agents of the vendor's cloud" in told(run)["pool"]
        html = native.get(f"/runs/{run['id']}/report", params={"format": "html"})
        assert "names agents of the vendor" in html.text, html.text[:500]


def test_a_plan_tells_it_and_so_do_the_runs_of_its_suites(server: PenstockServer, target: Recorder) -> None:
    with server.client() as native, loadmill(server) as client:
        kept = suite(native, "Shop", flow("browse", {"url": f"{target.url}/items", "description": "list"}))
        plan = native.post("/plans", json={"name": "nightly", "content": {"suites": [kept]}}).json()["id"]
        id_ = client.post(f"/api/test-plans/{plan}/run", json=CLOUD).json()["testPlanRunId"]
        assert told(until(native, id_)).keys() == CLOUD.keys()
        parts = native.get("/runs", params={"parent": id_}).json()["runs"]
        assert [told(part).keys() for part in parts] == [CLOUD.keys()]


def test_limits_of_the_cloud_are_findings_unless_told_otherwise(server: PenstockServer) -> None:
    with loadmill(server) as client:
        answer = client.post("/api/tests", content=configuration("", requests=TOO_MANY))
        assert answer.status_code == 200, answer.text


def test_with_the_setting_limits_of_the_cloud_refuse_with_the_tree(strict: PenstockServer) -> None:
    with loadmill(strict) as client:
        answer = client.post("/api/tests", content=configuration("", requests=TOO_MANY))
        assert answer.status_code == 400, answer.text
        assert "more than 100 requests" in answer.json()["validation"]["requests"]


def test_with_the_setting_our_own_interface_refuses_too(strict: PenstockServer) -> None:
    with strict.client() as native:
        answer = native.post("/runs", json={"source": source("", requests=TOO_MANY)})
        assert answer.status_code == 422, answer.text
        assert "more than 100 requests" in answer.text
        requests = [{**one, "url": "http://127.0.0.1:9/"} for one in TOO_MANY * 2]
        kept = suite(native, "Big", flow("browse", *requests))
        assert native.post(f"/suites/{kept}/runs").status_code == 422


def test_with_the_setting_a_usual_load_runs(strict: PenstockServer, target: Recorder) -> None:
    with loadmill(strict) as client:
        test = client.post("/api/tests", content=configuration(target.url, iterationDelay=500)).json()["testId"]
        assert client.put(f"/api/tests/{test}/load").status_code == 200
        assert wait_until(lambda: client.get(f"/api/tests/{test}").json()["result"], 30) == "done"
