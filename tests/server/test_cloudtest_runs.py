"""Test runs over plain HTTP, as scripts and pipeline tasks drive them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.apps import Answer, Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.jmeter import jmx
from tests.server.drops import new_drop
from tests.server.vs_loads import load_test, web_test

CLT = "/fabrikam/_apis/clt"


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def client(server: PenstockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=(" ", server.token), timeout=30) as opened:
        yield opened


def drop_of(client: httpx.Client, files: dict[str, bytes]) -> str:
    drop = new_drop(client, CLT)
    for name, content in files.items():
        drop.put(name, content)
    return drop.id


def rights_of(client: httpx.Client, drop: str) -> str:
    """Return what the access to a drop that is given now allows, in the signature's letters."""
    signature = client.get(f"{CLT}/testdrops/{drop}").json()["accessData"]["sasKey"]
    return parse_qs(signature.removeprefix("?"))["sp"][0]


def created(client: httpx.Client, drop: str, name: str = "home.loadtest", **more: Any) -> dict[str, Any]:
    answer = client.post(f"{CLT}/TestRuns?api-version=1.0", json={"Name": name, "TestDrop": {"Id": drop}, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(client: httpx.Client, run: str, state: Any) -> httpx.Response:
    return client.patch(f"{CLT}/testruns/{run}?api-version=1.0", json={"State": state, "SubState": 0})


def got(client: httpx.Client, run: str, part: str = "", **query: Any) -> Any:
    answer = client.get(f"{CLT}/testRuns/{run}{part}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def until(client: httpx.Client, run: str, *states: str) -> dict[str, Any]:
    def there() -> Any:
        found = got(client, run)
        return found if found["state"] in states else None

    return wait_until(there, 30)  # type: ignore[return-value]


def home(target: Recorder, **load: Any) -> dict[str, bytes]:
    return {"home.loadtest": load_test(**load), "home.webtest": web_test(f"{target.url}/")}


def test_a_run_is_created_without_being_started(client: httpx.Client, target: Recorder) -> None:
    drop = drop_of(client, home(target, seconds=60, sample_s=5, users=3))
    run = created(client, drop, description="nightly", runSourceIdentifier="build/1/2")
    assert (run["state"], run["subState"], run["runType"]) == ("pending", "none", "visualStudioLoadTest")
    details = run["runSpecificDetails"]
    assert (details["duration"], details["virtualUserCount"], details["samplingInterval"]) == (60, 3, 5)
    assert run["createdBy"]["displayName"] == "admin"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", run["createdDate"])
    assert "finishedDate" not in run
    assert client.get(f"{CLT}/testdrops/{drop}").json()["testRunId"] == run["id"]
    assert created(client, drop)["runNumber"] == run["runNumber"] + 1


def test_a_run_is_aborted_while_it_runs_and_its_counters_are_live(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, home(target, seconds=60)))["id"]
    assert change(client, run, 1).status_code == 202
    assert got(client, run)["state"] in ("queued", "inProgress"), "tasks leave their loop on any other"
    until(client, run, "inProgress")
    assert change(client, run, "Queued").status_code == 202, "asking again is no harm"
    asked = {"count": 1, "value": [{"counterInstanceId": "Els~1226640887", "fromInterval": 0, "toInterval": -1}]}

    def sampled() -> Any:
        found = client.post(f"{CLT}/testRuns/{run}/CounterSamples", json=asked).json()
        return found if found["totalSamplesCount"] >= 3 else None

    samples: Any = wait_until(sampled, 30)
    (counter,) = samples["values"]
    assert counter["nextRefreshTime"] > counter["values"][-1]["intervalEndDate"]
    first, second, third = counter["values"][:3]
    assert (first["intervalNumber"], first["rawValue"], first["timeStamp"]) == (0, 0, 0)
    assert second["timeStamp"] == 10_000_000
    assert third["computedValue"] == third["rawValue"] - second["rawValue"] > 0
    assert third["counterType"] == "RateOfCountsPerSecond32"
    later = {"value": [{"counterInstanceId": "Els~1226640887", "fromInterval": 2, "toInterval": 2}, {}]}
    (only,) = client.post(f"{CLT}/testRuns/{run}/counterSamples", json=later).json()["values"]
    assert only["values"] == [third]
    assert got(client, run, "/results")["resultsUrl"] is None
    assert change(client, run, "aborted").status_code == 202
    over = until(client, run, "aborted")
    assert over["stoppedBy"]["displayName"] == "admin"
    assert got(client, run, "/results")["resultsUrl"], "what was measured is kept"
    for state in ("queued", 1):
        refused = change(client, run, state)
        assert (refused.status_code, refused.json()["typeKey"]) == (409, "InvalidStateException")


def test_files_may_come_after_the_run_is_created_and_say_its_load_then(client: httpx.Client, target: Recorder) -> None:
    drop = new_drop(client, CLT)
    run = created(client, drop.id)
    assert run["runSpecificDetails"] == {}
    files = home(target, seconds=1)
    files["home.loadtest"] = files["home.loadtest"].replace(b'CoolDownTime="0"', b'WarmupTime="2"')
    for name, content in files.items():
        drop.put(name, content)
    assert change(client, run["id"], "queued").status_code == 202
    under_way = until(client, run["id"], "inProgress", "completed", "aborted", "error")
    details = under_way["runSpecificDetails"]
    assert {**details, "coreCount": 1} == {
        "duration": 1,
        "virtualUserCount": 2,
        "samplingInterval": 1,
        "warmUpDuration": 2,
        "coreCount": 1,
    }
    over = until(client, run["id"], "completed", "aborted", "error")
    assert over["state"] == "completed"
    assert over["warmUpStartedDate"] < over["executionStartedDate"], "it warms up first, as the file says"


def test_a_run_that_was_never_started_is_aborted_at_once(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, home(target)))["id"]
    assert change(client, run, 5).status_code == 202
    found = got(client, run)
    assert (found["state"], found["subState"]) == ("aborted", "none")
    assert found["finishedDate"]
    assert change(client, run, "aborted").status_code == 202
    assert change(client, run, "queued").status_code == 409


@pytest.mark.parametrize(
    ("files", "name", "part"),
    [
        ({}, "home.loadtest", "none is a .loadtest"),
        ({"other.loadtest": b"x"}, "home.loadtest", "it holds other.loadtest"),
        ({"a/home.loadtest": b"x", "b/home.loadtest": b"x"}, "home.loadtest", "several files"),
        ({"home.loadtest": b"<LoadTest"}, "home.loadtest", "home.loadtest"),
        ({"home.loadtest": load_test()}, "home.loadtest", "home.webtest"),
        ({"home.webtest": web_test("http://127.0.0.1:9/")}, "home.webtest", "is no load test"),
        ({"a.loadtest": b"x", "b.loadtest": b"x"}, "home.loadtest", "it holds a.loadtest, b.loadtest"),
        ({"HOME.loadtest": b"x", "home.LoadTest": b"x"}, "home.loadtest", "several files"),
        ({"home.loadtest": b""}, "home.loadtest", "home.loadtest: the file is empty"),
        ({"home.loadtest": bytes(range(256)) * 40}, "home.loadtest", "home.loadtest"),
        ({"home.loadtest": b"<a>" * 5000}, "home.loadtest", "home.loadtest"),
        ({"home.loadtest": load_test(), "home.webtest": b"<WebTest"}, "home.loadtest", "home.webtest"),
        (
            {"home.loadtest": load_test(seconds=0), "home.webtest": web_test("http://h/")},
            "home.loadtest",
            "RunDuration",
        ),
        ({"plan.jmx": b"<x/>"}, "plan.jmx", "plan.jmx"),
        ({"other.jmx": b"<x/>"}, "plan.jmx", "it holds other.jmx"),
        (
            {"plan.jmx": jmx.document(jmx.plan(jmx.threads(jmx.Element("JDBCSampler", "TestBeanGUI", "rows"))))},
            "plan.jmx",
            "JDBCSampler",
        ),
        ({"home.loadtest": load_test()}, "plan.jmx", "none is a .jmx"),
        ({"shop.har": b"{}"}, "shop.har", "a recording (HAR) says nothing of load"),
    ],
    ids=[
        *("empty drop", "another name", "two of the name", "broken XML", "web test missing", "web test"),
        *("two of other names", "two but for case", "empty file", "no text", "deep XML"),
        *(
            "broken web test",
            "no duration",
            "JMeter",
            "JMeter of another name",
            "JMeter of a database",
            "no plan",
            "HAR",
        ),
    ],
)
def test_what_cannot_run_is_aborted_with_messages_to_act_on(
    client: httpx.Client, files: dict[str, bytes], name: str, part: str
) -> None:
    run = created(client, drop_of(client, files), name)["id"]
    assert change(client, run, "queued").status_code == 202
    found = got(client, run)
    assert (found["state"], found["subState"]) == ("aborted", "none")
    assert found["abortMessage"]["source"] == "Validation"
    assert part in found["abortMessage"]["cause"], found["abortMessage"]
    errors = [one for one in got(client, run, "/Messages")["value"] if one["messageType"] == "error"]
    assert any(part in one["message"] for one in errors)
    assert {one["messageSource"] for one in errors} == {"validation"}
    assert change(client, run, "queued").status_code == 409
    assert change(client, run, "aborted").status_code == 202, "it is so already"


@pytest.mark.parametrize(
    ("drop", "run", "found"),
    [
        ({}, {}, (None, None)),
        ({"agentCount": "3", "coreCount": 6, "runDuration": 60}, {"coreCount": "6", "duration": "60"}, (3, 60)),
        ({"agentCount": 3}, {"agentCount": 2}, (2, None)),
        ({"coreCount": 8, "coresPerAgent": 4}, {}, (2, None)),
        ({}, {"coreCount": "3"}, (2, None)),
        ({"agentCount": 0, "runDuration": -1}, {"duration": 7}, (None, 7)),
    ],
    ids=["nothing said", "as the task does", "the run's own", "cores of four", "half an agent is one", "no agents"],
)
def test_a_jmeter_run_is_as_large_as_is_asked_for(
    client: httpx.Client, drop: dict[str, Any], run: dict[str, Any], found: tuple[int | None, int | None]
) -> None:
    made = new_drop(client, definition={"loadTestName": "plan.jmx", **drop})
    made.put("plan.jmx", jmx.document(jmx.plan(jmx.threads(jmx.get("/", domain="h"), users=5, loops=-1))))
    details = created(client, made.id, "plan.jmx", runSpecificDetails=run)["runSpecificDetails"]
    assert details["virtualUserCount"] == 5 * (found[0] or 1)
    assert (details.get("agentCount") or None, details.get("duration")) == found


def test_a_jmeter_run_of_too_many_agents_is_refused(client: httpx.Client) -> None:
    made = new_drop(client)
    made.put("plan.jmx", b"<jmeterTestPlan/>")
    run = created(client, made.id, "plan.jmx", runType="jMeterLoadTest", runSpecificDetails={"agentCount": 26})["id"]
    assert change(client, run, "queued").status_code == 202
    found = got(client, run)
    assert (found["state"], "at most 25" in found["abortMessage"]["cause"]) == ("aborted", True)


def test_a_test_of_urls_runs_without_files(client: httpx.Client, target: Recorder) -> None:
    target.clear()
    definition = {
        "loadTestName": "quick.loadtest",
        "runDuration": "2",
        "urls": [f"{target.url}/a?b=1&c=<", f"{target.url}/d"],
        "browserMixs": [{"browserName": "Chrome 2", "browserPercentage": 100.0}],
        "maxVusers": 2,
        "thinkTime": 1,
        "samplingRate": 1,
    }
    made = client.post(f"{CLT}/testdrops", json={"dropType": "InplaceDrop", "loadTestDefinition": definition}).json()
    settings = {"loadGeneratorMachinesType": "2", "staticAgentRunSettings": {"staticAgentGroupName": "rig"}}
    run = created(
        client,
        made["id"],
        "quick.loadtest",
        superSedeRunSettings=settings,
        TestSettings={"SetupCommand": "install.cmd", "hostProcessPlatform": "x64"},
        loadGenerationGeoLocations=[{"Location": "West Europe", "Percentage": "100"}],
    )
    assert run["supersedeRunSettings"]["loadGeneratorMachinesType"] == "userLoadAgent"
    change(client, run["id"], "queued")
    assert until(client, run["id"], "completed", "aborted", "error")["state"] == "completed"
    assert {one.target for one in target.requests} == {"/a?b=1&c=%3C", "/d"}
    assert {"Chrome" in (one.header("user-agent") or "") for one in target.requests} == {True}
    texts = " ".join(one["message"] for one in got(client, run["id"], "/messages")["value"])
    for part in ("rig", "West Europe", "set-up command"):
        assert part in texts, "what is not done is said"
    summary = got(client, run["id"], "/ResultSummary")
    requests = summary["overallRequestSummary"]
    under_way = len(target.requests) - requests["totalRequests"]
    assert 0 <= under_way <= 2, "each user may have one under way at the end"
    assert requests["passedRequests"] == requests["totalRequests"]
    assert 0 < requests["averageResponseTime"] < 1
    assert summary["overallScenarioSummary"] == {"scenarioName": "Scenario1", "minUserLoad": 2, "maxUserLoad": 2}
    assert len(summary["topSlowRequests"]) == 2
    groups = got(client, run["id"], "/counterInstances", groupNames="Default")
    assert [one["counterInstanceId"] for one in groups["value"]].count("Els~-1854500553") == 1
    assert groups["count"] == 8
    assert got(client, run["id"], "/counterInstances", groupNames="Overview") == {"count": 0, "value": []}
    assert got(client, run["id"], "/errors") == {
        "count": 0,
        "occurrences": 0,
        "types": [],
        "url": f"{str(client.base_url).rstrip('/')}{CLT}/testRuns/{run['id']}/Errors?detailed=true",
    }


def test_think_times_goals_and_errors_are_told_test_by_test_and_page_by_page(
    client: httpx.Client, target: Recorder
) -> None:
    def request(path: str, more: str) -> str:
        return f'<Request Url="{target.url}{path}" ParseDependentRequests="False" {more} />'

    browse = [
        request("/met", 'Method="GET" ResponseTimeGoal="60"'),
        request("/missed", 'Method="GET" ResponseTimeGoal="0.000001" ThinkTime="1"'),
    ]
    gone = [
        request("/gone", f'Method="{method}" ExpectedHttpStatusCode="404" ReportingName="{name}"')
        for method, name in (("POST", ""), ("GET", ""), ("PUT", "Leave"))
    ]
    items = f'<TransactionTimer Name="Browse"><Items>{"".join(browse)}</Items></TransactionTimer>{"".join(gone)}'
    test = load_test(seconds=4, users=1).replace(b'Pattern="Off"', b'Pattern="On"')
    page = re.sub(b"<Items>.*</Items>", f"<Items>{items}</Items>".encode(), web_test())
    run = created(client, drop_of(client, {"home.loadtest": test, "home.webtest": page}))["id"]
    change(client, run, "queued")
    assert until(client, run, "completed", "aborted", "error")["state"] == "completed"

    summary = got(client, run, "/ResultSummary")
    (transaction,) = summary["topSlowTransactions"]
    for told in (transaction, summary["overallTransactionSummary"]):
        assert told["averageTransactionTime"] >= 1 > told["averageResponseTime"]
    (home,) = summary["topSlowTests"]
    assert home["averageTestTime"] == summary["overallTestSummary"]["averageTestTime"] >= 1
    met = {one["pageUrl"].rpartition("/")[2]: one["percentagePagesMeetingGoal"] for one in summary["topSlowPages"]}
    assert met == {"met": 100, "missed": 0, "gone{POST}": 100, "gone": 100, "Leave": 100}
    assert summary["overallPageSummary"]["percentagePagesMeetingGoal"] in range(1, 100)
    overall = [summary[f"overall{what}Summary"] for what in ("Test", "Page", "Request", "Transaction")]
    for told in (*overall, transaction, home, *summary["topSlowPages"], *summary["topSlowRequests"]):
        assert [one["percentile"] for one in told["percentileData"]] == [50, 75, 90, 95, 99]
        values = [one["percentileValue"] for one in told["percentileData"]]
        assert 0 < values[0] <= values[-1] < 1, "in seconds, without think times"
        assert values == sorted(values)

    (kind,) = got(client, run, "/errors", type="HttpError", detailed="true")["types"]
    details = [one for subtype in kind["subTypes"] for one in subtype["errorDetailList"]]
    url = f"{target.url}/gone"
    assert {one["request"] for one in details} == {f"{url}----{{POST}}", f"{url}----{{GET}}", "Leave"}
    assert change(client, run, "aborted").status_code == 409, "it came to its end"


def test_errors_and_slow_requests_tell_the_only_test_and_scenario_that_has_them(client: httpx.Client) -> None:
    with Recorder(lambda _: Answer(503)) as broken:
        both, first, second = (f"{broken.url}/{name}" for name in ("both", "first", "second"))
        test = load_test(seconds=2)
        scenario = re.search(b"<Scenario .*?</Scenario>", test, re.DOTALL)
        assert scenario
        other = scenario[0].replace(b"Scenario1", b"Scenario2").replace(b'"Home"', b'"Away"')
        files = {
            "home.loadtest": test.replace(b"</Scenarios>", other.replace(b"home.", b"away.") + b"</Scenarios>"),
            "home.webtest": web_test(both, first),
            "away.webtest": web_test(both, second).replace(b"11111111", b"22222222"),
        }
        run = created(client, drop_of(client, files))["id"]
        change(client, run, "queued")
        assert until(client, run, "completed", "aborted", "error")["state"] == "completed"
    places = {both: ("", ""), first: ("Home", "Scenario1"), second: ("Away", "Scenario2")}
    (kind,) = got(client, run, "/errors", type="HttpError", detailed="true")["types"]
    (subtype,) = kind["subTypes"]
    assert subtype["subTypeName"] == "503 - ServiceUnavailable"
    assert {
        one["request"].removesuffix("----{GET}"): (one["testCaseName"], one["scenarioName"])
        for one in subtype["errorDetailList"]
    } == places
    summary = got(client, run, "/ResultSummary")
    slow = summary["topSlowRequests"]
    assert {one["requestUrl"]: (one["testName"], one["scenarioName"]) for one in slow} == places
    tests = {one["testName"]: one["scenarioName"] for one in summary["topSlowTests"]}
    assert tests == {"Home": "Scenario1", "Away": "Scenario2"}


def test_runs_are_found_by_every_filter(client: httpx.Client, target: Recorder) -> None:
    drop = drop_of(client, home(target))
    mine = created(client, drop, runSourceIdentifier="build/7/8")["id"]
    gone = created(client, drop, "other.loadtest")["id"]
    change(client, gone, "aborted")

    def found(**query: str) -> list[str]:
        answer = client.get(f"{CLT}/TestRuns", params=query).json()
        assert isinstance(answer, list)
        return [one["id"] for one in answer]

    assert found()[:2] == [gone, mine]
    assert found(top="1") == [gone]
    assert found(name="OTHER.loadtest") == [gone]
    assert found(Status="Pending", runsourceidentifier="build/7/8") == [mine]
    assert gone in found(status="5")
    assert mine in found(requestedBy="Admin", runType="*")
    assert found(requestedBy="nobody") == []
    assert not {mine, gone} & set(found(runType="jMeterLoadTest"))
    assert found(runIds=f"{mine},{gone.upper()}") == [gone, mine]
    assert found(fromdate="2100-01-01T00:00:00Z") == []
    assert mine in found(fromDate="20140623T061334Z", toDate="2100-01-01T00:00:00.1234567Z")
    client.patch(f"{CLT}/testruns/{mine}", json={"retentionState": "retain"})
    assert found(retentionState="retain") == [mine]
    basic, detailed = (
        client.get(f"{CLT}/testruns", params={"name": "other.loadtest", "detailed": one}).json()[0]
        for one in ("false", "true")
    )
    assert ("subState" in basic, "subState" in detailed) == (False, True)
    assert found(name="ther.loadtest") == [], "a part of a name is another name"
    for name, value in (("status", "lost"), ("top", "0"), ("fromDate", "soon"), ("runType", "x")):
        assert client.get(f"{CLT}/testruns", params={name: value}).status_code == 400


def test_a_long_list_of_runs_is_told_whole_and_in_order(client: httpx.Client) -> None:
    drop = drop_of(client, {})
    made = [created(client, drop, "many.loadtest")["id"] for _ in range(205)][::-1]

    def found(**query: str) -> list[str]:
        return [one["id"] for one in client.get(f"{CLT}/testruns", params=query).json()]

    assert found(name="many.loadtest") == made
    assert found(name="Many.LoadTest", top="203") == made[:203]
    assert found(runIds=made[-1]) == made[-1:]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/testruns", {"name": "x"}, 400),
        ("POST", "/testruns", {"testDrop": {"id": "x"}}, 400),
        ("POST", "/testruns", {"name": "x", "testDrop": {"id": "x"}}, 404),
        ("POST", "/testruns", {"name": "x", "testDrop": "x"}, 400),
        ("POST", "/testruns", {"name": "x", "testDrop": {"id": "x"}, "runType": "gatling"}, 400),
        ("GET", "/testruns/11111111-1111-4111-8111-111111111111", None, 404),
        ("GET", "/testruns/%00", None, 400),
        ("GET", "/testruns?name=%00", None, 400),
        ("PATCH", "/testruns/11111111-1111-4111-8111-111111111111", {"state": "queued"}, 404),
        ("PATCH", "/testruns/RUN", {"state": "completed"}, 400),
        ("PATCH", "/testruns/RUN", {"state": "soon"}, 400),
        ("PATCH", "/testruns/RUN", {}, 400),
        ("GET", "/testruns/RUN/counterinstances", None, 400),
        ("GET", "/testruns/RUN/errors?subType=Critical", None, 400),
        ("GET", "/testruns/RUN/ResultSummary", None, 409),
        ("POST", "/testruns/RUN/countersamples", [], 400),
        ("POST", "/testdefinitions", {"name": ""}, 400),
        ("PUT", "/testdefinitions", {"name": "x"}, 400),
        ("GET", "/testdefinitions/none", None, 404),
        ("POST", "/agentgroups", {}, 400),
        ("POST", "/agentgroups", {"groupName": "a\0b"}, 400),
        ("DELETE", "/agentgroups/none/agents?agentName=x", None, 404),
        ("GET", "/apm/applications/ApplicationInsights~shop", None, 404),
        ("GET", "/apm/plugins/other", None, 404),
    ],
)
def test_what_is_wrong_is_refused_and_told(
    client: httpx.Client, target: Recorder, method: str, path: str, body: Any, status: int
) -> None:
    run = created(client, drop_of(client, {}))["id"] if "RUN" in path else ""
    refused = client.request(method, f"{CLT}{path.replace('RUN', run)}", json=body)
    assert refused.status_code == status, refused.text
    told = refused.json()
    assert told["message"]
    assert told["typeKey"].endswith("Exception")


