"""What speaks against the numbers of a run on several machines names the machine."""

from __future__ import annotations

import pytest

from penstock.metrics.health import GeneratorHealth, health_of
from penstock.metrics.measures import Agent
from penstock.metrics.snapshot import Snapshot
from penstock.runs.nodes import Node, Spread, with_names

SPREAD = Spread(
    (
        Node("left", "10.0.0.5", 4, "6.1", "3.11.7", ("0/12", "2/12")),
        Node("10.0.0.6", "10.0.0.6", 4, "6.1", "3.11.7", ("1/12", "11/12")),
    )
)


def health(**short: int) -> GeneratorHealth:
    """Return what twelve agents say of themselves, of whom some were out of local ports."""
    agents = {f"{index}/12": Agent(out_of_ports=short.get(f"agent_{index}", 0)) for index in range(12)}
    return health_of(Snapshot((0, 0), agents))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("agent 0/12 used over 90% of its core", "agent 0/12 on left (10.0.0.5) used over 90% of its core"),
        ("agent 11/12 never reported anything", "agent 11/12 on 10.0.0.6 never reported anything"),
        ("agent 7/12 used over 90% of its core", "agent 7/12 used over 90% of its core"),  # nobody knows where
        ("users were started late", "users were started late"),
    ],
)
def test_an_agent_is_named_with_its_node(said: str, named: str) -> None:
    assert with_names([said], health(), SPREAD) == (named,)


@pytest.mark.parametrize(
    ("short", "who"),
    [
        ({"agent_1": 3}, "10.0.0.6"),
        ({"agent_0": 1, "agent_2": 1, "agent_11": 2}, "left (10.0.0.5), 10.0.0.6"),
        ({}, "a machine"),  # older agents do not count it
    ],
)
def test_a_machine_that_ran_out_of_something_is_named_not_this_one(short: dict[str, int], who: str) -> None:
    (said,) = with_names(["this machine ran out of local ports: 3 requests failed here"], health(**short), SPREAD)
    assert said == f"{who} ran out of local ports: 3 requests failed here"
