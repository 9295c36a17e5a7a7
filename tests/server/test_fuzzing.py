"""Every route of each API against what its own description allows and does not allow: no server error, nothing
undocumented."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

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


def fuzz(operation: APIOperation[Any, Any, Any], base_url: str, token: str) -> None:
    @few
    @given(case=operation.as_strategy())
    def run(case: schemathesis.Case) -> None:
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
