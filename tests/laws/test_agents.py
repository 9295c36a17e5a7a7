"""How many agents are chosen, and that it makes no difference to what they do together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.model import Load, Phase, Population
from penstock.runs.agents import choose
from penstock.runs.plan import FlowWork, HttpSettings, Plan

counts = st.integers(1, 100_000)


def plan(users: int, rate: float | None = None, url: str = "http://shop.example") -> Plan:
    load = Load((Phase(users, users, 10),))
    if rate is not None:
        load = Load((Phase(rate, rate, 10),), model="arrivals", max_users=users)
    return Plan("p", FlowWork("/flow.py"), (Population("p", load),), HttpSettings(base_url=url))


@given(counts, st.integers(1, 64))
def test_there_are_never_more_than_cores_and_always_one(users: int, cores: int) -> None:
    assert 1 <= choose(plan(users), cores).agents <= cores


@given(counts, counts, st.integers(1, 64))
def test_more_load_gets_no_fewer(users: int, more: int, cores: int) -> None:
    assert choose(plan(users), cores).agents <= choose(plan(users + more), cores).agents


def test_a_small_load_gets_one_and_a_large_one_all() -> None:
    assert choose(plan(20), 8).agents == 1
    assert choose(plan(20), 8).why == "enough for 20 users; 8 cores could be used"
    assert choose(plan(10_000), 8).agents == 8
    assert choose(plan(100, 5000.0), 8).agents == 3
    assert choose(plan(1, 5 / 3600), 1).why.startswith("enough for 1 user at 0.001389 a second; ")


def test_a_server_on_this_machine_keeps_a_core() -> None:
    choice = choose(plan(10_000, url="http://127.0.0.1:8080"), 4)
    assert choice.agents == 3
    assert "left to the server" in choice.why
    assert choose(plan(10_000, url="http://localhost:8080"), 1).agents == 1
