"""The plain double of the native loop: the same border (docs/spec/engine-border.md), slow, clear, without a network.

A function stands for the server, a heap for the clock. What this loop does is what is right; the native one is
compared with it. Left out is all that is about real time (latencies, lateness, samples, health), and policies. What
there is only in a network (TLS, HTTP/2, names and addresses) it does with clients that ask a real server
(`fake_transport`).

    users by load ──▶ heap of (time, what) ──▶ step the coroutine ──▶ operation ──▶ server function
                              ▲                                           │
                              └──────────────── time of its end ◀─────────┘

Times are seconds since the start of the run. What draws by chance (Poisson starts, paces, normal thinks, one of
several browsers) draws other numbers than the native loop does.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

from penstock.script import binding
from tests.engine.fake_http import Client, Connections, FakeResponse, Requests, Server
from tests.engine.fake_ledger import Ledger, Series, Tally
from tests.engine.fake_lives import INTERRUPTING, LEAVING, RUNNING, Interrupted, Lives
from tests.engine.fake_population import FakePopulation, FakeUser
from tests.engine.fake_sockets import Heard

Journey = Callable[[Any], Any]
Command = tuple[float, Mapping[str, Any]]
"""When a command of section 6 comes, and which."""


class FakeLoop:
    """Runs journeys as the native loop does. Afterwards `series`, `iterations`, `requests` and `now` say what was.

    `plan` is that of the border, or only a `load` for all journeys; what is left out of a load, `journeys` and `http`
    is the default. `client` makes what a user asks with.
    """

    def __init__(
        self,
        plan: Mapping[str, Any],
        server: Server,
        commands: Sequence[Command] = (),
        client: Callable[[Mapping[str, Any], Server, Requests, Connections | None], Client] = Client,
    ) -> None:
        self.server = server
        self._client = client
        self.http = plan.get("http", {})
        self.commands = commands
        self.names = [journey["name"] for journey in plan["journeys"]]
        alone = {"load": plan.get("load"), "shares": [{"journey": place} for place in range(len(self.names))]}
        said = plan.get("populations", [alone])
        segment = plan.get("segment", {"index": 0, "of": 1})
        self.populations = [
            FakePopulation(one, at, len(said), (segment["index"], segment["of"]), plan.get("seed", 0))
            for at, one in enumerate(said)
        ]
        for population in self.populations:
            population.may_rise = plan.get("stands_by", False)
        self.end_s = max(population.line.end for population in self.populations)
        cool_down_s = plan.get("cool_down_s")
        graces = [population.load["grace_s"] for population in self.populations]
        self.grace_s: float = max(graces) if cool_down_s is None else cool_down_s
        self.tally = Tally()
        self.requests: Requests = []
        self.heard: Heard = []
        self.tags: list[str] = []
        self.measured: list[tuple[str, str, float]] = []
        self.retired: set[str] = set()
        self.now = 0.0
        self.stage = RUNNING
        self.is_paused = False
        self.stepped: FakeUser
        self.journeys: Sequence[Journey] = ()
        self.shared = Connections() if self.http.get("connections") == "pool" else None
        self._lives = Lives(self)
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    @property
    def series(self) -> dict[tuple[str, str], Series]:
        return self.tally.series

    @property
    def iterations(self) -> Counter[str]:
        return self.tally.iterations

    # the recorder

    def check(self, name: str, passed: bool, response: object = None) -> None:
        self.stepped.ledger.check(name, response, passed=passed)

    def fail(self, kind: str, message: str, response: object = None) -> None:
        self.stepped.ledger.fail(kind, message, response)

    def enter_group(self, name: str) -> None:
        self.stepped.ledger.enter(name, "group")

    def enter_page(self, name: str) -> None:
        self.stepped.ledger.enter(name, "page")

    def exit_group(self) -> None:
        self.stepped.ledger.exit()

    def tag(self, name: str) -> None:
        self.tags.append(name)
        self.stepped.ledger.tag(name)

    def measure(self, kind: str, name: str, value: float) -> None:
        self.measured.append((kind, name, value))

    def user(self) -> FakeUser:
        return self.stepped

    def count_cached(self, name: str) -> None:
        self.stepped.ledger.count_cached(name)

    def retire(self, journey: str) -> None:
        self.retired.add(journey)
        for population in self.populations:
            population.mix.retire(self.names.index(journey))

    # the run

    def run(self, journeys: Sequence[Journey]) -> FakeLoop:
        before = binding.recorder
        binding.bind(self)
        self.journeys = journeys
        try:
            self._run()
        finally:
            binding.bind(before)
        return self

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Do something at a time."""
        heapq.heappush(self._agenda, (max(when, self.now), next(self._order), what))

    def _run(self) -> None:
        for when, command in self.commands:
            self.at(when, partial(self._obey, command))
        for population in self.populations:
            self._seat(population)
            self.arm(population)
        while self.stage < LEAVING or any(population.present for population in self.populations):
            is_over = self.now >= self.end_s or all(self._is_done(population) for population in self.populations)
            if self.stage < LEAVING and is_over:
                self._stop(self.grace_s)
                continue
            if self.stage < LEAVING and (not self._agenda or self._agenda[0][0] > self.end_s):
                self.now = self.end_s
                continue
            self.now, _, what = heapq.heappop(self._agenda)
            what()
        for population in self.populations:
            self.expire(population)

    def _stop(self, grace_s: float) -> None:
        """Let users leave at the end of their iterations; cut what still runs after the grace."""
        self.stage = max(self.stage, LEAVING)
        self._stir()
        self.at(self.now + grace_s, self._interrupt)

    def _interrupt(self) -> None:
        self.stage = INTERRUPTING
        for user in [user for population in self.populations for user in population.users if user.life is not None]:
            self.stepped = user
            self._go_on(user, Interrupted())

    def _is_done(self, population: FakePopulation) -> bool:
        """Return whether nothing of a population will be started any more, and all has ended."""
        may_rise = population.may_rise and self.now < population.line.end and population.budget > 0
        if population.model == "arrivals":
            is_idle = not population.busy and population.armed is None and not population.backlog
        else:
            is_idle = not population.present and not any(self._comes(population, user) for user in population.users)
        return is_idle and not may_rise

    def _comes(self, population: FakePopulation, user: FakeUser) -> bool:
        return not population.is_spent(user) and population.crowd.stay(user.number, self.now) is not None

    def _obey(self, command: Mapping[str, Any]) -> None:
        match command["type"]:
            case "stop":
                self._stop(command["grace_s"])
            case "pause":
                self.is_paused = True
            case "resume":
                self.is_paused = False
                for population in self.populations:
                    while population.takers and population.backlog:
                        self._offer(population, population.backlog.popleft())
                self._stir()
            case "level" if self.stage == RUNNING:
                population = self.populations[command["population"]]
                at_s = command.get("at_s")
                population.set_level(self.now if at_s is None else at_s, command["level"])
                self._seat(population)
                self.arm(population)
                self._stir()

    def _stir(self) -> None:
        """Let those look again who wait for the load."""
        for population in self.populations:
            for user in population.users:
                user.leaves_at = -math.inf if self.stage > RUNNING else self._leaves_at(population, user)
                if user.is_holding or (self.stage > RUNNING and population.model == "arrivals" and user.life):
                    waits = user.is_holding or user in population.takers
                    if waits:
                        self.at(self.now, partial(self._wake, user, user.turn))

    # users and their lives

    def _seat(self, population: FakePopulation) -> None:
        """Make the users that the load needs, and note when each comes."""
        while len(population.users) < population.wanted_users():
            self._add(population)
        for user in population.users:
            self._await(population, user)

    def _add(self, population: FakePopulation) -> FakeUser:
        number = population.number(len(population.users))
        client = self._client(self.http, self.server, self.requests, self.shared)
        user = FakeUser(number * population.of + population.at, number, client, Ledger(self.tally))
        client.network = population.network(user)
        population.users.append(user)
        return user

    def _await(self, population: FakePopulation, user: FakeUser) -> None:
        stay = population.crowd.stay(user.number, self.now)
        if user.life is None and stay is not None and not population.is_spent(user):
            user.turn += 1
            self.at(stay[0], partial(self._come, population, user, user.turn))

    def _come(self, population: FakePopulation, user: FakeUser, turn: int) -> None:
        if turn == user.turn and user.life is None and self.stage == RUNNING:
            population.present.add(user)
            user.leaves_at = self._leaves_at(population, user)
            user.life = self._lives.live(population, user)
            self._go_on(user)

    def _leaves_at(self, population: FakePopulation, user: FakeUser) -> float:
        stay = population.crowd.stay(user.number, self.now)
        return -math.inf if stay is None else stay[1]

    def _wake(self, user: FakeUser, turn: int) -> None:
        if turn == user.turn and user.life is not None:
            self._go_on(user)

    def _go_on(self, user: FakeUser, wrong: Exception | None = None) -> None:
        """Let a user live up to its next wait."""
        life = user.life
        assert life is not None
        user.turn += 1
        try:
            wait = next(life) if wrong is None else life.throw(wrong)
        except (StopIteration, Interrupted):
            user.life = None
            population = self._population_of(user)
            population.present.discard(user)
            if self.stage == RUNNING:
                self._await(population, user)
            return
        if wait is not None:
            self.at(wait, partial(self._wake, user, user.turn))

    def _population_of(self, user: FakeUser) -> FakePopulation:
        return self.populations[user.index % len(self.populations)]

    # rates

    def arm(self, population: FakePopulation) -> None:
        """Note when the next slot is due."""
        due = population.due() if self.stage == RUNNING or population.model == "requests" else None
        if due is not None and due != population.armed:
            self.at(due, partial(self._come_due, population, due))
        population.armed = due

    def _come_due(self, population: FakePopulation, due: float) -> None:
        if population.armed != due or population.slots is None:
            return
        population.armed = None
        population.slots.advance()
        if not self.is_paused:
            if population.model == "arrivals":
                self._arrive(population, due)
            else:
                self._offer(population, due)
        self.arm(population)

    def _arrive(self, population: FakePopulation, due: float) -> None:
        """Give an arrival to who was free last, or to a new user, or let it wait."""
        if self.stage > RUNNING:
            return
        if population.takers:
            population.busy += 1
            self._give(population.takers.pop(), due)
        elif len(population.present) < population.most_users:
            user = self._add(population)
            population.present.add(user)
            population.busy += 1
            user.given = due
            user.life = self._lives.serve(population, user)
            self._go_on(user)
        else:
            population.backlog.append(due)

    def _offer(self, population: FakePopulation, due: float) -> None:
        if not population.takers:
            population.backlog.append(due)
            return
        population.busy += population.model == "arrivals"
        self._give(population.takers.popleft(), due)

    def _give(self, user: FakeUser, due: float) -> None:
        user.given = due
        self.at(self.now, partial(self._wake, user, user.turn))

    def expire(self, population: FakePopulation) -> None:
        """Drop the starts that waited too long, or for a load that is over."""
        self.note("dropped", population.expire(self.now))
        is_at_end = self.now >= population.line.end
        is_over = {
            "users": False,
            "arrivals": is_at_end or self.stage > RUNNING,
            "requests": is_at_end and not population.present,  # users who are still there may take them
        }
        if is_over[population.model]:
            self.note("dropped", len(population.backlog))
            population.backlog.clear()

    def note(self, what: str, times: int) -> None:
        if times:
            self.iterations[what] += times


__all__ = ["FakeLoop", "FakeResponse", "Series", "Server"]
