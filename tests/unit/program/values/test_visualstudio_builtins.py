"""Parameters that Visual Studio sets by itself."""

from __future__ import annotations

import pytest

from penstock.program.values.dialect import RunFacts
from penstock.program.values.visualstudio.builtins import run_variables


@pytest.mark.parametrize(
    ("agent", "agents", "name", "why"),
    [
        (0, 1, "rig", "alone an agent is called as its machine"),
        (1, 3, "rig-2", "of several on a machine each has a name of its own"),
    ],
)
def test_an_agent_has_a_name(agent: int, agents: int, name: str, why: str) -> None:
    read = run_variables(frozenset({"$AgentName", "$AgentId", "$AgentCount", "mine"}))
    assert read is not None
    expected = {"$AgentName": name, "$AgentId": str(agent + 1), "$AgentCount": str(agents)}
    assert read(RunFacts(machine="rig", agent=agent, agents=agents)) == expected, why


def test_a_test_that_reads_none_of_them_pays_for_none() -> None:
    assert run_variables(frozenset({"mine"})) is None
