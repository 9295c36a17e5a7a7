"""What each version of the vendor's client sends, in its order, and every field that it reads, on both databases."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.apps import Recorder
from tests.apps.http import Answer, Request
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import configuration
from tests.server.test_loadmill_suites import flow, flows_of, over, suite
from tests.server.vs_loads import load_test, web_test

UNKNOWN = "00000000-0000-4000-8000-000000000000"
EPOCH_MS = 1_600_000_000_000

ROWS = [
    # method, path, body, what is sent
    ("POST", "/test-suites/{id}/run", {}),
    ("GET", "/test-suites-runs/{id}", None),
    ("PUT", "/test-suites-runs/{id}", {}),
    ("GET", "/test-suites-runs/flows/{id}", None),
    ("GET", "/test-flows-runs/{id}", None),
    ("GET", "/tests/{id}", None),
    ("PUT", "/tests/{id}/load", None),
    ("GET", "/tests/trials/{id}", None),
    ("POST", "/test-plans/{id}/run", {}),
    ("GET", "/test-plans-runs/{id}", None),
    ("PUT", "/test-plans-runs/{id}", {}),
    ("POST", "/test-plans-runs/{id}/re-run", None),
    ("POST", "/reports/junit", {"testId": UNKNOWN, "runType": "test-plan"}),
    ("GET", "/reports/junit/{id}", None),
    ("POST", "/explain-failures", {"testRunId": UNKNOWN, "testRunType": "flowRun"}),
    ("POST", "/test-suites/{id}/flows/{id}/loads", {}),
    ("PATCH", "/test-suites/{id}/flows/{id}/pools", "a,b\n1,2\n"),
]
"""Every endpoint that names something; asked for what is not there."""


def basic(token: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}"}


FORMS: dict[str, Callable[[str], dict[str, str]]] = {
    "basic": basic,
    "basic, the token alone": lambda token: {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"},
    "basic, without padding": lambda token: {"Authorization": basic(token)["Authorization"].rstrip("=")},
    "bearer": lambda token: {"Authorization": f"Bearer {token}"},
    "bare": lambda token: {"Authorization": token},
    "the old name of the header": lambda token: {"Authentication": token},
}


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    def answer(request: Request) -> Answer:
        return Answer(500) if request.target == "/broken" else Answer.json({"name": "tea"})

    with Recorder(answer) as started:
        yield started


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    """Return a client that sends what the vendor's sends: no agent, a new connection each time."""
    headers = {**basic(any_server.token), "Accept-Encoding": "gzip, deflate", "Connection": "close", "User-Agent": ""}
    with httpx.Client(base_url=any_server.url, headers=headers, timeout=30) as opened:
        yield opened


@pytest.fixture(scope="module")
def native(any_server: PenstockServer) -> Iterator[httpx.Client]:
    with any_server.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def shop(native: httpx.Client, target: Recorder) -> str:
    good = {"url": "${base}/items", "description": "list", "assert": [{"check": "__status", "equals": "200"}]}
    bad = {
        "url": "${base}/broken",
        "description": "get item",
        "assert": [{"check": "__status", "equals": "200"}, {"check": "name", "contains": "abc"}],
    }
    flows = (flow("browse", good, labels=("smoke",), order=0), flow("buy", good, bad, labels=("orders",), order=1))
    return suite(native, "Shop", *flows, parameters=[{"base": target.url}])


@pytest.fixture(scope="module")
def plan(native: httpx.Client, shop: str) -> str:
    answer = native.post("/plans", json={"name": "Nightly", "content": {"suites": [shop]}})
    return str(answer.raise_for_status().json()["id"])


@pytest.fixture(scope="module")
def plan_run(client: httpx.Client, plan: str) -> str:
    body = {"overrideParameters": {}, "inlineParameterOverride": False, "turboParallel": False}
    identity = client.post(f"/api/test-plans/{plan}/run", json=body).json()["testPlanRunId"]
    over(client, f"/api/test-plans-runs/{identity}")
    return str(identity)


