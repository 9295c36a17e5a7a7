"""Changing a run while it goes on. Keys, the command line and faces all come through here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from penstock.errors import InvalidInput
from penstock.metrics import numbers
from penstock.model.limits import HIGHEST_RATE, LONGEST_S, MOST_USERS
from penstock.ports.runner import Running
from penstock.runs.commands import Command, Pause, Resume, SetLevel, Stop
from penstock.runs.events import MOST_EVENTS, Event
from penstock.runs.plan import Plan

if TYPE_CHECKING:
    from penstock.metrics.series import Timeline
    from penstock.model import Population


@dataclass(frozen=True, slots=True)
class Status:
    """Where a run is. `state` is `running`, `paused` or `stopping`; `levels` are those asked for, by population.

    `users`, `rate` (requests a second), `failed` (share) and `p95_s` are of the newest second that is complete.
    """

    name: str
    state: str
    elapsed_s: float
    duration_s: float | None
    levels: tuple[tuple[str, str, float], ...]
    users: float = 0.0
    rate: float = 0.0
    failed: float = 0.0
    p95_s: float = 0.0


class Steering:
    """A run under way: commands in, events out."""

    def __init__(self, running: Running, plan: Plan, timeline: Timeline) -> None:
        self._running = running
        self._plan = plan
        self._timeline = timeline
        self._started_s = time.monotonic()
        self._levels: dict[int, float] = {}
        self._paused = False
        self.stopped_by: str | None = None
        """The person who stopped the run."""
        self.events: list[Event] = []
        self.listeners: list[Callable[[Event], None]] = []
        """Told of every event as it happens."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started_s

    @property
    def plan(self) -> Plan:
        """What is run."""
        return self._plan

    @property
    def paused(self) -> bool:
        """Whether the run is paused."""
        return self._paused

    @property
    def stopping(self) -> bool:
        """Whether a person has asked it to stop."""
        return self.stopped_by is not None

    def note(self, who: str, what: str) -> None:
        """Keep an event, and tell those who listen."""
        event = Event(round(self.elapsed_s, 3), who, what)
        if len(self.events) < MOST_EVENTS:
            self.events.append(event)
        elif len(self.events) == MOST_EVENTS:
            self.events.append(replace(event, who="penstock", what=f"keeps no more than {MOST_EVENTS:,} events"))
        for listener in self.listeners:
            listener(event)

    async def obey(self, command: Command, who: str) -> str:
        """Do what is asked and return what was done, as half a sentence; `who` is kept with it.

        Raises `InvalidInput` for what cannot be done with this run, with what can.
        """
        if self.stopped_by is not None and not isinstance(command, Stop):
            raise InvalidInput("the run is stopping")
        match command:
            case SetLevel():
                done = await self._set_level(command)
            case Pause():
                if self._paused:
                    return "the run is paused already"
                await self._running.pause()
                self._paused, done = True, "paused"
            case Resume():
                if not self._paused:
                    return "the run is not paused"
                await self._running.resume()
                self._paused, done = False, "resumed"
            case Stop(grace_s):
                if not 0 <= grace_s <= LONGEST_S:
                    raise InvalidInput(f"grace: {grace_s:g} s is not between 0 and 31 days")
                self.stopped_by = self.stopped_by or who
                await self._running.stop(grace_s)
                done = f"stopping: iterations may go on for {numbers.span(grace_s)}" if grace_s else "stopped at once"
        self.note(who, done)
        return done

    async def _set_level(self, command: SetLevel) -> str:
        place = self._place(command.population)
        population = self._plan.populations[place]
        unit = self.unit(place)
        if command.unit != unit:
            wrong = {
                "users": f"users of {population.name!r} come with the rate; say rate=",
                "rate": f"{population.name!r} has a number of users and no rate; say users=",
            }
            raise InvalidInput(wrong[command.unit])
        before = self.level(place)
        match command.change:
            case "to":
                level = command.amount
            case "by":
                level = before + command.amount
            case "by-share":
                step = before * command.amount
                level = before + (math.copysign(max(1.0, abs(round(step))), step) if unit == "users" else step)
        most = MOST_USERS if unit == "users" else HIGHEST_RATE
        level = max(0.0, level)
        if level > most:
            raise InvalidInput(f"{unit}: {level:g} is more than {most:,.0f}")
        await self.hold(place, level)
        whose = f" of {population.name}" if len(self._plan.populations) > 1 else ""
        return f"{unit}{whose} {_number(before)} → {_number(level)}"

    async def hold(self, place: int, level: float) -> None:
        """Hold a level of a population, by its place in the plan, from now on."""
        self._levels[place] = level
        await self._running.set_level(place, level)

    def _place(self, name: str | None) -> int:
        populations = self._plan.populations
        names = [population.name for population in populations]
        if name is None and len(populations) == 1:
            return 0
        if name in names:
            return names.index(name)
        known = ", ".join(names)
        if name is None:
            raise InvalidInput(f"the test has several populations ({known}); say which with --population NAME")
        raise InvalidInput(f"there is no population {name!r}; there {'are' if len(names) > 1 else 'is'} {known}")

    def unit(self, place: int) -> str:
        """Return what the levels of a population count."""
        return "users" if self._plan.populations[place].load.model == "users" else "rate"

    def goes_on(self, place: int) -> bool:
        """Return whether the load of a population is not over yet."""
        return self.elapsed_s < self._plan.populations[place].load.duration_s

    def level(self, place: int) -> float:
        """Return the level that a population should have now."""
        population: Population = self._plan.populations[place]
        held = self._levels.get(place)
        if held is None:
            level = population.load.level_at(self.elapsed_s)
            return float(math.ceil(level)) if self.unit(place) == "users" else level
        return held if self.goes_on(place) else 0.0

    def status(self) -> Status:
        """Return where the run is."""
        point = self._timeline.latest()
        names = [population.name for population in self._plan.populations]
        state = "stopping" if self.stopped_by is not None else "paused" if self._paused else "running"
        measured = (
            {}
            if point is None
            else {
                "users": point.users,
                "rate": point.rate,
                "failed": point.failed / point.count if point.count else 0.0,
                "p95_s": point.p95_s,
            }
        )
        return Status(
            name=self._plan.name,
            state=state,
            elapsed_s=self.elapsed_s,
            duration_s=None if self._plan.duration_s >= LONGEST_S else self._plan.duration_s,
            levels=tuple((name, self.unit(place), self.level(place)) for place, name in enumerate(names)),
            **measured,
        )


def _number(level: float) -> str:
    return f"{level:,.4g}" if level < 10_000 else f"{level:,.0f}"
