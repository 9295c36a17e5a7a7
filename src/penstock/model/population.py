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
    """Users with a load of their own.

    Without `shares` they do all journeys of the test, with equal weights, but those that any population has as
    `on_start` or `on_stop`. `pace_spread` is the standard deviation of the intervals of a pace, as a share of them.

    `on_start` and `on_stop` name journeys that each user does once, before its first and after its last iteration;
    they are in no mix and count as no iteration. Variables of a scenario that `on_start` leaves are those that the
    user's iterations begin with. A user whom the load lets go and calls again starts again; one that becomes a new
    user (`Load.new_users`) stops and starts. With `stops_at_end` false, users do not do `on_stop` when it is the end
    of the load or of the run that ends them.
    """

    name: str
    load: Load
    shares: tuple[Share, ...] = ()
    mix: MixRule = "users"
    pace_spread: float = 0.2
    on_start: str | None = None
    on_stop: str | None = None
    stops_at_end: bool = True
