"""What a plan of the border says of load, for tests that care about few of its words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from penstock.model import Load, Phase


def of_one_population(
    journeys: Sequence[tuple[str, float]],
    phases: Sequence[tuple[float, float, float]],
    population: Mapping[str, Any] | None = None,
    **load: Any,
) -> dict[str, Any]:
    """Return the parts of a plan about load; journeys come with their weights, those without one are not in the mix."""
    said = Load(tuple(Phase(*phase) for phase in phases), **load)
    line = dataclasses.asdict(said)
    del line["goal"]  # the runner's matter
    shares = [{"journey": place, "weight": weight} for place, (_, weight) in enumerate(journeys)]
    if population:
        shares = [share for share in shares if share["weight"]]
    users = {"name": "all", "load": line, "mix": "users", "pace_spread": 0.2, "shares": shares, **(population or {})}
    return {
        "seed": 0,
        "warm_up_s": 0.0,
        "cool_down_s": None,
        "journeys": [{"name": name} for name, _ in journeys],
        "populations": [users],
    }
