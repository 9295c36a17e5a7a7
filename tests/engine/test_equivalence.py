"""The native loop does what the plain one does: the same requests in the same order, the same verdicts.

`PENSTOCK_EXAMPLES=1000` looks longer than each change needs.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.model import Scenario
from tests.engine.both_loops import functions_of, on_the_double, on_the_native_loop, plan_of
from tests.engine.generated.scenarios import (
    crowded_scenarios,
    has_certain_connections,
    is_in_order,
    scenarios,
)
from tests.engine.recording_server import Recording, recording_server

EXAMPLES = int(os.environ.get("PENSTOCK_EXAMPLES", "0"))


def examples(usual: int) -> settings:
    return settings(
        max_examples=EXAMPLES or usual,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
def shop() -> Iterator[Recording]:
    with recording_server() as recording:
        yield recording


@pytest.mark.timeout(400 + 2 * EXAMPLES)  # a difference is shrunk before it is shown
@examples(70)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_both_loops_ask_and_judge_generated_scenarios_alike(shop: Recording, data: st.DataObject, seed: int) -> None:
    scenario = data.draw(scenarios(shop.origin))
    compare(scenario, seed, shop, in_order=is_in_order(scenario), counts_connections=has_certain_connections(scenario))


@pytest.mark.timeout(400 + 2 * EXAMPLES)
@examples(40)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_both_loops_do_as_much_under_generated_loads(shop: Recording, data: st.DataObject, seed: int) -> None:
    compare(data.draw(crowded_scenarios(shop.origin)), seed, shop, in_order=False, counts_connections=False)


def compare(scenario: Scenario, seed: int, shop: Recording, *, in_order: bool, counts_connections: bool) -> None:
    plan = plan_of(scenario, seed)
    expected = on_the_double(plan, functions_of(scenario, seed))
    found = on_the_native_loop(plan, functions_of(scenario, seed), shop)
    if not in_order:
        expected, found = expected.in_any_order(), found.in_any_order()
    if not counts_connections:
        expected, found = expected.without("connects"), found.without("connects")
    if any(population.load.model == "requests" for population in scenario.populations):
        expected, found = expected.without_lateness(), found.without_lateness()
    assert found.requests == expected.requests
    assert found == expected
    assert not Counter(found.heard) - Counter(expected.heard), "no WebSocket said what it should not"
