"""The users of one population in the double, and what is due for them."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from penstock.model import Load
from tests.engine import fake_load
from tests.engine.fake_http import Client
from tests.engine.fake_ledger import Ledger
from tests.engine.fake_load import Line, Mix, Slots
from tests.engine.fake_sockets import FakeSocket

LATE_S = 0.001
"""What waited longer for a free user was late."""

Life = Generator[float | None, None, None]
"""What a user does: yields when it goes on, or None when somebody else says so."""


@dataclass
class FakeUser:
    """A `penstock.script.User`, and what the loop keeps of it."""

    index: int
    number: int
    client: Client
    ledger: Ledger
    iteration: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    browser: dict[str, Any] = field(default_factory=dict)
    sockets: dict[int, FakeSocket] = field(default_factory=dict)
    life: Life | None = None
    turn: int = 0  # so often it was let go on: what was to wake it before does no more
    has_started: bool = False
    is_leaving: bool = False
    is_holding: bool = False  # between two iterations: a changed load is news to it
    leaves_at: float = math.inf
    given: float | None = None
    paces: list[tuple[float, int, float]] | None = None

    def __hash__(self) -> int:
        return id(self)


class FakePopulation:
    """`said` is a population of the plan; what it leaves out is the default."""

    def __init__(self, said: Mapping[str, Any], at: int, of: int, segment: tuple[int, int], seed: int) -> None:
        usual = dataclasses.asdict(Load(()))
        self.load = {**usual, **said["load"]}
        self.at, self.of = at, of
        self.random = Random(f"{seed}/{at}/{segment}")
        self.mix = Mix(said.get("mix", "users"), said["shares"])
        self.pace_spread = said.get("pace_spread", 0.2)
        self.on_start, self.on_stop = said.get("on_start"), said.get("on_stop")
        self.stops_at_end = said.get("stops_at_end", True)
        self.browsers, self.networks = said.get("browsers", ()), said.get("networks", ())
        self.model = self.load["model"]
        self.line = Line.of(self.load["phases"])
        most = self.line.peak if self.load["max_users"] is None else self.load["max_users"]
        sharing = fake_load.sharing(*segment, most)
        self.segment = segment if self.model == "users" else sharing
        self.crowd = {"users": self.line, "arrivals": Line([], 0.0), "requests": self.line.constant(most)}[self.model]
        self.slots = None
        if self.model != "users" and self.segment is not None:
            self.slots = Slots(self.load, *self.segment, self.random)
        total = self.load["iterations_total"]
        self.budget: float = math.inf if total is None else fake_load.share(total, *sharing) if sharing else 0
        self.most_users = fake_load.share(most, *self.segment) if self.segment else 0
        self.users: list[FakeUser] = []
        self.present: set[FakeUser] = set()
        self.takers: deque[FakeUser] = deque()
        self.backlog: deque[float] = deque()
        self.armed: float | None = None
        self.busy = 0
        self.may_rise = False

    def number(self, seat: int) -> int:
        """Return the number of a user among those of all agents."""
        index, of = self.segment or (0, 1)
        return index + seat * of

    def wanted_users(self) -> int:
        """Return how many of the users are this agent's."""
        return fake_load.share(self.crowd.peak, *self.segment) if self.segment else 0

    def network(self, user: FakeUser) -> Mapping[str, Any] | None:
        return fake_load.network_of(self.networks, user.number)

    def draw_browser(self) -> Mapping[str, Any] | None:
        return fake_load.profile(self.browsers, self.random.random())

    def is_spent(self, user: FakeUser) -> bool:
        """Return whether a user does no iteration any more."""
        most = self.load["iterations_per_user"]
        return user.is_leaving or (most is not None and user.iteration >= most) or not self.has_iterations

    @property
    def has_iterations(self) -> bool:
        return self.budget > 0 and not self.mix.is_over

    def take_iteration(self) -> bool:
        """Take the right to start an iteration."""
        has_one = self.has_iterations
        self.budget -= 1
        return has_one

    def due(self) -> float | None:
        """Return when the next slot is due."""
        if self.slots is None or (self.model == "arrivals" and self.mix.is_over):
            return None
        return self.slots.due(self.line, goes_on=self.model == "requests" and bool(self.takers))

    def is_unpaced(self, now: float) -> bool:
        """Return whether a request needs no slot."""
        return self.model != "requests" or (now >= self.line.end and self.line.last_level <= 0)

    def expire(self, now: float) -> int:
        """Drop the starts that have waited too long; return how many."""
        kept = deque(due for due in self.backlog if now - due <= self.load["patience_s"])
        dropped = len(self.backlog) - len(kept)
        self.backlog = kept
        return dropped

    def set_level(self, at: float, level: float) -> None:
        self.may_rise = True
        self.line = self.line.with_level(at, level)
        if self.model == "users":
            self.crowd = self.line

    def think_s(self, seconds: float) -> float:
        """Return how long a think lasts, as the load wants it."""
        if self.load["thinks"] == "off":
            return 0.0
        return seconds * self.around_one(self.load["think_deviation"]) if self.load["thinks"] == "normal" else seconds

    def around_one(self, deviation: float) -> float:
        return max(0.0, self.random.gauss(1, deviation)) if deviation else 1.0
