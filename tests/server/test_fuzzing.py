"""Every route of each API against what its own description allows and does not allow: no server error, nothing
undocumented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from penstock.api import loadmill
from penstock.api.azureblob import description as drops
from penstock.api.cloudtest import description as cloudtest
from penstock.api.native.application import build
from penstock.services.bundle import ServerFacts, Services
from tests.apps.penstock_server import PenstockServer

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    server = PenstockServer(tmp_path_factory.mktemp("fuzzed") / "data", ("--allow-private-targets",)).start()
    yield server
    assert server.stop() == 0


FACTS = ServerFacts("http://127.0.0.1", "test")
SAME_CODE = r"^/(load-tests|plans|parameter-sets|pools|labels|webhooks)/\{id\}(/versions.*)?$"
"""Of the kinds that share their routes, suites and schedules stand for all."""

NATIVE = schemathesis.openapi.from_dict(build(cast("Services", SimpleNamespace(facts=FACTS))).openapi())
LOADMILL = schemathesis.openapi.from_dict(loadmill.build(cast("Services", SimpleNamespace(facts=FACTS))).openapi())

CLOUDTEST = schemathesis.openapi.from_dict(cloudtest.document())
DROPS = schemathesis.openapi.from_dict(drops.document())

few = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations(schema: BaseSchema) -> list[Any]:
    """Return a parameter for each operation; the tests that schemathesis itself makes all have one id, and of those
    only the first is run where tests are spread over processes."""
    found = [each.ok() for each in schema.get_all_operations()]
    return [pytest.param(operation, id=operation.label) for operation in found]


def fuzz(
    operation: APIOperation[Any, Any, Any],
    base_url: str,
    token: str,
    prepare: Callable[[schemathesis.Case], None] | None = None,
) -> None:
    @few
    @given(case=operation.as_strategy())
    def run(case: schemathesis.Case) -> None:
        if prepare is not None:
            prepare(case)
        case.call_and_validate(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    run()


@pytest.mark.parametrize("operation", operations(NATIVE.exclude(path_regex=SAME_CODE)))
def test_no_request_breaks_a_route_or_gets_an_undocumented_answer(operation: Any, fuzzed: PenstockServer) -> None:
    fuzz(operation, f"{fuzzed.url}/api/penstock/v1", fuzzed.token)


@pytest.mark.parametrize("operation", operations(LOADMILL))
def test_no_request_breaks_a_route_of_loadmills_or_gets_an_undocumented_answer(
    operation: Any, fuzzed: PenstockServer
) -> None:
    fuzz(operation, f"{fuzzed.url}/api/v1", fuzzed.token)


@pytest.fixture(scope="module")
def kept(fuzzed: PenstockServer) -> dict[str, str]:
    """Ids of things that are there, by the resource they are of."""
    clt = f"{fuzzed.url}/_apis/clt"
    with httpx.Client(auth=("", fuzzed.token), timeout=30) as client:
        wishes: dict[str, Any] = {"testdrops": {"dropType": 0}, "agentgroups": {"groupName": "rig"}}
        wishes["testdefinitions"] = {"name": "kept"}
        ids = {}
        for resource, wish in wishes.items():
            made = client.post(f"{clt}/{resource}", json=wish).raise_for_status().json()
            ids[resource] = str(made.get("id") or made["groupId"])
        wish = {"name": "home.loadtest", "testDrop": {"id": ids["testdrops"]}}
        ids["testruns"] = client.post(f"{clt}/testruns", json=wish).raise_for_status().json()["id"]
    return ids


@pytest.mark.parametrize("operation", operations(CLOUDTEST))
def test_no_request_breaks_a_route_of_cloud_load_test_or_gets_an_undocumented_answer(
    operation: Any, fuzzed: PenstockServer
) -> None:
    fuzz(operation, f"{fuzzed.url}/fabrikam", fuzzed.token)


@pytest.mark.parametrize("operation", operations(CLOUDTEST.include(path_regex=r"/clt/\w+/\{id\}")))
def test_no_request_breaks_a_route_about_something_that_is_there(
    operation: Any, fuzzed: PenstockServer, kept: dict[str, str]
) -> None:
    def prepare(case: schemathesis.Case) -> None:
        case.path_parameters["id"] = kept[operation.path.split("/")[3]]

    fuzz(operation, fuzzed.url, fuzzed.token, prepare)


@pytest.mark.parametrize("operation", operations(DROPS))
@pytest.mark.parametrize("is_allowed", [False, True], ids=["any signature", "that of a drop"])
def test_no_request_breaks_the_endpoint_of_drops_or_gets_an_undocumented_answer(
    operation: Any, is_allowed: bool, fuzzed: PenstockServer, kept: dict[str, str]
) -> None:
    answer = httpx.get(f"{fuzzed.url}/_apis/clt/testdrops/{kept['testdrops']}", auth=("", fuzzed.token))
    access = answer.json()["accessData"]
    base, container, drop = access["dropContainerUrl"].rsplit("/", 2)

    def prepare(case: schemathesis.Case) -> None:
        if is_allowed:
            case.path_parameters.update(container=container, drop=drop)
            case.query.update(parse_qsl(access["sasKey"][1:]))

    fuzz(operation, base, fuzzed.token, prepare)