def test_a_definition_keeps_what_nobody_here_understands(client: httpx.Client) -> None:
    details = {"scenarios": [{"testMix": [{"urlList": [{"serviceUrl": "http://h/", "unknown": {"Kept": 1}}]}]}]}
    made = client.post(
        f"{CLT}/testDefinitions", json={"id": None, "Name": "shop", "loadTestType": 0, "testDetails": details}
    )
    assert made.status_code == 200, made.text
    id = made.json()["id"]
    assert client.get(f"{CLT}/testdefinitions", params={"testdefinitionId": id}).json()["testDetails"] == details
    changed = client.put(f"{CLT}/testdefinitions", json={"id": id, "name": "shop 2", "testDetails": {}}).json()
    assert (changed["name"], changed["testDetails"]) == ("shop 2", {})
    listed = client.get(f"{CLT}/testdefinitions", params={"top": 1}).json()["value"]
    assert listed[0]["id"] == id
    assert "testDetails" not in listed[0]


def test_an_agent_group_stands_for_this_server(client: httpx.Client, server: PenstockServer) -> None:
    group = client.post(f"{CLT}/agentgroups", json={"GroupName": "rig"}).json()
    assert client.get(f"{CLT}/AgentGroups", params={"agentGroupName": "RIG"}).json()["count"] >= 1
    urls = client.get(f"{CLT}/agentgroups/{group['groupId']}", params={"outgoingRequestUrls": "true"}).json()
    assert urls["value"][0] == f"{server.url}/blob"
    agents = client.get(f"{CLT}/agentGroups/{group['groupId']}/agents").json()["value"]
    assert [one["state"] for one in agents] == ["Free"]
    configuration = client.get(f"{CLT}/configuration?include=staticMachines").json()
    assert agents[0]["name"] in [one["machineName"] for one in configuration["staticMachines"]]
    deleted = client.delete(f"{CLT}/agentGroups/{group['groupId']}/agents", params={"agentName": agents[0]["name"]})
    assert deleted.json() == f"Successfully deleted the agent with name as {agents[0]['name']}"
    assert client.get(f"{CLT}/agentGroups/{group['groupId']}/agents").json() == {"count": 0, "value": []}


