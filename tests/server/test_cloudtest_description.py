"""The OpenAPI document of the cloud load test API says what there is, and what the answers are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest
from starlette.routing import Route

from penstock.api.cloudtest import application, description
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.vs_loads import load_test, web_test

CLT = "/_apis/clt"


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    routes = {
        (method, route.path)
        for part in application.PARTS
        for route in part.ROUTES
        if isinstance(route, Route) and route.path != description.PATH
        for method in (route.methods or ())
        if method != "HEAD"
    }
    assert routes == set(description.OPERATIONS)


def test_the_document_can_be_read_by_anybody(server: PenstockServer) -> None:
    served = httpx.get(f"{server.url}/fabrikam{description.PATH}")
    assert served.status_code == 200
    assert served.json() == description.document()


class Conforming:
    """A client that holds every answer to the document."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._paths = [
            (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for method, path in description.OPERATIONS
        ]
        self.seen: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, **options: Any) -> Any:
        answer = self._client.request(method, path, **options)
        template = next(t for m, known, t in self._paths if m == method and known.fullmatch(path.lower()))
        operation = description.OPERATIONS[method, template]
        assert answer.status_code == (202 if operation.answer is None else 200), answer.text
        self.seen.add((method, template))
        if operation.answer is None:
            return None
        found = answer.json()
        jsonschema.validate(found, operation.answer)
        return found


@pytest.fixture(scope="module")
def client(server: PenstockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as opened:
        yield opened


def test_answers_of_a_whole_run_are_as_they_are_described(client: httpx.Client, server: PenstockServer) -> None:
    ask = Conforming(client)
    with server.client() as admin:
        wish = {"name": "shop", "kind": "prometheus", "url": "http://127.0.0.1:9", "counters": {"queue": "queue"}}
        assert admin.post("/applications", json=wish).status_code == 201
    group = ask("POST", f"{CLT}/agentgroups", json={"groupName": "described"})["groupId"]
    for query in ({}, {"agentGroupId": group}, {"machineSetupInput": True, "machineAccessData": True}):
        ask("GET", f"{CLT}/agentgroups", params=query)
    ask("GET", f"{CLT}/agentgroups/{group}", params={"outgoingRequestUrls": True})
    agent = ask("GET", f"{CLT}/agentgroups/{group}/agents")["value"][0]["name"]
    ask("GET", f"{CLT}/configuration", params={"include": "staticMachines"})
    ask("DELETE", f"{CLT}/agentgroups/{group}/agents", params={"agentName": agent})

    details = {"scenarios": [], "loadPatternType": 0}
    definition = ask("POST", f"{CLT}/testdefinitions", json={"name": "described", "testDetails": details})["id"]
    ask("PUT", f"{CLT}/testdefinitions", json={"id": definition, "name": "described again"})
    ask("GET", f"{CLT}/testdefinitions/{definition}")
    ask("GET", f"{CLT}/testdefinitions")

    in_place = {"loadTestName": "x.loadtest", "urls": ["http://127.0.0.1:9/"]}
    ask("POST", f"{CLT}/testdrops", json={"dropType": "InPlaceDrop", "loadTestDefinition": in_place})
    drop = ask("POST", f"{CLT}/testdrops", json={"dropType": "TestServiceBlobDrop"})
    drop = ask("GET", f"{CLT}/testdrops/{drop['id']}")
    access = drop["accessData"]
    with Recorder() as target:
        test = load_test(seconds=2, most_requests_a_second=0)
        for name, content in {"home.loadtest": test, "home.webtest": web_test(f"{target.url}/")}.items():
            url = f"{access['dropContainerUrl']}/{name}{access['sasKey']}"
            httpx.put(url, headers={"x-ms-blob-type": "BlockBlob"}, content=content)
        wish = {"name": "home.loadtest", "testDrop": {"id": drop["id"]}, "runSourceIdentifier": "build/1/2"}
        refused = ask("POST", f"{CLT}/testruns", json={**wish, "name": "missing.loadtest"})["id"]
        ask("PATCH", f"{CLT}/testruns/{refused}", json={"state": "queued"})
        assert ask("GET", f"{CLT}/testruns/{refused}")["abortMessage"]
        run = f"{CLT}/testruns/{ask('POST', f'{CLT}/testruns', json=wish)['id']}"
        ask("PATCH", run, json={"state": "queued"})
        wait_until(lambda: ask("GET", run)["state"] == "completed", every_s=0.3)
    for detailed in (True, False):
        assert ask("GET", f"{CLT}/testruns", params={"detailed": detailed})
        assert ask("GET", f"{run}/errors", params={"detailed": detailed})["count"]
        query = {"groupNames": "Default,Performance,Throughput,Application", "includeSummary": detailed}
        counters = ask("GET", f"{run}/counterinstances", params=query)["value"]
    asked = [{"counterInstanceId": one["counterInstanceId"]} for one in counters]
    assert ask("POST", f"{run}/countersamples", json={"value": asked})["totalSamplesCount"]
    for part in ("messages", "results", "resultsummary"):
        assert ask("GET", f"{run}/{part}")

    for path in ("/_apis", "/_apis/clt"):
        ask("OPTIONS", path)
    area = ask("GET", "/_apis/resourceareas")["value"][0]["id"]
    ask("GET", f"/_apis/resourceareas/{area}")
    ask("GET", "/_apis/servicedefinitions/locationservice2/6c404d78-ef65-4e65-8b6a-df19d6361eae")
    ask("GET", "/_apis/connectiondata")
    plugin = ask("GET", f"{CLT}/apm/plugins")["value"][0]["type"]
    ask("GET", f"{CLT}/apm/plugins/{plugin}")
    application = ask("GET", f"{CLT}/apm/applications")["value"][0]["applicationId"]
    ask("GET", f"{CLT}/apm/applications/{application}")
    ask("GET", f"{CLT}/apm/counters")
    unseen = set(description.OPERATIONS) - ask.seen
    assert unseen == set()