def sent(client: httpx.Client, row: tuple[str, str, Any], prefix: str, headers: dict[str, str]) -> httpx.Response:
    method, path, body = row
    if isinstance(body, str):
        return client.request(
            method,
            prefix + path.format(id=UNKNOWN),
            content=body,
            headers={**headers, "Content-Type": "text/csv"},
        )
    return client.request(method, prefix + path.format(id=UNKNOWN), json=body, headers=headers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_every_endpoint_takes_every_form_of_token_under_both_prefixes(
    any_server: PenstockServer, row: tuple[str, str, Any]
) -> None:
    with httpx.Client(base_url=any_server.url, timeout=30) as anyone:
        for prefix in ("/api", "/api/v1"):
            for name, form in FORMS.items():
                answer = sent(anyone, row, prefix, form(any_server.token))
                assert answer.status_code == 404, (prefix, name, answer.text)
                assert answer.headers["content-type"] == "application/json"
                assert list(answer.json()) == ["message"]
                refused = sent(anyone, row, prefix, form("wrong"))
                assert (refused.status_code, list(refused.json())) == (401, ["message"]), (prefix, name)
            assert sent(anyone, row, prefix, {}).status_code == 401


@pytest.mark.parametrize("path", ["/tests", "/tests/trials", "/labels", "/test-suites", "/test-plans", "/test-flows"])
def test_every_collection_wants_a_token(any_server: PenstockServer, path: str) -> None:
    method = "POST" if path.startswith("/tests") else "GET"
    for prefix in ("/api", "/api/v1"):
        refused = httpx.request(method, f"{any_server.url}{prefix}{path}", timeout=30)
        assert (refused.status_code, list(refused.json())) == (401, ["message"])
        for form in FORMS.values():
            taken = httpx.request(method, f"{any_server.url}{prefix}{path}", headers=form(any_server.token), timeout=30)
            assert taken.status_code == (400 if method == "POST" else 200), taken.text


def test_a_load_with_waiting_reads_what_the_client_prints(client: httpx.Client, target: Recorder) -> None:
    conf = configuration(target.url, meta={"description": "from CI"}, parameters=[{"a": "1"}, {}])
    test = client.post("/api/tests", json=json.loads(conf)).json()["testId"]
    launched = client.put(f"/api/tests/{test}/load")
    assert (launched.status_code, launched.content) == (200, b"")

    def final() -> Any:
        body = client.get(f"/api/tests/{test}").json()
        over = bool(body.get("result")) or body.get("trialResult") is False
        assert "status" not in body, "the client would stop waiting, and say that it failed"
        return body if over else None

    body: Any = wait_until(final)
    assert body["result"] == "done"
    assert (body["id"], body["description"]) == (test, "from CI")
    assert isinstance(body["startTime"], int)
    assert body["endTime"] > body["startTime"] > EPOCH_MS
    assert (body["successfulIterations"], body["failedIterations"]) == (5, 0)
    assert isinstance(body["usedSeconds"], str)
    assert body["conf"] == json.loads(conf)


def test_a_load_test_of_several_files_is_launched_and_read(client: httpx.Client, native: httpx.Client) -> None:
    with Recorder() as target:
        files = [
            {"name": "home.loadtest", "text": load_test(seconds=1).decode()},
            {"name": "home.webtest", "text": web_test(f"{target.url}/home").decode()},
        ]
        content = {"entry": "home.loadtest", "files": files}
        kept = native.post("/load-tests", json={"name": "Home", "content": content}).raise_for_status().json()["id"]
        draft = client.get(f"/api/tests/{kept}").json()
        assert (draft["description"], draft["result"]) == ("Home", None)
        assert client.put(f"/api/tests/{kept}/load").status_code == 200
        body: Any = wait_until(lambda: (found := client.get(f"/api/tests/{kept}").json())["result"] and found)
        assert (body["result"], body["conf"]) == ("done", {"meta": {"description": "Home"}, "requests": []})
        assert body["hits"] > 0
        under_way = len(target.requests) - body["hits"]  # when the load ended; such a load test waits for nobody
        assert 0 <= under_way <= 2
    again = client.put(f"/api/tests/{kept}/load")
    assert again.status_code == 403
    assert again.json()["message"].endswith("cannot be edited any more.")


def test_a_plan_without_waiting_reads_an_id(client: httpx.Client, plan: str) -> None:
    answer = client.post(f"/api/test-plans/{plan}/run", json={"overrideParameters": {}, "labels": None, "tags": None})
    assert (answer.status_code, list(answer.json())) == (200, ["testPlanRunId"])
    over(client, f"/api/test-plans-runs/{answer.json()['testPlanRunId']}")


def test_a_plan_under_way_has_its_list_of_suites_from_the_first_answer_on(client: httpx.Client, plan: str) -> None:
    identity = client.post(f"/api/test-plans/{plan}/run", json={"labels": ["smoke"]}).json()["testPlanRunId"]
    first = client.get(f"/api/test-plans-runs/{identity}").json()
    assert first["status"] in ("RUNNING", "PASSED")
    assert isinstance(first["testSuitesRuns"], list)
    assert first["startTime"] > EPOCH_MS
    assert over(client, f"/api/test-plans-runs/{identity}")["status"] == "PASSED"


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"fetchAllFlows": "true"}, id="up to 4.2.4"),
        pytest.param({"fetchAllFlows": "true", "groupFlowAttempts": "true"}, id="from 4.2.5 on"),
    ],
)
def test_a_plan_that_is_over_is_read_whole(client: httpx.Client, plan_run: str, query: dict[str, str]) -> None:
    whole = client.get(f"/api/test-plans-runs/{plan_run}", params=query).json()
    assert (whole["id"], whole["status"], whole["description"]) == (plan_run, "FAILED", "Nightly")
    assert whole["endTime"] >= whole["startTime"] > EPOCH_MS
    (ran,) = whole["testSuitesRuns"]
    assert ran["description"] == "Shop - Nightly"
    assert ran["url"].endswith(f"/app/api-tests/test-suite-runs/{ran['id']}")
    assert "error" not in ran, "a client would print it"
    for one in ran["testSuiteFlowRuns"]:
        assert one["id"]
        assert one["endTime"] >= one["startTime"] > EPOCH_MS
        assert one["testSuiteFlowStatus"] == "Active"
        assert all(attempt["endTime"] >= attempt["startTime"] for attempt in one["runs"])
    statuses = {name: one["status"] for name, one in flows_of(ran).items()}
    assert statuses == {"browse": "PASSED", "buy": "FAILED"}