def test_enums_come_as_numbers_where_a_client_wants_them(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, {}))["id"]
    headers = {"Accept": "application/json;enumsAsNumbers=true"}
    found = client.get(f"{CLT}/testruns/{run}", headers=headers).json()
    assert (found["state"], found["subState"], found["runType"]) == (0, 0, 0)


def test_runs_of_others_are_not_found(client: httpx.Client, server: PenstockServer, target: Recorder) -> None:
    run = created(client, drop_of(client, home(target)))["id"]
    with httpx.Client(base_url=server.url, auth=("", server.stranger())) as stranger:
        assert stranger.get(f"{CLT}/testruns").json() == []
        for part in ("", "/errors", "/messages", "/results", "/counterinstances?groupNames=Default", "/ResultSummary"):
            assert stranger.get(f"{CLT}/testruns/{run}{part}").status_code == 404
        assert change(stranger, run, "queued").status_code == 404


def test_a_token_that_only_reads_starts_nothing(client: httpx.Client, server: PenstockServer, target: Recorder) -> None:
    run = created(client, drop_of(client, home(target)))["id"]
    with server.client() as native:
        token = native.post("/tokens", json={"description": "reader", "scopes": ["read"]}).json()
    with httpx.Client(base_url=server.url, auth=("", token["token"])) as reader:
        assert reader.get(f"{CLT}/testruns/{run}").status_code == 200
        refused = change(reader, run, "queued")
        assert (refused.status_code, refused.json()["typeKey"]) == (403, "AccessDeniedException")
        drop = reader.get(f"{CLT}/testdrops/{got(client, run)['testDrop']['id']}").json()["accessData"]
        url = f"{drop['dropContainerUrl']}/x{drop['sasKey']}"
        assert httpx.put(url, headers={"x-ms-blob-type": "BlockBlob"}, content=b"x").status_code == 403
    assert got(client, run)["state"] == "pending"


