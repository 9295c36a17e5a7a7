"""What a plan of the border says of load, for tests that care about few of its words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from penstock.model import Load, Phase


def of_one_population(
    journeys: Sequence[tuple[str, float]], phases: Sequence[tuple[float, float, float]], **load: Any
) -> dict[str, Any]:
    """Return the parts of a plan about load; journeys come with their weights."""
    said = Load(tuple(Phase(*phase) for phase in phases), **load)
    shares = [{"journey": place, "weight": weight} for place, (_, weight) in enumerate(journeys)]
    population = {"name": "all", "load": dataclasses.asdict(said), "mix": "users", "pace_spread": 0.2, "shares": shares}
    return {
        "seed": 0,
        "warm_up_s": 0.0,
        "cool_down_s": None,
        "journeys": [{"name": name} for name, _ in journeys],
        "populations": [population],
    }
