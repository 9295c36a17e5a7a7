"""Definitions of tests: kept whole, and run as the drops that they mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.jmeter import jmx
from tests.server.test_cloudtest_runs import CLT, change, got, home, until


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def client(server: PenstockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as opened:
        yield opened


def request(url: str, **more: Any) -> dict[str, Any]:
    return {
        "label": "",
        "serviceUrl": url,
        "httpMethod": {"method": "GET"},
        "httpVersion": {"major": 1, "minor": 1, "build": 0, "revision": 0, "majorRevision": 0, "minorRevision": 0},
        "requestHeaders": [],
        "queryParameters": [],
        "httpBody": None,
        "extractionRules": [],
        **more,
    }


def scenario(*requests: dict[str, Any], **more: Any) -> dict[str, Any]:
    test = {"testName": "WebScenario1", "testType": 0, "mixPercentage": 100, "globalParameters": [], "dataSources": []}
    return {
        "scenarioName": "Scenario",
        "loadPattern": {"loadPatternType": 0, "userLoad": 2},
        "browserMixs": [{"browserName": "Chrome 2", "browserPercentage": 100}],
        "testMix": [{**test, "urlList": list(requests)}],
        **more,
    }


def defined(client: httpx.Client, details: dict[str, Any], **more: Any) -> dict[str, Any]:
    wish = {
        "id": None,
        "name": "Shop at night",
        "loadTestType": 0,
        "testDetails": details,
        "runSettings": {"duration": 2, "samplingInterval": 1},
        "loadGenerationGeoLocations": [{"location": "Default", "percentage": 100}],
        **more,
    }
    answer = client.post(f"{CLT}/testdefinitions", json=wish)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def run_of(client: httpx.Client, definition: str, **more: Any) -> httpx.Response:
    return client.post(f"{CLT}/testruns", json={"testDefinition": {"id": definition}, **more})


def test_a_definition_is_run_as_it_is_at_that_moment(client: httpx.Client, target: Recorder) -> None:
    post = request(
        f"{target.url}/orders",
        label="order",
        httpMethod={"Method": "post"},
        requestHeaders=[
            {"name": "X-Shop", "value": "nord & süd"},
            {"name": "Content-Type", "value": "application/json"},
        ],
        queryParameters=[{"Name": "a b", "Value": "1&2"}],
        httpBody='{"item": "ü"}',
    )
    details = {
        "visualStudioLoadTestFileName": None,
        "scenarios": [
            scenario(request(f"{target.url}/home"), post),
            scenario(request(f"{target.url}/other"), scenarioName="Second"),
        ],
    }
    definition = defined(client, details, description="every night")["id"]
    target.clear()
    answer = run_of(client, definition)
    assert answer.status_code == 200, answer.text
    run = answer.json()
    assert (run["name"], run["description"]) == ("Shop at night.loadtest", "every night")
    assert run["testDefinition"] == {"id": definition}
    assert (run["runSpecificDetails"]["duration"], run["runSpecificDetails"]["virtualUserCount"]) == (2, 4)
    changed = {"id": definition, "name": "Changed", "testDetails": {"scenarios": []}}
    assert client.put(f"{CLT}/testdefinitions", json=changed).status_code == 200
    assert change(client, run["id"], "queued").status_code == 202
    over = until(client, run["id"], "completed", "aborted", "error")
    assert over["state"] == "completed", (over, got(client, run["id"], "/messages"))
    orders = [one for one in target.requests if one.method == "POST"]
    assert {one.target for one in orders} == {"/orders?a+b=1%262"}
    assert {one.body.decode() for one in orders} == {'{"item": "ü"}'}
    assert {one.header("content-type") for one in orders} == {"application/json"}
    assert {one.header("x-shop") for one in orders} == {"nord & süd"}
    assert {"/home", "/other"} <= {one.target for one in target.requests}
    assert all("Chrome" in (one.header("user-agent") or "") for one in target.requests)
    slow = got(client, run["id"], "/ResultSummary")
    assert "order" in {one["requestUrl"] for one in slow["topSlowRequests"]}
    assert {one["testName"] for one in slow["topSlowTests"]} >= {"WebScenario1", "WebScenario12"}


def test_a_definition_may_name_a_load_test_that_lies_beside_it(client: httpx.Client, target: Recorder) -> None:
    definition = defined(client, {"visualStudioLoadTestFileName": "home.loadtest", "scenarios": []})
    access = definition["accessData"]
    for name, content in home(target, seconds=1).items():
        url = f"{access['dropContainerUrl']}/{name}{access['sasKey']}"
        assert httpx.put(url, headers={"x-ms-blob-type": "BlockBlob"}, content=content).status_code == 201
    listed = client.get(f"{CLT}/testdefinitions").json()["value"]
    assert listed[0]["accessData"] == {"dropContainerUrl": "", "sasKey": ""}, "lists give no access"
    target.clear()
    run = run_of(client, definition["id"], runSourceIdentifier="build/1/2").json()
    assert (run["name"], run["runSourceIdentifier"]) == ("home.loadtest", "build/1/2")
    change(client, run["id"], "queued")
    assert until(client, run["id"], "completed", "aborted", "error")["state"] == "completed"
    assert target.requests


def test_a_definition_of_a_jmeter_plan_runs_it_on_its_agents(client: httpx.Client, target: Recorder) -> None:
    settings = {"agentCount": 2, "duration": 20, "samplingInterval": 1}
    made = defined(client, {}, loadTestType="jMeter", name="plan.jmx", runSettings=settings)
    to = jmx.defaults(protocol="http", domain="127.0.0.1", port=target.port)
    plan = jmx.document(jmx.plan(to, jmx.threads(jmx.get("/night"), users=2, loops=2)))
    access = made["accessData"]
    url = f"{access['dropContainerUrl']}/plan.jmx{access['sasKey']}"
    assert httpx.put(url, headers={"x-ms-blob-type": "BlockBlob"}, content=plan).status_code == 201
    target.clear()
    run = run_of(client, made["id"]).json()
    assert (run["name"], run["runType"]) == ("plan.jmx", "jMeterLoadTest")
    change(client, run["id"], "queued")
    assert until(client, run["id"], "completed", "aborted", "error")["state"] == "completed"
    assert [one.target for one in target.requests] == ["/night"] * 8


@pytest.mark.parametrize(
    ("details", "place"),
    [
        ({}, "testDetails.scenarios"),
        ({"scenarios": {}}, "testDetails.scenarios: must be a list"),
        ({"scenarios": ["x"]}, "testDetails.scenarios[0]: must be an object"),
        ({"scenarios": [{}]}, "scenarios[0].loadPattern: is needed"),
        ({"scenarios": [scenario(testMix=[])]}, "scenarios[0].testMix"),
        ({"scenarios": [scenario()]}, "testMix[0].urlList"),
        ({"scenarios": [scenario(request("ftp://h/"))]}, "urlList[0].serviceUrl: 'ftp://h/'"),
        ({"scenarios": [scenario(request("http://h/", extractionRules=[{"x": 1}]))]}, "urlList[0].extractionRules"),
        ({"scenarios": [scenario(request("http://h/", requestHeaders=[{}]))]}, "requestHeaders[0]"),
        ({"scenarios": [scenario(request("http://h/", httpBody={"a": 1}))]}, "urlList[0].httpBody: must be a text"),
        ({"scenarios": [scenario(request("http://h/", label="\x01"))]}, "urlList[0].label: holds a sign"),
        (
            {"scenarios": [scenario(request("http://h/"), loadPattern={"loadPatternType": "step"})]},
            "loadPatternType: 'step'",
        ),
        (
            {"scenarios": [scenario(request("http://h/"), loadPattern={"userLoad": "many"})]},
            "userLoad: 'many' is no number",
        ),
    ],
    ids=[
        *("nothing", "no list", "no object", "no pattern", "no mix", "no URLs", "no web URL", "rules", "no header"),
        *("odd body", "control character", "another pattern", "no number"),
    ],
)
def test_what_a_definition_cannot_mean_is_refused_with_its_place(
    client: httpx.Client, details: dict[str, Any], place: str
) -> None:
    definition = defined(client, details)["id"]
    assert client.get(f"{CLT}/testdefinitions/{definition}").json()["testDetails"] == details, "it is kept all the same"
    refused = run_of(client, definition)
    assert refused.status_code == 400, refused.text
    assert place in refused.json()["message"]


def test_runs_of_what_is_not_there_are_refused(client: httpx.Client, server: PenstockServer) -> None:
    assert run_of(client, "11111111-1111-4111-8111-111111111111").status_code == 404
    kept = defined(client, {"scenarios": [scenario(request("http://h/"))]})["id"]
    both = run_of(client, kept, testDrop={"id": "11111111-1111-4111-8111-111111111111"})
    assert (both.status_code, "leave the other out" in both.json()["message"]) == (400, True)
    with httpx.Client(base_url=server.url, auth=("", server.stranger())) as stranger:
        assert run_of(stranger, kept).status_code == 404
    jmeter = defined(client, {}, loadTestType="jMeter", name="plan.jmx")["id"]
    run = run_of(client, jmeter).json()["id"]
    assert change(client, run, "queued").status_code == 202
    assert "none is a .jmx" in got(client, run)["abortMessage"]["cause"]


def test_definitions_are_listed_by_their_time(client: httpx.Client) -> None:
    made = defined(client, {}, name="the newest")["id"]

    def listed(**query: str) -> list[str]:
        found = client.get(f"{CLT}/testdefinitions", params=query).json()
        assert found["count"] == len(found["value"])
        return [one["id"] for one in found["value"]]

    assert listed(top="1") == [made]
    assert listed(fromDate="2100-01-01T00:00:00Z") == []
    assert made not in listed(toDate="2014-06-23T06:13:38.4787941Z")
    assert made in listed(fromDate="20140623T061334Z")


def test_the_command_line_runs_a_definition(
    server: PenstockServer, client: httpx.Client, target: Recorder, tmp_path: Path
) -> None:
    from tests.server.test_cloud_run import run

    definition = defined(client, {"scenarios": [scenario(request(f"{target.url}/night"))]})["id"]
    target.clear()
    done = run(server, tmp_path, f"definition:{definition}", "--json", "-", "--quiet")
    assert (done.code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["totals"]["requests"]["count"] > 0
    assert {one.target for one in target.requests} == {"/night"}
