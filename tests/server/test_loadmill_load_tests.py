"""What the vendor's client and scripts do with load tests, request by request, on both databases."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import configuration

NOW_MS = 1_600_000_000_000


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    basic = base64.b64encode(f"{any_server.token}:".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Accept-Encoding": "gzip, deflate"}
    with httpx.Client(base_url=any_server.url, headers=headers, timeout=30) as opened:
        yield opened


def create(client: httpx.Client, conf: str, path: str = "/api/tests") -> str:
    answer = client.post(path, content=conf, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["testId"])


def finished(client: httpx.Client, test: str) -> dict[str, Any]:
    def over() -> Any:
        found = client.get(f"/api/tests/{test}").json()
        assert "status" not in found, "clients would stop waiting"
        return found if found["result"] else None

    return wait_until(over, 30)  # type: ignore[return-value]


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
def test_a_load_test_is_created_launched_and_waited_for(client: httpx.Client, target: Recorder, prefix: str) -> None:
    target.clear()
    conf = configuration(target.url, meta={"description": "from a script"}, unknown={"kept": True})
    test = create(client, conf, f"{prefix}/tests")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", test)
    draft = client.get(f"{prefix}/tests/{test}").json()
    assert draft["result"] is None
    assert draft["conf"] == json.loads(conf)
    launched = client.put(f"{prefix}/tests/{test}/load", headers={"Content-Length": "0"})
    assert (launched.status_code, launched.content) == (200, b"")
    found = finished(client, test)
    assert (found["id"], found["description"], found["result"]) == (test, "from a script", "done")
    assert (found["successfulIterations"], found["failedIterations"]) == (5, 0)
    assert found["endTime"] >= found["startTime"] > NOW_MS
    assert float(found["usedSeconds"]) >= 0
    assert found["hits"] == 5 == len(target.requests)
    assert found["requestStats"]["0"]["weight"] == 5
    assert sum(point["weight"] for point in found["avgResTimeSequence"]["sequence"]) == 5
    assert found["activeSessions"] == 0


def test_a_configuration_may_be_wrapped(client: httpx.Client, target: Recorder) -> None:
    conf = json.loads(configuration(target.url))
    test = create(client, json.dumps({"config": conf}))
    assert client.get(f"/api/v1/tests/{test}").json()["conf"] == conf


def test_the_least_configuration_is_one(client: httpx.Client) -> None:
    create(client, '{"requests":[{"url":"www.myapp.com"}]}')


def test_a_load_test_is_launched_once(client: httpx.Client, target: Recorder) -> None:
    test = create(client, configuration(target.url))
    assert client.put(f"/api/tests/{test}/load").status_code == 200
    again = client.put(f"/api/tests/{test}/load")
    assert again.status_code == 403
    expected = f"Not Allowed - Launched load test with id [{test}] cannot be edited any more."
    assert again.json() == {"message": expected}
    finished(client, test)


def test_a_load_whose_iterations_fail_has_failed(client: httpx.Client, target: Recorder) -> None:
    wrong = [{"url": f"{target.url}/items", "delay": 50, "assert": [{"check": "missing"}]}]
    test = create(client, configuration(target.url, requests=wrong))
    client.put(f"/api/tests/{test}/load")
    found = finished(client, test)
    assert (found["result"], found["failedIterations"], found["successfulIterations"]) == ("failed", 5, 0)


def test_a_stopped_load_is_aborted(client: httpx.Client, any_server: PenstockServer, target: Recorder) -> None:
    test = create(client, configuration(target.url, maxIterations=100_000))
    client.put(f"/api/tests/{test}/load")
    with any_server.client() as native:
        runs = native.get("/runs", params={"test": test}).json()["runs"]
        native.post(f"/runs/{runs[0]['id']}/stop")
    assert finished(client, test)["result"] == "aborted"


def test_a_wrong_configuration_is_told_as_a_tree(client: httpx.Client) -> None:
    conf = {
        "requests": [
            {"url": "http://a b/", "method": "get", "headers": [{"te": "x"}, {"a b": "c"}]},
            {
                "url": "http://x/",
                "extract": [{"1x": "y"}, {"ok": {"jsonPath": "$["}}, {"link": {"jQuery": {"attr": "href"}}}],
                "assert": [{"check": "a", "matches": "("}, {"equals": "1"}],
            },
            {"method": "GET"},
        ],
        "parameters": [{"9": "a"}, {"x": []}],
        "concurrency": 0,
        "duration": "x",
    }
    answer = client.post("/api/v1/tests", json=conf)
    assert answer.status_code == 400
    tree = answer.json()["validation"]
    assert tree["requests"]["0"]["url"] == "Invalid URL"
    assert tree["requests"]["0"]["method"] == "Not a valid HTTP method"
    assert tree["requests"]["0"]["headers"]["1"] == {"name": "Invalid header name"}
    assert tree["requests"]["1"]["extract"]["0"] == {"name": "May not start with '1'"}
    assert tree["requests"]["1"]["extract"]["1"] == {"jsonPath": "Invalid JSONPath expression"}
    assert tree["requests"]["1"]["assert"]["0"]["matches"] == "Invalid JS regular expression"
    assert tree["requests"]["1"]["extract"]["2"] == {"jQuery": {"query": "Required"}}
    assert tree["requests"]["1"]["assert"]["1"] == {"check": "Required"}
    assert tree["requests"]["2"] == {"url": "Required"}
    assert tree["parameters"]["0"] == {"name": "May not start with '9'"}
    assert tree["parameters"]["1"] == {"value": "Must be a string or a nonempty string array"}
    assert tree["concurrency"] == "Cannot be less than 1"
    assert tree["duration"] == "Must be an integer"
    assert "message" in answer.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("[]", 400),
        ("{}", 400),
        ("{", 400),
        ('{"requests":{}}', 400),
        ('{"config":[]}', 400),
        ("[" * 9000, 400),
    ],
)
def test_what_is_no_configuration_is_refused(client: httpx.Client, body: str, status: int) -> None:
    answer = client.post("/api/tests", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.json()["message"]


def test_unknown_tests_and_those_of_others_are_not_found(client: httpx.Client) -> None:
    for path in ("/api/tests/unknown", "/api/v1/tests/00000000-0000-4000-8000-000000000000"):
        assert client.get(path).status_code == 404
        assert client.put(f"{path}/load").status_code == 404
    assert client.patch("/api/tests").status_code == 405
    assert client.get("/api/no-such-thing").json()["message"]


@pytest.mark.parametrize(
    "form",
    [
        lambda token: {"Authorization": "Basic " + base64.b64encode(f"{token}:".encode()).decode()},
        lambda token: {"Authorization": f"Bearer {token}"},
        lambda token: {"Authorization": token},
        lambda token: {"Authentication": token},
    ],
    ids=["basic", "bearer", "raw", "old header"],
)
def test_every_form_of_token_lets_in(any_server: PenstockServer, form: Any) -> None:
    url = f"{any_server.url}/api/tests/unknown"
    assert httpx.get(url, headers=form(any_server.token)).status_code == 404
    refused = httpx.get(url, headers=form("wrong"))
    assert refused.status_code == 401
    assert refused.json()["message"]


def test_a_token_in_the_url_lets_in(any_server: PenstockServer) -> None:
    url = any_server.url.replace("://", f"://{any_server.token}@")
    assert httpx.get(f"{url}/api/v1/tests/unknown").status_code == 404
    assert httpx.get(f"{any_server.url}/api/v1/tests/unknown").status_code == 401


@pytest.mark.parametrize("is_async", [False, True])
def test_a_functional_test_is_done_once_and_read_as_old_clients_read_it(
    client: httpx.Client, target: Recorder, is_async: bool
) -> None:
    requests = [
        {"url": f"{target.url}/items", "description": "list", "extract": [{"path": {"jsonPath": "target"}}]},
        {"url": f"{target.url}/item", "method": "POST", "assert": [{"check": "path", "equals": "/other"}]},
    ]
    body = {"requests": requests, "useCookies": True, "async": is_async}
    answer = client.post("/api/tests/trials", json=body).json()
    if is_async:
        assert set(answer) == {"id"}
        path = f"/api/tests/trials/{answer['id']}"
        answer = wait_until(lambda: (found := client.get(path)).status_code == 200 and found.json())
    assert answer["status"] == "FAILED"
    result = answer["trialResult"]
    assert list(result["failures"]) == ["1"]
    assert result["failures"]["1"]["histogram"] == {"0": 1}
    assert [one["url"] for one in result["resolvedRequests"]] == [f"{target.url}/items", f"{target.url}/item"]
    values = {name: value for entry in result["resolvedRequests"][1]["postParameters"] for name, value in entry.items()}
    assert values["path"] == "/items"
    assert client.get("/api/tests/trials/unknown").status_code == 404


def test_a_wrong_functional_test_is_told_as_a_tree(client: httpx.Client) -> None:
    answer = client.post("/api/tests/trials", json={"requests": [{"url": "http://a b/"}]})
    assert answer.status_code == 400
    assert answer.json()["validation"] == {"requests": {"0": {"url": "Invalid URL"}}}


def test_a_flow_becomes_a_load_test(client: httpx.Client, any_server: PenstockServer, target: Recorder) -> None:
    step = {"url": f"{target.url}/${{what}}", "delay": 50}
    log_in = {"url": f"{target.url}/login", "delay": 50}
    flow = {"id": "0b5f9b3e-7a3c-4c0c-9d7a-0d3a4a3f5b11", "order": 0, "conf": {"requests": [step]}}
    around = {"meta": {"description": "Shop"}, "parameters": [{"what": "items"}], "loginFlow": [log_in]}
    with any_server.client() as native:
        suite = native.post("/imports/suites", json={"conf": around, "flows": [flow]}).json()["id"]
        kept = native.get(f"/suites/{suite}/flows").json()[0]["id"]
    options = {"duration": 60, "rampUp": 0, "concurrency": 1, "maxIterations": 5, "targetedCountries": []}
    path = f"/api/v1/test-suites/{suite}/flows/{kept}/loads"
    test = client.post(path, json={"loadTestOptions": options}).json()["testId"]
    assert client.get(f"/api/tests/{test}").json()["conf"]["duration"] == 60_000
    target.clear()
    client.put(f"/api/tests/{test}/load")
    assert finished(client, test)["result"] == "done"
    assert {request.target for request in target.requests} == {"/login", "/items"}
    assert client.post(path.replace(kept, suite), json={}).status_code == 404


def test_a_load_has_a_junit_report(client: httpx.Client, target: Recorder) -> None:
    test = create(client, configuration(target.url))
    assert client.put(f"/api/tests/{test}/load").status_code == 200
    finished(client, test)
    asked = client.post("/api/reports/junit", json={"testId": test, "runType": "load"})
    assert asked.status_code == 200, asked.text
    report = client.get(f"/api/reports/junit/{asked.json()['junitReportId']}")
    assert report.status_code == 200, report.text
    assert "<testcase" in report.json()["junitReport"]
    assert "<failure" not in report.json()["junitReport"]
