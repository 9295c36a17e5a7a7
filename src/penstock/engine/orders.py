"""What a runner tells an agent: the plan as JSON, and back.

The scenario travels in its own published form (`model.codec`), the rest as the fields of `runs.plan`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson

from penstock.errors import InvalidInput
from penstock.model import (
    BrowserHeader,
    BrowserProfile,
    Goal,
    Load,
    Measure,
    NetworkProfile,
    Phase,
    Population,
    Share,
    codec,
)
from penstock.runs.plan import FlowWork, HttpSettings, Plan, ScenarioWork, Work
from penstock.runs.segment import Segment
from penstock.runs.transport import ProxySettings, TargetPolicy

VERSION = 1


def encode(plan: Plan, segment: Segment) -> dict[str, Any]:
    """Return the order for one agent. Thresholds stay behind: agents do not judge."""
    work: dict[str, Any]
    if isinstance(plan.work, ScenarioWork):
        work = {"scenario": orjson.Fragment(codec.encode(plan.work.scenario)), "plugins": plan.work.plugins}
    else:
        work = {"tags": plan.work.tags, "unwanted_tags": plan.work.unwanted_tags, "flow": plan.work.path}
    return {
        "version": VERSION,
        "name": plan.name,
        "segment": {"index": segment.index, "of": segment.of},
        "work": work,
        "populations": [dataclasses.asdict(population) for population in plan.populations],
        "warm_up_s": plan.warm_up_s,
        "cool_down_s": plan.cool_down_s,
        "seed": plan.seed,
        "copies": plan.copies,
        "http": dataclasses.asdict(plan.http),
        "constants": dict(plan.constants),
    }


def decode(order: dict[str, Any]) -> tuple[Plan, Segment]:
    """Read an order.

    Raises `ValueError` for an order of another version: an agent must not run half of a newer plan.
    """
    if order.get("version") != VERSION:
        raise ValueError(f"the order has version {order.get('version')!r}, this agent understands version {VERSION}")
    given = order["work"]
    work: Work
    if "scenario" in given:
        work = ScenarioWork(codec.decode(orjson.dumps(given["scenario"])), given["plugins"])
    else:
        work = FlowWork(given["flow"], tuple(given["tags"]), tuple(given["unwanted_tags"]))
    plan = Plan(
        name=order["name"],
        work=work,
        populations=tuple(_population(population) for population in order["populations"]),
        http=_http(order["http"]),
        constants=tuple(order["constants"].items()),
        warm_up_s=order["warm_up_s"],
        cool_down_s=order["cool_down_s"],
        seed=order["seed"],
        copies=order["copies"],
    )
    return plan, Segment(**order["segment"])


def _http(given: dict[str, Any]) -> HttpSettings:
    """Read the settings; what JSON has as lists are tuples again."""
    proxy, policy = given["proxy"], given["policy"]
    return HttpSettings(
        **{
            **given,
            "proxy": proxy and ProxySettings(**{**proxy, "no_proxy": tuple(proxy["no_proxy"])}),
            "policy": policy and TargetPolicy(**{name: value and tuple(value) for name, value in policy.items()}),
            "target_overrides": tuple((origin, target) for origin, target in given["target_overrides"]),
            "hosts": tuple((host, address) for host, address in given["hosts"]),
            "source_addresses": tuple(given["source_addresses"]),
        }
    )


def _population(given: dict[str, Any]) -> Population:
    goal = given["load"]["goal"]
    load = Load(
        **{
            **given["load"],
            "phases": tuple(Phase(**phase) for phase in given["load"]["phases"]),
            "goal": goal and Goal(**{**goal, "measure": Measure(**goal["measure"])}),
        }
    )
    return Population(
        **{
            **given,
            "load": load,
            "shares": tuple(Share(**share) for share in given["shares"]),
            "browsers": tuple(_browser(browser) for browser in given["browsers"]),
            "networks": tuple(NetworkProfile(**network) for network in given["networks"]),
        }
    )


def _browser(given: dict[str, Any]) -> BrowserProfile:
    return BrowserProfile(**{**given, "headers": tuple(BrowserHeader(**header) for header in given["headers"])})


def native_plan(plan: Plan, segment: Segment, journeys: list[str], start_at_ns: int | None) -> bytes:
    """Return the `plan.v1` bytes of the native loop (docs/spec/engine-border.md, section 4).

    Raises `InvalidInput` for a mix with a journey that the test does not have.
    """
    hooks = {name for one in plan.populations for name in (one.on_start, one.on_stop)}
    return orjson.dumps(
        {
            "version": 1,
            "segment": {"index": segment.index, "of": segment.of},
            "start_at_ns": start_at_ns,
            "seed": plan.seed,
            "warm_up_s": plan.warm_up_s,
            "cool_down_s": plan.cool_down_s,
            "stands_by": plan.stands_by(segment),
            "journeys": [{"name": name} for name in journeys],
            "populations": [_native_population(population, journeys, hooks) for population in plan.populations],
            "http": dataclasses.asdict(plan.http),
            "limits": {"series": 1000, "errors_per_series": 100, "samples": 50},
        }
    )


def _native_population(population: Population, journeys: list[str], hooks: set[str | None]) -> dict[str, Any]:
    """Return a population in the loop's words: places instead of names; goals are the runner's matter."""
    shares = population.shares or tuple(Share(name) for name in journeys if name not in hooks)

    def place(name: str) -> int:
        if name not in journeys:
            raise InvalidInput(f"population {population.name!r}: there is no journey {name!r}")
        return journeys.index(name)

    load = dataclasses.asdict(population.load)
    del load["goal"]
    written = dataclasses.asdict(population)
    del written["is_beside"]  # the load is as it shall be
    return {
        **written,
        "load": load,
        "shares": [{"journey": place(share.journey), "weight": share.weight} for share in shares],
        "on_start": None if population.on_start is None else place(population.on_start),
        "on_stop": None if population.on_stop is None else place(population.on_stop),
    }