def test_a_flow_that_passes_at_last_is_flaky_and_tells_its_attempts(client: httpx.Client, native: httpx.Client) -> None:
    answers = iter([Answer(500), *[Answer.json({})] * 50])
    with Recorder(lambda _: next(answers)) as unsteady:
        kept = suite(native, "Unsteady", flow("once more", {"url": f"{unsteady.url}/"}))
        wish = {"name": "Unsteady", "content": {"suites": [kept]}}
        unsteady_plan = native.post("/plans", json=wish).raise_for_status().json()["id"]
        answer = client.post(f"/api/test-plans/{unsteady_plan}/run", json={"maxFlakyFlowRetries": "1"})
        path = f"/api/test-plans-runs/{answer.json()['testPlanRunId']}"
        assert over(client, path)["status"] == "PASSED"
    grouped = client.get(path, params={"fetchAllFlows": "true", "groupFlowAttempts": "true"}).json()
    (one,) = grouped["testSuitesRuns"][0]["testSuiteFlowRuns"]
    assert (one["status"], len(one["runs"])) == ("FLAKY", 2)
    single = client.get(path, params={"fetchAllFlows": "true"}).json()["testSuitesRuns"][0]["testSuiteFlowRuns"]
    assert [each["status"] for each in single] == ["FAILED", "PASSED"]


def test_a_reporter_reads_every_flow_of_a_run(client: httpx.Client, plan_run: str) -> None:
    whole = client.get(f"/api/test-plans-runs/{plan_run}", params={"fetchAllFlows": "true"}).json()
    for listed in whole["testSuitesRuns"][0]["testSuiteFlowRuns"]:
        read = client.get(f"/api/test-suites-runs/flows/{listed['id']}").json()
        assert (read["id"], read["description"], read["status"]) == tuple(
            listed[key] for key in ("id", "description", "status")
        )
        resolved, values = read["result"]["resolvedRequests"], read["redactableResult"]
        assert len(values) == len(resolved) > 0
        for request in resolved:
            assert request["description"]
            assert (request["method"], isinstance(request["assert"], list)) == ("GET", True)
            assert request["url"].startswith("http://127.0.0.1")
        for index, failure in read["result"]["failures"].items():
            assert failure["numFailures"] >= 1
            assert all(name.isdigit() is False or int(name) < len(resolved[int(index)]["assert"])
                       for name in failure["histogram"])  # fmt: skip
            checked = resolved[int(index)]["assert"][0]["check"]
            assert [one[checked] for one in values[int(index)]["postParameters"] if one.get(checked)] == ["500"]