def test_a_run_that_is_marked_loses_its_files_and_keeps_its_numbers(
    target: Recorder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = PenstockServer(tmp_path_factory.mktemp("marked") / "data", ("--allow-private-targets",)).start()
    try:
        with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as client:
            run = created(client, drop_of(client, home(target, seconds=1)))["id"]
            change(client, run, "queued")
            until(client, run, "completed")
            assert got(client, run, "/results")["resultsUrl"]
            refused = client.patch(f"{CLT}/testruns/{run}", json={"retentionState": "deleted"})
            assert (refused.status_code, "markedForDeletion" in refused.text) == (400, True)
            marked = client.patch(f"{CLT}/testruns/{run}", json={"retentionState": "markedForDeletion"})
            assert marked.status_code == 202
        assert server.stop() == 0
        server.start()
        with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as client:
            wait_until(lambda: got(client, run)["retentionState"] == "deleted", 20)
            assert got(client, run)["deletedDate"]
            assert got(client, run, "/results")["resultsUrl"] is None
            assert got(client, run, "/ResultSummary")["overallRequestSummary"]["totalRequests"] > 0
            drop = got(client, run)["testDrop"]["id"]
            wait_until(lambda: "w" not in rights_of(client, drop), 20)
            again = created(client, drop)["id"]
            change(client, again, "queued")
            cause = got(client, again)["abortMessage"]["cause"]
            assert re.search(r"the files of the drop were deleted on \d{4}-.* upload them to a new drop", cause), cause
    finally:
        assert server.stop() == 0
