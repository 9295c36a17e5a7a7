"""Every route of each API against what its own description allows and does not allow: no server error, nothing
undocumented."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
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

every = schemathesis.openapi.from_dict(build(cast("Services", SimpleNamespace(facts=FACTS))).openapi())
schema = every.exclude(path_regex=SAME_CODE)


loadmills = schemathesis.openapi.from_dict(loadmill.build(cast("Services", SimpleNamespace(facts=FACTS))).openapi())

few = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schema.parametrize()
@few
def test_no_request_breaks_a_route_or_gets_an_undocumented_answer(
    case: schemathesis.Case, fuzzed: PenstockServer
) -> None:
    case.call_and_validate(
        base_url=f"{fuzzed.url}/api/penstock/v1",
        headers={"Authorization": f"Bearer {fuzzed.token}"},
        checks=CHECKS,
    )


@loadmills.parametrize()
@few
def test_no_request_breaks_a_route_of_loadmills_or_gets_an_undocumented_answer(
    case: schemathesis.Case, fuzzed: PenstockServer
) -> None:
    case.call_and_validate(
        base_url=f"{fuzzed.url}/api/v1", headers={"Authorization": f"Bearer {fuzzed.token}"}, checks=CHECKS
    )