@pytest.mark.parametrize("kind", ["test-plan", "test-suite"])
def test_the_junit_report_has_the_layout_that_the_client_once_wrote(
    client: httpx.Client, plan_run: str, kind: str
) -> None:
    (ran,) = client.get(f"/api/test-plans-runs/{plan_run}").json()["testSuitesRuns"]
    subject = plan_run if kind == "test-plan" else ran["id"]
    ordered = client.post("/api/reports/junit", json={"testId": subject, "runType": kind})
    report = client.get(f"/api/reports/junit/{ordered.json()['junitReportId']}").json()["junitReport"]
    root = etree.fromstring(report.encode())
    assert (root.tag, root.get("name")) == ("testsuites", "Loadmill suites run")
    (written,) = root.iter("testsuite")
    assert (written.get("tests"), written.get("errors"), written.get("failures")) == ("2", "0", "1")
    assert written.get("url") == ran["url"]
    assert len(written.get("timestamp")) == len("2021-01-01T10:00:00")
    cases = {case.get("name"): case for case in written.iter("testcase")}
    assert {name: case.get("status") for name, case in cases.items()} == {"browse": "PASSED", "buy": "FAILED"}
    failures = cases["buy"].findall("failure")
    assert [failure.get("type") for failure in failures] == ["ERROR"] * len(failures)
    assert all("get item - GET http://127.0.0.1" in failure.get("message") for failure in failures)


def test_a_junit_report_is_404_until_the_run_is_over(client: httpx.Client, native: httpx.Client) -> None:
    with Recorder() as target:
        waits = {"url": f"{target.url}/", "delay": 60_000}
        identity = suite(native, "Long", flow("wait", {"url": f"{target.url}/"}, waits))
        ran = client.post(f"/api/test-suites/{identity}/run").json()["testSuiteRunId"]
        ordered = client.post("/api/reports/junit", json={"testId": ran, "runType": "test-suite"})
        assert ordered.status_code == 200, ordered.text
        path = f"/api/reports/junit/{ordered.json()['junitReportId']}"
        assert client.get(path).status_code == 404
        wait_until(lambda: target.requests)  # of a run that never began there is no report
        assert client.put(f"/api/test-suites-runs/{ran}").status_code == 200
        assert over(client, f"/api/test-suites-runs/{ran}")["status"] == "STOPPED"
        assert client.get(path).status_code == 200


def test_a_flow_run_tells_what_was_executed_whatever_became_of_the_flow(
    client: httpx.Client, native: httpx.Client, target: Recorder
) -> None:
    kept = suite(native, "Changing", flow("first", {"url": f"{target.url}/items", "description": "before"}))
    ran = client.post(f"/api/v1/test-suites/{kept}/run").json()["testSuiteRunId"]
    (listed,) = over(client, f"/api/v1/test-suites-runs/{ran}")["testSuiteFlowRuns"]
    path = f"/api/v1/test-suites-runs/flows/{listed['id']}"
    before = client.get(path).json()["conf"]
    assert [one["description"] for one in before["requests"]] == ["before"]
    edited = native.get(f"/suites/{kept}/flows").json()[0]
    edited["content"]["conf"]["requests"][0]["description"] = "after"
    wish = {"name": "second", "content": edited["content"]}
    path_of_flow = f"/suites/{kept}/flows/{edited['id']}"
    native.put(path_of_flow, json=wish, headers={"If-Match": '"1"'}).raise_for_status()
    assert client.get(path).json()["conf"] == before
    native.delete(f"/suites/{kept}").raise_for_status()
    read = client.get(path).json()
    assert read["conf"] == before
    assert (read["testSuiteFlowId"], read["testSuiteId"]) == (None, None)
    assert client.get(f"/api/v1/test-suites-runs/{ran}").json()["testSuiteId"] is None


@pytest.mark.parametrize(("query", "status"), [({}, "STOPPED"), ({"forceFail": "true"}, "FAILED")])
def test_a_plan_run_is_stopped_with_its_suites(
    client: httpx.Client, native: httpx.Client, target: Recorder, query: dict[str, str], status: str
) -> None:
    kept = suite(native, "Endless", flow("wait", *[{"url": f"{target.url}/items", "delay": 60_000}] * 2))
    endless = native.post("/plans", json={"name": "Endless", "content": {"suites": [kept]}}).json()["id"]
    identity = client.post(f"/api/test-plans/{endless}/run").json()["testPlanRunId"]
    path = f"/api/test-plans-runs/{identity}"
    wait_until(lambda: client.get(path).json()["testSuitesRuns"])
    stopped = client.put(path, params=query, json={"additionalDescription": "too long"})
    assert (stopped.status_code, stopped.content) == (200, b"")
    found = over(client, path)
    assert (found["status"], found["description"]) == (status, "Endless too long")
    assert [one["status"] for one in found["testSuitesRuns"]] == [status]
