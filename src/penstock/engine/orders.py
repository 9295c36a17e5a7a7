"""What a runner tells an agent: the plan as JSON, and back.

The scenario travels in its own published form (`model.codec`), the rest as the fields of `runs.plan`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson

from penstock.model import Load, Phase, codec
from penstock.runs.plan import FlowWork, HttpSettings, Plan, ScenarioWork, Work
from penstock.runs.segment import Segment

VERSION = 1


def encode(plan: Plan, segment: Segment) -> dict[str, Any]:
    """Return the order for one agent. Thresholds stay behind: agents do not judge."""
    work: dict[str, Any] = {"without_thinks": plan.work.without_thinks}
    if isinstance(plan.work, ScenarioWork):
        work["scenario"] = orjson.Fragment(codec.encode(plan.work.scenario))
    else:
        work["flow"] = plan.work.path
    return {
        "version": VERSION,
        "name": plan.name,
        "segment": {"index": segment.index, "of": segment.of},
        "work": work,
        "load": dataclasses.asdict(plan.load),
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
        work = ScenarioWork(codec.decode(orjson.dumps(given["scenario"])), given["without_thinks"])
    else:
        work = FlowWork(given["flow"], given["without_thinks"])
    load = Load(**{**order["load"], "phases": tuple(Phase(**phase) for phase in order["load"]["phases"])})
    plan = Plan(
        name=order["name"],
        work=work,
        load=load,
        http=HttpSettings(**order["http"]),
        constants=tuple(order["constants"].items()),
    )
    return plan, Segment(**order["segment"])


def native_plan(plan: Plan, segment: Segment, journeys: list[tuple[str, float]], start_at_ns: int | None) -> bytes:
    """Return the `plan.v1` bytes of the native loop (docs/spec/engine-border.md, section 4)."""
    return orjson.dumps(
        {
            "version": 1,
            "segment": {"index": segment.index, "of": segment.of},
            "start_at_ns": start_at_ns,
            "load": {
                **dataclasses.asdict(plan.load),
                "pause_s": 0.0 if plan.work.without_thinks else plan.load.pause_s,
            },
            "journeys": [{"name": name, "weight": weight} for name, weight in journeys],
            "http": dataclasses.asdict(plan.http),
            "limits": {"series": 1000, "errors_per_series": 100, "samples": 50},
        }
    )
