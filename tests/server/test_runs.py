"""The life of a run on a server, on both databases."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.apps import Answer, Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import launch, measured, source, until

FOREVER = {"maxIterations": 100_000}


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    with any_server.client() as opened:
        yield opened


def test_a_run_goes_through_its_states_and_passes(client: httpx.Client, target: Recorder) -> None:
    target.clear()
    run = until(client, launch(client, target.url))
    assert [step["state"] for step in run["history"]] == ["queued", "preparing", "running", "finishing", "passed"]
    assert run["result"]["requests"] == 5 == len(target.requests)
    assert run["started"] <= run["ended"]


def test_a_missed_threshold_fails_the_run_with_its_reason(client: httpx.Client, target: Recorder) -> None:
    run = until(client, launch(client, target.url, changes={"thresholds": ["requests > 1000"]}))
    assert run["state"] == "failed"
    assert "requests > 1000" in run["why"]


def test_a_run_is_launched_once_however_often_it_is_asked_for(client: httpx.Client, target: Recorder) -> None:
    target.clear()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    wish = {"source": source(target.url)}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: client.post("/runs", json=wish, headers=key), range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    until(client, answers[0].json()["id"])
    assert len(target.requests) == 5
    other = client.post("/runs", json={**wish, "name": "another"}, headers=key)
    assert other.status_code == 409


def test_a_stopped_run_keeps_what_was_measured(client: httpx.Client, target: Recorder) -> None:
    run = launch(client, target.url, **FOREVER)
    wait_until(measured(client, run))
    assert client.post(f"/runs/{run}/stop").status_code == 202
    ended = until(client, run)
    assert (ended["state"], ended["why"]) == ("stopped", "stopped by admin")
    assert ended["result"]["requests"] > 0
    assert client.post(f"/runs/{run}/stop").json()["state"] == "stopped"


def test_a_run_can_be_stopped_as_failed(client: httpx.Client, target: Recorder) -> None:
    run = launch(client, target.url, **FOREVER)
    until(client, run, "running")
    client.post(f"/runs/{run}/stop", json={"fails": True})
    assert until(client, run)["state"] == "failed"


def test_runs_beyond_the_limit_wait_and_can_be_stopped_there(client: httpx.Client, target: Recorder) -> None:
    runs = [launch(client, target.url, **FOREVER) for _ in range(5)]
    for run in runs[:4]:
        until(client, run, "running")
    assert client.get(f"/runs/{runs[4]}").json()["state"] == "queued"
    assert client.post(f"/runs/{runs[4]}/stop").json()["state"] == "stopped"
    for run in runs[:4]:
        client.post(f"/runs/{run}/stop")
    ended = [until(client, run) for run in runs]
    assert {run["state"] for run in ended} == {"stopped"}, [run["why"] for run in ended]


def test_a_waiting_run_begins_when_there_is_room(client: httpx.Client, target: Recorder) -> None:
    runs = [launch(client, target.url, **FOREVER) for _ in range(4)]
    last = launch(client, target.url)
    until(client, runs[0], "running")
    client.post(f"/runs/{runs[0]}/stop")
    assert until(client, last)["state"] == "passed"
    for run in runs[1:]:
        client.post(f"/runs/{run}/stop")
        until(client, run)


def test_a_load_is_controlled_while_it_runs(client: httpx.Client, target: Recorder) -> None:
    run = launch(client, target.url, **FOREVER)
    wait_until(measured(client, run))
    assert client.post(f"/runs/{run}/control", json={"command": "users=4"}).status_code == 204

    def users() -> object:
        latest = client.get(f"/runs/{run}/progress").json()["latest"]
        return latest and latest["users"] > 3

    wait_until(users)
    client.post(f"/runs/{run}/control", json={"command": "pause"})
    client.post(f"/runs/{run}/control", json={"command": "resume"})
    client.post(f"/runs/{run}/stop")
    assert [event["what"] for event in until(client, run)["result"]["events"]] == ["users 1 → 4", "paused", "resumed"]
    assert client.post(f"/runs/{run}/control", json={"command": "pause"}).status_code == 409


def test_what_cannot_be_run_is_refused_with_its_findings(client: httpx.Client, target: Recorder) -> None:
    wish = {"source": source(target.url, requests=[])}
    answer = client.post("/runs", json=wish)
    assert answer.status_code == 422
    assert "Must be a nonempty array" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        pytest.param({"entry": "a", "files": [{"name": "b", "text": ""}]}, "there is no file 'a'", id="no entry"),
        pytest.param({"entry": "a", "files": [{"name": "a"}]}, "either text or base64", id="no content"),
        pytest.param({"entry": "a", "files": [{"name": "a", "base64": "!"}]}, "is not base64", id="no base64"),
        pytest.param({"entry": "a", "files": [{"name": "a", "text": "hm"}]}, "not recognised", id="no test"),
        pytest.param({"entry": "a.py", "files": [{"name": "a.py", "text": "1"}]}, "own machine", id="Python"),
    ],
)
def test_what_is_no_test_is_refused(client: httpx.Client, wish: dict[str, object], says: str) -> None:
    answer = client.post("/runs", json={"source": wish})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_run_has_every_form_of_report(client: httpx.Client, target: Recorder) -> None:
    run = until(client, launch(client, target.url))["id"]
    summary = client.get(f"/runs/{run}/report").json()
    assert summary["requests"][0]["count"] == 5
    assert summary["run"]["name"] == "shop"
    page = client.get(f"/runs/{run}/report", params={"format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "items" in page.text
    assert client.get(f"/runs/{run}/report", params={"format": "junit"}).text.startswith("<?xml")
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/runs/{run}/report", params={"format": "csv"}).content))
    assert any(b"items" in archive.read(name) for name in archive.namelist())


def test_two_runs_are_compared(client: httpx.Client) -> None:
    with Recorder(lambda _: Answer.json({})) as target:
        before = until(client, launch(client, target.url))["id"]
        after = until(client, launch(client, target.url, maxIterations=10))["id"]
    compared = client.get("/comparison", params={"before": before, "after": after}).json()
    assert [(row["name"], row["before"]["count"], row["after"]["count"]) for row in compared["rows"]] == [
        ("", 5, 10),
        ("items", 5, 10),
    ]
    assert [set(row["noise"].values()) for row in compared["rows"]] == [{"untold"}, {"untold"}], "so short a run"
    assert set(compared["rows"][0]["noise"]) == {"failed", "avg", "p50", "p95", "p99"}


def test_runs_are_listed_in_pages(client: httpx.Client) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = client.get("/runs", params={"limit": 3, **({"after": after} if after else {})}).json()
        seen += [run["created"] for run in page["runs"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) > 6
    assert seen == sorted(seen, reverse=True)
    assert client.get("/runs", params={"after": "nonsense"}).status_code == 422
    assert {run["state"] for run in client.get("/runs", params={"state": "failed"}).json()["runs"]} == {"failed"}


def test_a_deleted_run_is_not_found(client: httpx.Client, target: Recorder) -> None:
    run = launch(client, target.url, **FOREVER)
    assert client.delete(f"/runs/{run}").status_code == 409
    client.post(f"/runs/{run}/stop")
    until(client, run)
    assert client.delete(f"/runs/{run}").status_code == 204
    assert client.get(f"/runs/{run}").status_code == 404


def test_runs_of_another_team_are_not_found(any_server: PenstockServer, client: httpx.Client, target: Recorder) -> None:
    run = until(client, launch(client, target.url))["id"]
    stranger = any_server.stranger()
    with any_server.client(stranger) as other:
        for method, path in (
            ("GET", f"/runs/{run}"),
            ("GET", f"/runs/{run}/report"),
            ("GET", f"/runs/{run}/progress"),
            ("POST", f"/runs/{run}/stop"),
            ("DELETE", f"/runs/{run}"),
        ):
            assert other.request(method, path).status_code == 404, path
        assert other.get("/runs").json()["runs"] == []
    assert json.loads(client.get(f"/runs/{run}").text)["state"] == "passed"


def test_a_recording_of_a_browser_is_run_as_load(client: httpx.Client, target: Recorder) -> None:
    def entry(method: str, path: str, second: int) -> dict[str, object]:
        request = {"method": method, "url": f"{target.url}{path}", "headers": []}
        response = {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": "{}"}}
        when = f"2026-01-01T00:00:{second:02}.000Z"
        return {"startedDateTime": when, "time": 5, "request": request, "response": response}

    log = {"log": {"entries": [entry("GET", "/items", 1), entry("POST", "/order", 2)]}}
    target.clear()
    recorded = {"entry": "visit.har", "files": [{"name": "visit.har", "text": json.dumps(log)}]}
    changes = {"load": {"users": 3, "no_think": True}}
    run = until(client, client.post("/runs", json={"source": recorded, "changes": changes}).json()["id"])
    assert (run["state"], run["result"]["requests"]) == ("passed", 6)
    assert sorted({(one.method, one.target) for one in target.requests}) == [("GET", "/items"), ("POST", "/order")]
