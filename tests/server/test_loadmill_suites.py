"""What the vendor's client and scripts do with suites and plans, request by request, on both databases."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.apps import Recorder
from tests.apps.http import Answer, Request
from tests.apps.penstock_server import PenstockServer, wait_until

READS = ("id", "description", "status", "startTime", "endTime", "url", "testSuiteFlowRuns")
"""What clients read of a suite run."""


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    def answer(request: Request) -> Answer:
        if request.target.startswith("/missing"):
            return Answer(404)
        return Answer.json({"name": "tea", "path": request.target})

    with Recorder(answer) as started:
        yield started


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    basic = base64.b64encode(f"{any_server.token}:".encode()).decode()
    with httpx.Client(base_url=any_server.url, headers={"Authorization": f"Basic {basic}"}, timeout=30) as opened:
        yield opened


@pytest.fixture(scope="module")
def native(any_server: PenstockServer) -> Iterator[httpx.Client]:
    with any_server.client() as opened:
        yield opened


def flow(name: str, *requests: dict[str, Any], ci: bool = True, labels: tuple[str, ...] = (), order: int = 0) -> Any:
    conf = {"meta": {"description": name}, "requests": [{"delay": 50, "assert": [], **one} for one in requests]}
    return {"id": str(uuid.uuid4()), "order": order, "runInCi": ci, "labels": list(labels), "conf": conf}


def suite(native: httpx.Client, name: str, *flows: Any, **conf: Any) -> str:
    document = {"conf": {"meta": {"description": name}, "useCookies": True, **conf}, "flows": list(flows)}
    answer = native.post("/imports/suites", json=document)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture(scope="module")
def shop(native: httpx.Client, target: Recorder) -> str:
    good = {"url": "${base}/items", "description": "list", "assert": [{"check": "__status", "equals": "200"}]}
    bad = {
        "url": "${base}/item",
        "description": "get item",
        "extract": [{"name": {"jsonPath": "name"}}],
        "assert": [{"check": "name", "equals": "coffee"}],
    }
    return suite(
        native,
        "Shop",
        flow("browse", good, labels=("smoke", "shop"), order=0),
        flow("buy", good, bad, labels=("orders",), order=1),
        flow("draft", good, ci=False, labels=("unfinished",), order=2),
        parameters=[{"base": target.url}],
    )


def run(client: httpx.Client, suite_id: str, body: Any = None, path: str = "/api/test-suites", **query: Any) -> str:
    answer = client.post(f"{path}/{suite_id}/run", json=body, params=query)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["testSuiteRunId"])


def over(client: httpx.Client, path: str, **query: Any) -> dict[str, Any]:
    def there() -> Any:
        found = client.get(path, params=query).json()
        assert found["status"] in ("RUNNING", "PASSED", "FAILED", "STOPPED")
        return found if found["status"] != "RUNNING" else None

    return wait_until(there, 30)  # type: ignore[return-value]


def flows_of(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["description"]: one for one in run["testSuiteFlowRuns"]}


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
def test_a_suite_runs_its_flows_whose_toggle_is_on(client: httpx.Client, shop: str, prefix: str) -> None:
    body = {"overrideParameters": {}, "additionalDescription": "from CI", "labels": None, "pool": "any"}
    identity = run(client, shop, body, f"{prefix}/test-suites")
    found = over(client, f"{prefix}/test-suites-runs/{identity}")
    assert set(READS) <= set(found)
    assert (found["id"], found["status"], found["testSuiteId"]) == (identity, "FAILED", shop)
    assert found["description"] == "Shop from CI"
    assert found["displayName"] == "admin"
    assert found["conf"] == {"useCookies": True}
    assert (found["progress"], found["successRate"]) == ("2/2", "50%")
    assert found["avgResTime"].endswith(" ms")
    assert found["endTime"] >= found["startTime"] > 1_600_000_000_000
    flows = flows_of(found)
    assert {name: one["status"] for name, one in flows.items()} == {"browse": "PASSED", "buy": "FAILED"}
    buy = flows["buy"]
    assert (buy["numOfRequests"], buy["testSuiteFlowStatus"]) == (2, "Active")
    assert isinstance(buy["avgResTime"], int)
    assert buy["duration"].endswith(" ms")
    assert buy["endTime"] >= buy["startTime"]
    assert buy["runs"][0]["endTime"] >= buy["runs"][0]["startTime"]


def test_a_failed_flow_is_read_as_reporters_read_it(client: httpx.Client, shop: str) -> None:
    found = over(client, f"/api/test-suites-runs/{run(client, shop)}")
    buy = flows_of(found)["buy"]["id"]
    whole = client.get(f"/api/test-suites-runs/flows/{buy}").json()
    assert whole == client.get(f"/api/v1/test-suites-runs/flows/{buy}").json()
    assert whole["id"] == client.get(f"/api/test-flows-runs/{buy}").json()["id"] == buy
    assert (whole["description"], whole["status"], whole["testSuiteId"]) == ("buy", "FAILED", shop)
    assert whole["testSuiteFlowId"]
    assert [one["description"] for one in whole["conf"]["requests"]] == ["list", "get item"]
    result = whole["result"]
    resolved = result["resolvedRequests"]
    assert [one["description"] for one in resolved] == ["list", "get item"]
    assert all(isinstance(one["assert"], list) for one in resolved)
    assert resolved[1]["method"] == "GET"
    assert resolved[1]["url"].endswith("/item")
    failure = result["failures"]["1"]
    assert failure["numFailures"] == 1
    assert list(failure["histogram"]) == ["0"]
    values = whole["redactableResult"]
    assert len(values) == len(resolved)
    shown = {name: value for entry in values[1]["postParameters"] for name, value in entry.items()}
    assert shown["name"] == "tea"


def test_all_flows_are_forced(client: httpx.Client, shop: str) -> None:
    found = over(client, f"/api/v1/test-suites-runs/{run(client, shop, {}, forceAllFlows='true')}")
    assert set(flows_of(found)) == {"browse", "buy", "draft"}


@pytest.mark.parametrize(
    ("body", "flows"),
    [
        ({"labels": ["smoke"]}, {"browse"}),
        ({"labels": ["smoke", "orders", "unknown"]}, {"browse", "buy"}),
        ({"labels": []}, {"browse", "buy"}),
        ({"labels": ["shop"], "maxFlakyFlowRetries": "1"}, {"browse"}),
    ],
    ids=["one label", "any of them", "no label is all", "numbers as texts"],
)
def test_labels_choose_flows(client: httpx.Client, shop: str, body: Any, flows: set[str]) -> None:
    found = over(client, f"/api/test-suites-runs/{run(client, shop, body)}")
    assert set(flows_of(found)) == flows


def test_parameters_are_overridden(client: httpx.Client, shop: str, target: Recorder) -> None:
    target.clear()
    body = {"overrideParameters": {"base": f"{target.url}/other"}, "labels": ["smoke"]}
    over(client, f"/api/test-suites-runs/{run(client, shop, body)}")
    assert [request.target for request in target.requests] == ["/other/items"]


def test_a_failed_flow_is_tried_again(client: httpx.Client, shop: str) -> None:
    identity = run(client, shop, {"labels": ["orders"], "maxFlakyFlowRetries": 2})
    found = over(client, f"/api/test-suites-runs/{identity}", groupFlowAttempts="true")
    (buy,) = found["testSuiteFlowRuns"]
    assert len(buy["runs"]) == 3
    each = client.get(f"/api/test-suites-runs/{identity}").json()["testSuiteFlowRuns"]
    assert [one["description"] for one in each] == ["buy"] * 3
    assert found["progress"] == "1/1"


def test_a_run_is_stopped(client: httpx.Client, native: httpx.Client, target: Recorder) -> None:
    slow = suite(native, "slow", flow("waits", {"url": f"{target.url}/items", "delay": 60_000}))
    for query, status in (({}, "STOPPED"), ({"forceFail": "true"}, "FAILED")):
        identity = run(client, slow)
        path = f"/api/test-suites-runs/{identity}"
        wait_until(lambda path=path: client.get(path).json()["testSuiteFlowRuns"])
        answer = client.put(f"/api/v1/test-suites-runs/{identity}", params=query, json={"additionalDescription": "x"})
        assert (answer.status_code, answer.content) == (200, b"")
        found = over(client, f"/api/test-suites-runs/{identity}")
        assert (found["status"], found["description"]) == (status, "slow x")


def test_a_run_can_be_stopped_at_any_moment(client: httpx.Client, native: httpx.Client, target: Recorder) -> None:
    slow = suite(native, "slow", flow("waits", {"url": f"{target.url}/items", "delay": 60_000}))
    for _ in range(5):
        identity = run(client, slow)
        assert client.put(f"/api/test-suites-runs/{identity}").status_code == 200
        assert over(client, f"/api/test-suites-runs/{identity}")["status"] == "STOPPED"


def test_a_flow_runs_once_for_each_row_of_the_csv_it_is_given(
    client: httpx.Client, native: httpx.Client, target: Recorder
) -> None:
    one = flow("of a row", {"url": f"{target.url}/row/${{user}}"})
    identity = suite(native, "rows", one)
    path = f"/api/v1/test-suites/{identity}/flows/{one['id']}/pools"
    for rows in ("user\nann\n", 'user,note\nbob,""\n"c,d",x\n'):
        answer = client.patch(path, params={"name": "users"}, headers={"Content-Type": "text/csv"}, content=rows)
        assert (answer.status_code, answer.content) == (200, b""), answer.text
    target.clear()
    found = over(client, f"/api/test-suites-runs/{run(client, identity)}")
    assert list(flows_of(found)) == ["of a row [row 1]", "of a row [row 2]"]
    assert [request.target for request in target.requests] == ["/row/bob", "/row/c,d"]
    wrong = {
        415: {"headers": {"Content-Type": "application/json"}, "content": "user\nann"},
        400: {"headers": {"Content-Type": "text/csv"}, "content": "9user\nann"},
    }
    for status, sent in wrong.items():
        assert client.patch(path, **sent).status_code == status  # type: ignore[arg-type]
    for content in (b"", b"only names\n", b"a,a\n1,2\n", b"\xff\xfe\n1"):
        refused = client.patch(path, headers={"Content-Type": "text/csv"}, content=content)
        assert refused.status_code == 400, content
    missing = path.replace(one["id"], str(uuid.uuid4()))
    assert client.patch(missing, headers={"Content-Type": "text/csv"}, content="user\nann").status_code == 404


def test_labels_are_listed(client: httpx.Client, shop: str) -> None:
    everything = client.get("/api/v1/labels").json()["teamLabels"]
    assert {"smoke", "shop", "orders", "unfinished"} <= {label["description"] for label in everything}
    assert all(uuid.UUID(label["id"]) for label in everything)
    in_ci = client.get("/api/v1/labels", params={"filter": "CI_enabled"}).json()["teamLabels"]
    names = {label["description"] for label in in_ci}
    assert "smoke" in names
    assert "unfinished" not in names
    drafts = client.get("/api/labels", params=[("filter", "draft")]).json()["teamLabels"]
    assert "unfinished" in {label["description"] for label in drafts}
    assert client.get("/api/labels", params={"filter": "wrong"}).status_code == 400


def test_suites_are_listed_as_the_old_client_asks(client: httpx.Client, shop: str) -> None:
    ids = {label["description"]: label["id"] for label in client.get("/api/labels").json()["teamLabels"]}
    query = {"rowsPerPage": "100", "filter": "CI enabled", "label": "smoke"}
    (found,) = [one for one in client.get("/api/test-suites", params=query).json()["testSuites"] if one["id"] == shop]
    assert found["description"] == "Shop"
    assert {"id": ids["smoke"]} in found["assignedLabelsIds"]
    assert client.get("/api/test-suites", params={"label": "nobody has it"}).json()["testSuites"] == []
    assert client.get("/api/v1/test-suites", params={"search": "sHo"}).json()["total"] == 1


@pytest.fixture(scope="module")
def plan(native: httpx.Client, shop: str, target: Recorder) -> str:
    other = suite(native, "Other", flow("ping", {"url": f"{target.url}/ping"}, labels=("smoke",)))
    answer = native.post("/plans", json={"name": "Nightly", "content": {"suites": [shop, other]}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_plan_is_run_waited_for_and_reported_as_the_client_does(client: httpx.Client, plan: str) -> None:
    body = {
        "overrideParameters": {},
        "parallel": "2",
        "labels": None,
        "tags": ["nightly"],
        "maxFlakyFlowRetries": "1",
        "inlineParameterOverride": False,
        "turboParallel": False,
        "branch": "main",
        "unknown": 1,
    }
    answer = client.post(f"/api/test-plans/{plan}/run", json=body)
    assert answer.status_code == 200, answer.text
    identity = answer.json()["testPlanRunId"]
    assert isinstance(client.get(f"/api/test-plans-runs/{identity}").json()["testSuitesRuns"], list)
    found = over(client, f"/api/test-plans-runs/{identity}")
    assert (found["id"], found["status"], found["tags"]) == (identity, "FAILED", ["nightly"])
    assert all("testSuiteFlowRuns" not in one for one in found["testSuitesRuns"])
    query = {"fetchAllFlows": "true", "groupFlowAttempts": "true"}
    whole = client.get(f"/api/test-plans-runs/{identity}", params=query).json()
    suites = {one["description"]: one for one in whole["testSuitesRuns"]}
    assert {name: one["status"] for name, one in suites.items()} == {
        "Shop - Nightly": "FAILED",
        "Other - Nightly": "PASSED",
    }
    assert all(set(READS) <= set(one) for one in suites.values())
    buy = flows_of(suites["Shop - Nightly"])["buy"]
    assert (buy["status"], len(buy["runs"])) == ("FAILED", 2)
    ordered = client.post("/api/reports/junit", json={"testId": identity, "runType": "test-plan"})
    report = client.get(f"/api/reports/junit/{ordered.json()['junitReportId']}").json()["junitReport"]
    root = etree.fromstring(report.encode())
    assert {one.get("name") for one in root.iter("testsuite")} == {"Shop - Nightly", "Other - Nightly"}
    assert [one.getparent().get("name") for one in root.iter("failure")] == ["buy"]
    again = client.post(f"/api/v1/test-plans-runs/{identity}/re-run", params={"onlyFailed": "true"}).json()
    second = over(client, f"/api/test-plans-runs/{again['testPlanRunId']}")
    assert [one["description"] for one in second["testSuitesRuns"]] == ["Shop - Nightly"]


@pytest.mark.parametrize(
    ("expression", "suites"),
    [("smoke & !shop", ["Other - Nightly"]), ("(smoke | orders)", ["Shop - Nightly", "Other - Nightly"])],
)
def test_an_expression_of_labels_chooses(client: httpx.Client, plan: str, expression: str, suites: list[str]) -> None:
    answer = client.post(f"/api/v1/test-plans/{plan}/run", json={"labelsExpression": expression})
    found = over(client, f"/api/test-plans-runs/{answer.json()['testPlanRunId']}")
    assert [one["description"] for one in found["testSuitesRuns"]] == suites


def test_plans_are_listed(client: httpx.Client, plan: str) -> None:
    listed = client.get("/api/v1/test-plans", params={"rowsPerPage": 10}).json()["testPlans"]
    assert {"id": plan, "description": "Nightly"} in listed


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"overrideParameters": []}', 400),
        ('{"overrideParameters": {"a": {}}}', 400),
        ('{"labels": {"a": 1}}', 400),
        ('{"maxFlakyFlowRetries": "many"}', 400),
        ('{"labels": ["nobody has it"]}', 400),
        ('{"flows": ["unknown"]}', 400),
        ("[", 400),
    ],
)
def test_wrong_wishes_are_refused_with_their_place(client: httpx.Client, shop: str, body: str, status: int) -> None:
    answer = client.post(f"/api/test-suites/{shop}/run", content=body)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_flow_is_found_run_and_explained_as_the_agent_for_devices_does(client: httpx.Client, shop: str) -> None:
    found = client.get("/api/test-flows?search=bu&limit=10").json()
    (buy,) = [one for one in found["testFlows"] if one["testSuiteId"] == shop]
    assert buy["description"] == "buy"
    wish = {"flows": [buy["id"]], "inlineParameterOverride": True, "sharedFlowVersionOverrides": []}
    ran = over(client, f"/api/test-suites-runs/{run(client, shop, wish, ui='true')}")
    (failed,) = ran["testSuiteFlowRuns"]
    assert (failed["status"], failed["description"]) == ("FAILED", "buy")
    asked = {"testRunId": failed["id"], "testRunType": "flowRun"}
    assert client.post("/api/explain-failures", json=asked).json() == {"reason": "get item: name equals coffee"}
    refused = client.post("/api/explain-failures", json={**asked, "testRunType": "suiteRun"})
    assert (refused.status_code, refused.json()) == (400, {"message": "testRunType: must be flowRun"})


def test_a_flow_reads_who_launched_which_test(client: httpx.Client, native: httpx.Client, target: Recorder) -> None:
    who = native.get("/me").json()
    url = f"{target.url}/ids?user=${{__launchedByUserId}}&team=${{__launchedByTeamId}}&test=${{__testDraftId}}"
    kept = suite(native, "Ids", flow("reads ids", {"url": url}))
    assert over(client, f"/api/test-suites-runs/{run(client, kept)}")["status"] == "PASSED"
    sent = [one.target for one in target.requests if one.target.startswith("/ids")]
    assert sent == [f"/ids?user={who['user']}&team={who['team']}&test={kept}"]


def test_unknown_things_are_not_found(client: httpx.Client) -> None:
    unknown = str(uuid.uuid4())
    for method, path, entity in (
        ("POST", f"/api/test-suites/{unknown}/run", "Test suite"),
        ("POST", f"/api/test-plans/{unknown}/run", "Test plan"),
        ("GET", f"/api/test-suites-runs/{unknown}", "Test suite run"),
        ("GET", f"/api/test-suites-runs/flows/{unknown}", "Test suite flow run"),
        ("GET", f"/api/test-plans-runs/{unknown}", "Test plan run"),
        ("PUT", f"/api/test-suites-runs/{unknown}", "Test suite run"),
        ("POST", f"/api/test-plans-runs/{unknown}/re-run", "Test plan run"),
        ("PATCH", f"/api/test-suites/{unknown}/flows/{unknown}/pools", "Test suite flow"),
        ("GET", f"/api/tests/{unknown}", "Load test"),
        ("PUT", f"/api/tests/{unknown}/load", "Load test"),
        ("GET", f"/api/tests/trials/{unknown}", "Functional test"),
        ("GET", f"/api/reports/junit/{unknown}", "Report"),
    ):
        answer = client.request(method, path, headers={"Content-Type": "text/csv"} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()) == (404, {"message": f"{entity} with id [{unknown}] not found."}), (
            path
        )


def test_a_run_of_another_kind_is_not_found_either(client: httpx.Client, shop: str) -> None:
    ran = run(client, shop)
    assert client.get(f"/api/test-plans-runs/{ran}").json() == {"message": f"Test plan run with id [{ran}] not found."}
    over(client, f"/api/test-suites-runs/{ran}")


def test_a_flow_that_cannot_be_run_here_fails_alone(
    client: httpx.Client, native: httpx.Client, target: Recorder
) -> None:
    by_grpc = {"url": "grpc://host/", "grpc": {"service": "Shop", "method": "List", "message": "{}"}}
    flows = (flow("remote call", by_grpc), flow("http", {"url": f"{target.url}/items"}, order=1))
    mixed = suite(native, "Mixed", *flows)
    found = over(client, f"/api/test-suites-runs/{run(client, mixed)}")
    assert (found["status"], found["progress"], found["successRate"]) == ("FAILED", "2/2", "50%")
    done = flows_of(found)
    assert {name: one["status"] for name, one in done.items()} == {"remote call": "FAILED", "http": "PASSED"}
    told = client.get(f"/api/test-suites-runs/flows/{done['remote call']['id']}").json()
    assert (told["result"]["resolvedRequests"], told["redactableResult"]) == ([], [])
    assert "gRPC requests are not run" in told["result"]["err"]
    alone = suite(native, "Nothing else", flow("remote call", by_grpc))
    refused = client.post(f"/api/test-suites/{alone}/run")
    assert (refused.status_code, "gRPC" in refused.json()["message"]) == (400, True)


def test_requests_of_a_flow_are_counted_as_they_are_written(client: httpx.Client, native: httpx.Client) -> None:
    nobody = {"url": "http://127.0.0.1:1/"}
    kept = suite(native, "Ends early", flow("first of three fails", nobody, nobody, {**nobody, "disabled": True}))
    found = over(client, f"/api/test-suites-runs/{run(client, kept)}")
    (one,) = found["testSuiteFlowRuns"]
    assert (one["status"], one["numOfRequests"]) == ("FAILED", 3)
    told = client.get(f"/api/test-suites-runs/flows/{one['id']}").json()
    assert told["result"]["failures"] == {"0": {"numFailures": 1, "histogram": {"connect ECONNREFUSED 127.0.0.1:1": 1}}}


def test_a_suite_is_run_with_the_token_in_the_url(any_server: PenstockServer, client: httpx.Client, shop: str) -> None:
    url = any_server.url.replace("://", f"://{any_server.token}@")
    answer = httpx.post(f"{url}/api/test-suites/{shop}/run", json={"labels": ["smoke"]}, timeout=30)
    assert answer.status_code == 200, answer.text
    found = over(client, f"/api/test-suites-runs/{answer.json()['testSuiteRunId']}")
    assert list(flows_of(found)) == ["browse"]


def test_all_suites_are_listed_and_launched_as_the_old_client_does(client: httpx.Client, shop: str) -> None:
    listed = client.get("/api/test-suites?rowsPerPage=100&filter=CI%20enabled").json()["testSuites"]
    assert shop in [one["id"] for one in listed]
    assert len(listed) < 100
    assert all(set(label) == {"id"} for one in listed for label in one["assignedLabelsIds"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"labels": ["nobody has it"]}, "flow"),  # nothing to run
        ({"overrideParameters": "a=b"}, "overrideParameters"),  # a wish that makes no sense
    ],
)
def test_a_launch_may_fail_gracefully(client: httpx.Client, shop: str, body: Any, told: str) -> None:
    answer = client.post(f"/api/test-suites/{shop}/run", params={"failGracefully": "true"}, json=body)
    assert answer.status_code == 200
    assert list(answer.json()) == ["err"]
    assert told in answer.json()["err"]
    assert client.post(f"/api/test-suites/{shop}/run", json=body).status_code == 400


def hooked(native: httpx.Client, target: Recorder, name: str, **conf: Any) -> str:
    step = {"delay": 50, "extract": [{"name": {"jsonPath": "name"}}], "assert": [{"check": "name", "equals": "coffee"}]}
    clean = {"url": f"{target.url}/clean", "description": "clean up", **step}
    hook = {"id": str(uuid.uuid4()), "order": 0, "conf": {"meta": {"description": "after"}, "requests": [clean]}}
    first = {"url": f"{target.url}/items", "description": "list", "assert": [{"check": "__status", "equals": "200"}]}
    document = {
        "conf": {"meta": {"description": name}, **conf},
        "flows": [flow("buy", first, {"url": f"{target.url}/item", "description": "get item", **step})],
        "hooks": {"afterEach": hook},
    }
    answer = native.post("/imports/suites", json=document)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def flow_result(client: httpx.Client, suite_id: str) -> dict[str, Any]:
    (found,) = over(client, f"/api/test-suites-runs/{run(client, suite_id)}")["testSuiteFlowRuns"]
    whole: dict[str, Any] = client.get(f"/api/test-suites-runs/flows/{found['id']}").json()
    return whole


def test_a_flow_with_an_after_each_hook_is_read_in_two_parts(
    client: httpx.Client, native: httpx.Client, target: Recorder
) -> None:
    whole = flow_result(client, hooked(native, target, "Hooked"))
    assert whole["status"] == "FAILED"
    assert whole["result"].keys() >= {"flow", "afterEach"}
    for part, failed in (("flow", "1"), ("afterEach", "0")):
        resolved, values = whole["result"][part]["resolvedRequests"], whole["redactableResult"][part]
        assert len(values) == len(resolved)
        assert list(whole["result"][part]["failures"]) == [failed]
        assert resolved[int(failed)]["assert"][0]["check"] == "name"
        assert [one["name"] for one in values[int(failed)]["postParameters"] if one.get("name")] == ["tea"]


def test_values_of_a_sensitive_suite_are_not_told(client: httpx.Client, native: httpx.Client, target: Recorder) -> None:
    whole = flow_result(client, hooked(native, target, "Secret", sensitiveData=True))
    assert whole["status"] == "FAILED"
    assert "tea" not in str(whole["result"])
    assert "tea" not in str(whole["redactableResult"])
    for part in ("flow", "afterEach"):
        assert len(whole["redactableResult"][part]) == len(whole["result"][part]["resolvedRequests"])
