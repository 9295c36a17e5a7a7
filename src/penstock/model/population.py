"""Who does what: users that share a load and a mix of journeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.load import Load

MixRule = Literal["users", "tests", "sequential", "pace"]
"""What the weights of a mix are about.

`users`: shares of the users, each keeping its journey. `tests`: shares of the iterations started. `sequential`:
nothing, each user does the journeys in order, again and again. `pace`: iterations a user and hour, each journey by
its own clock.
"""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of one journey, by name, in a mix."""

    journey: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Population:
    """Users with a load of their own. Without `shares` they do all journeys of the test, with equal weights.

    `pace_spread` is the standard deviation of the intervals of a pace, as a share of them.
    """

    name: str
    load: Load
    shares: tuple[Share, ...] = ()
    mix: MixRule = "users"
    pace_spread: float = 0.2
