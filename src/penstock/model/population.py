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
class BrowserHeader:
    """A header that a browser sends with each request."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class BrowserProfile:
    """A browser that some users have: drawn for each iteration, with a chance of its part in all shares.

    Its headers go with every request, unless the request has one of the same name; `connections_per_host` bounds what
    is under way to one host at a time (None: 6).
    """

    name: str
    share: float = 1.0
    headers: tuple[BrowserHeader, ...] = ()
    connections_per_host: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """A line that some users have, for good: `share` is its part in all shares.

    `down_kbps` and `up_kbps` are kilobits (1000 bits) a second over all connections of the user, None for no limit;
    `latency_ms` is one way: an exchange takes twice as much longer, and so does connecting.
    """

    name: str
    share: float = 1.0
    down_kbps: float | None = None
    up_kbps: float | None = None
    latency_ms: float = 0.0


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

    Without `browsers` and `networks` users have neither. One that `is_beside` the load does something once before or
    behind it: what a caller changes about the load is about the others.
    """

    name: str
    load: Load
    shares: tuple[Share, ...] = ()
    mix: MixRule = "users"
    pace_spread: float = 0.2
    on_start: str | None = None
    on_stop: str | None = None
    stops_at_end: bool = True
    browsers: tuple[BrowserProfile, ...] = ()
    networks: tuple[NetworkProfile, ...] = ()
    is_beside: bool = False
