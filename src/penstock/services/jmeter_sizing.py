"""How large a run of a JMeter plan is: the plan says its users, the run how many agents each do the whole of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.errors import InvalidInput

MOST_AGENTS = 25
"""What the service that is stood in for allowed a run."""

_CORES_AN_AGENT = 2


@dataclass(frozen=True, slots=True)
class Sizing:
    """`agents` each do the whole plan; the run ends after `longest_s` seconds, or as the plan says (None)."""

    agents: int = 1
    longest_s: float | None = None


def sizing_of(drop: Mapping[str, Any], run: Mapping[str, Any]) -> Sizing:
    """Return what the definition of a drop and the details of a run say; where both do, the run is meant.

    Cores are those of agents with two each, unless something else is said. Raises `InvalidInput` for more agents than
    a run may have.
    """
    said = (run, drop)
    agents = next((count for one in said if (count := _agents_of(one, said))), 1)
    if agents > MOST_AGENTS:
        raise InvalidInput(
            f"agents: {agents} are asked for; a JMeter plan is done by at most {MOST_AGENTS}, each of which does the "
            "whole of it"
        )
    seconds = run.get("duration") or drop.get("runDuration")
    return Sizing(agents, float(seconds) if seconds and seconds > 0 else None)


def _agents_of(one: Mapping[str, Any], said: tuple[Mapping[str, Any], ...]) -> int:
    if (agents := one.get("agentCount") or 0) > 0:
        return int(agents)
    cores = next((count for each in said if (count := each.get("coresPerAgent") or 0) > 0), _CORES_AN_AGENT)
    return math.ceil(max(0, one.get("coreCount") or 0) / cores)
