"""What users of the double do from when they come to when they leave: iterations, and what they do once.

A life is a generator: it yields when it goes on, or None when somebody else says so.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.script import StopUser, binding
from tests.engine.fake_http import Client
from tests.engine.fake_operations import Performing
from tests.engine.fake_population import LATE_S, FakePopulation, FakeUser, Life

if TYPE_CHECKING:
    from tests.engine.fake_loop import FakeLoop

RUNNING, LEAVING, INTERRUPTING = range(3)
"""How far a run has come to its end."""


class Interrupted(Exception):
    """Thrown into the life of a user when the run ends before its iteration."""


class Lives:
    """The lives of all users of a loop."""

    def __init__(self, loop: FakeLoop) -> None:
        self._loop = loop

    def _is_over(self, user: FakeUser) -> bool:
        return self._loop.stage > RUNNING or self._loop.now >= user.leaves_at

    def live(self, population: FakePopulation, user: FakeUser) -> Life:
        """A user repeats its journey from when the load wants it to when it does no more."""
        yield from self._repeat(population, user)
        yield from self._say_good_bye(population, user)

    def _repeat(self, population: FakePopulation, user: FakeUser) -> Life:
        due: float | None = self._loop.now
        is_late = False
        if population.on_start is not None:
            if not (yield from self._hold(user, due)) or not population.has_iterations:
                return
            yield from self._begin(population, user)
            if self._is_over(user):
                return
        journey, due, is_late = self._paced(population, user) or (None, due, is_late)
        while (yield from self._hold(user, due)):
            if not population.take_iteration():
                return
            began = self._loop.now
            pause_s = yield from self._iterate(population, user, journey, is_late=is_late)
            user.is_leaving = math.isinf(pause_s)
            if self._is_over(user) or population.is_spent(user):
                return
            journey, due, is_late = self._paced(population, user) or self._after(
                population, due, is_late, began, pause_s
            )
            if due is None:
                yield self._loop.now

    def _hold(self, user: FakeUser, due: float | None) -> Generator[float | None, None, bool]:
        """Wait until it is time and the run is not paused; give False when the user has to leave instead."""
        while self._loop.is_paused or (due is not None and due > self._loop.now):
            if self._is_over(user):
                return False
            user.is_holding = True
            yield user.leaves_at if self._loop.is_paused or due is None else min(due, user.leaves_at)
            user.is_holding = False
            if self._is_over(user):
                return False
        return True

    def _paced(self, population: FakePopulation, user: FakeUser) -> tuple[int, float, bool] | None:
        """Return what a user's own clocks want next, where the mix is a pace."""
        if population.mix.rule != "pace":
            return None
        if user.paces is None:
            intervals = population.mix.intervals()
            user.paces = [(self._loop.now + population.random.random() * each, one, each) for one, each in intervals]
        left = [pace for pace in user.paces if population.mix.journeys.index(pace[1]) not in population.mix.retired]
        due, journey, interval = min(left)
        late_s = max(0.0, self._loop.now - due)
        left.remove((due, journey, interval))
        step_s = interval * population.around_one(population.pace_spread)
        user.paces = [*left, (due + late_s + step_s, journey, interval)]
        return journey, due, late_s > LATE_S

    def _after(
        self, population: FakePopulation, due: float | None, is_late: bool, began: float, extra_s: float
    ) -> tuple[None, float | None, bool]:
        """Return when the next iteration is due: after the pause, and not sooner than the pacing lets it."""
        load = population.load
        pause_s = load["pause_s"] + (0.0 if load["thinks"] == "off" else extra_s)
        if load["thinks"] == "normal":
            pause_s *= population.around_one(load["think_deviation"])
        rested = self._loop.now + pause_s if pause_s > 0 else None
        if not load["pacing_s"]:
            return None, rested, False
        paced = (began if due is None or is_late else due) + load["pacing_s"]
        next_due = paced if rested is None else max(rested, paced)
        return None, next_due, self._loop.now > next_due + LATE_S

    def _begin(self, population: FakePopulation, user: FakeUser) -> Life:
        """Do what a user does before its first iteration."""
        user.has_started = True
        if population.on_start is not None:
            yield from self._once(population, user, population.on_start)

    def _say_good_bye(self, population: FakePopulation, user: FakeUser) -> Life:
        """Do what a user does after its last iteration."""
        if population.on_stop is None or not user.has_started:
            return
        user.has_started = False
        is_end = self._loop.stage > RUNNING or self._loop.now >= population.line.end
        if self._loop.stage < INTERRUPTING and (population.stops_at_end or not is_end):
            yield from self._once(population, user, population.on_stop)

    def _once(self, population: FakePopulation, user: FakeUser, journey: int) -> Life:
        yield from self._pass(population, user, journey)
        user.ledger.end()

    def _iterate(
        self, population: FakePopulation, user: FakeUser, journey: int | None, *, is_late: bool
    ) -> Generator[float | None, None, float]:
        """Do an iteration; give the seconds by which the pause after it grows."""
        if user.iteration and population.load["new_users"] > population.random.random():
            yield from self._say_good_bye(population, user)
            user.state, user.browser, network = {}, {}, user.client.network
            user.client = Client(self._loop.http, self._loop.server, self._loop.requests, self._loop.shared)
            user.client.network = network
            yield from self._begin(population, user)
        user.has_started = True
        self._loop.iterations["started"] += 1
        self._loop.note("late", is_late)
        chosen = population.mix.journey(user.number, user.iteration) if journey is None else journey
        try:
            pause_s = yield from self._pass(population, user, chosen)
        except Interrupted:
            self._loop.iterations["interrupted"] += 1
            raise
        user.ledger.end()
        self._loop.iterations["finished"] += 1
        self._loop.iterations["failed"] += user.ledger.failed
        user.iteration += 1
        return pause_s

    def _pass(self, population: FakePopulation, user: FakeUser, journey: int) -> Generator[float | None, None, float]:
        """Do a journey from start to end; give what it returns."""
        user.ledger.begin(self._loop.names[journey])
        user.client.begin_iteration()
        if user.client.settings["cookies"] != "user":
            user.browser.clear()
        user.client.browser = population.draw_browser()
        performing = Performing(self._loop, self, population, user)
        result, wrong, coroutine = None, None, None
        try:
            while True:
                self._loop.stepped = user
                try:
                    if coroutine is None:
                        coroutine = self._loop.journeys[journey](user)
                    operation = coroutine.send(result) if wrong is None else coroutine.throw(wrong)
                except StopIteration as end:
                    return end.value or 0.0
                except StopUser:
                    return math.inf
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # noqa: BLE001 — whatever else a journey raises fails its iteration
                    user.ledger.settle()
                    user.ledger.fail("script", f"{type(error).__name__}: {error} ({_line(error)})")
                    return 0.0
                if not (isinstance(operation, tuple) and operation[:1] == (3,) and operation[3:] == (True,)):
                    user.ledger.settle()
                try:
                    result, wrong = (yield from performing.perform(operation)), None
                except (TypeError, ValueError, RuntimeError) as error:
                    wrong = error
        except Interrupted:
            user.ledger.abandon()
            self._loop.stepped = user
            if coroutine is not None:
                coroutine.close()
            raise
        finally:
            performing.close_sockets()

    def serve(self, population: FakePopulation, user: FakeUser) -> Life:
        """A user does an iteration for each arrival that it is given, until the run is over."""
        while (taken := (yield from self._receive(population, user))) is not None:
            is_late = taken
            if not user.has_started and population.on_start is not None:
                yield from self._begin(population, user)
                is_late = False
            yield from self._iterate(population, user, None, is_late=is_late)
            population.busy -= 1
        yield from self._say_good_bye(population, user)

    def _receive(self, population: FakePopulation, user: FakeUser) -> Generator[float | None, None, bool | None]:
        """Wait for an arrival: gives whether it was late, None when there will be none."""
        if user.given is None:
            self._loop.expire(population)
            if self._loop.stage == RUNNING and not self._loop.is_paused and population.backlog:
                population.busy += 1
                return self._loop.now - population.backlog.popleft() > LATE_S
            if self._loop.stage == RUNNING:
                population.takers.append(user)
                yield None
        is_given, user.given = user.given is not None, None
        return False if is_given else None

    def slot(self, population: FakePopulation, user: FakeUser) -> Generator[float | None, None, None]:
        """Wait for the right to send a request, where there is a rate of them."""
        if population.is_unpaced(self._loop.now):
            return
        self._loop.expire(population)
        if not self._loop.is_paused and population.backlog:
            self._loop.note("late", self._loop.now - population.backlog.popleft() > LATE_S)
            return
        population.takers.append(user)
        self._loop.arm(population)
        while user.given is None:
            yield None
        user.given = None


def _line(error: BaseException) -> str:
    """Return the innermost line that is not Penstock's own."""
    here = str(Path(__file__).parent)
    own = (str(Path(binding.__file__).parent.parent), f"{here}/fake_")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(own)]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
