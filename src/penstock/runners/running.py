"""The course of a run over its agents, wherever these are: from the plan to the outcome.

A runner gives agents that wait for their order, and says when they begin; all that follows is the same for all runners.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import orjson

from penstock import errors
from penstock.engine import orders
from penstock.errors import EngineFailed, PenstockError
from penstock.ports.runner import Outcome
from penstock.runners import heap
from penstock.runners.stalls import Pulse
from penstock.runs.plan import Plan
from penstock.runs.segment import Segment

LEAD_NS = 20_000_000
"""Time for a message to reach every agent of this machine before what it says is due."""

_WATCH_EVERY_S = 0.5

_LOOKS_A_TRIM = 4
"""Of so many looks after the agents, one returns memory that is not used any more to the system."""

_TEARDOWN_S = 60.0
"""How long what comes once after the load may take."""

Told = TypeVar("Told")


class Agent(Protocol):
    """An agent as the course of a run sees it."""

    segment: Segment
    pulse: Pulse

    @property
    def name(self) -> str:
        """As it is called in sentences."""

    @property
    def gone(self) -> bool:
        """Whether it has ended, as far as is known."""

    def clock(self, at_ns: int) -> int:
        """Return what its own monotonic clock shows at a monotonic time of ours."""

    async def send(self, message: dict[str, Any]) -> None:
        """Write one message; one that is gone is noticed by who receives."""

    async def receive(self) -> bytes | None:
        """Return the next frame; None when the agent has closed its side, or is gone."""

    async def place(self) -> str:
        """Return where its code stands."""

    async def cut(self) -> None:
        """End it by force."""

    async def end(self) -> str:
        """Wait until it has left (by force if it must be), end what it left behind, and say how it ended."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What agents said that are ready to begin.

    Whether there is something to do after the load, and what was made before it for all of them.
    """

    tears_down: bool
    shared: Any

    def start(self, at_ns: int) -> dict[str, Any]:
        """Return the message that lets an agent begin."""
        return {"type": "start", "at_ns": at_ns, "shared": self.shared}


async def prepare(agents: Sequence[Agent], plans: Sequence[Plan]) -> Prepared:
    """Give each agent its order, wait until all are ready, and do what comes once before the load.

    Raises what an agent refused, and `EngineFailed` for one that has ended.
    """
    for agent, plan in zip(agents, plans, strict=True):
        await agent.send(orders.encode(plan, agent.segment))
    told = await asyncio.gather(*(_ready(agent) for agent in agents))
    shared = None
    if told[0].get("sets_up"):
        await agents[0].send({"type": "setup"})
        shared = (await _ready(agents[0])).get("shared")
    return Prepared(bool(told[0].get("tears_down")), shared)


async def _ready(agent: Agent) -> dict[str, Any]:
    """Wait until the agent has compiled its work, or done what it was asked; return its word, raise what it refused."""
    frame = await agent.receive()
    if frame is None:
        raise EngineFailed(f"{agent.name} ended before it was ready ({await agent.end()})")
    message: dict[str, Any] = orjson.loads(frame)
    if message["type"] == "refused":
        raise refused(message)
    return message


def refused(message: dict[str, Any]) -> PenstockError:
    """Return the error that an agent refused its order with."""
    kind = getattr(errors, message["error"], EngineFailed)
    return kind(message["message"]) if issubclass(kind, PenstockError) else EngineFailed(message["message"])


class AgentsRunning(Generic[Told]):
    """A run under way on agents that have been told to start.

    `read` makes of a snapshot's frame, and of what it says, what is handed on. `lead_ns` is how long before it is due a
    command is sent. With `falls_together` a run whose agent breaks is ended at once; else it goes on with the others.
    """

    def __init__(
        self,
        agents: Sequence[Agent],
        plan: Plan,
        prepared: Prepared,
        read: Callable[[bytes, dict[str, Any]], Told],
        *,
        lead_ns: int = LEAD_NS,
        falls_together: bool = False,
    ) -> None:
        self._agents = agents
        self._tears_down = prepared.tears_down
        self._read = read
        self._lead_ns = lead_ns
        self._falls_together = falls_together
        self._ended: set[str] = set()
        self._idle = [agent for agent in agents if plan.stands_by(agent.segment)]
        """Those that have nobody as long as nobody raises the load."""
        grace_s = max((population.load.grace_s for population in plan.populations), default=0.0)
        longest_s = plan.duration_s + (grace_s if plan.cool_down_s is None else plan.cool_down_s)
        for agent in agents:
            agent.pulse.beat()
            agent.pulse.expect_end(time.monotonic() + longest_s)
        self._queue: asyncio.Queue[Told | None] = asyncio.Queue()
        self._stopped = False
        self._failures: list[str] = []
        self._forced: dict[str, str] = {}
        self._last_second: dict[str, int] = {}
        self._missing: list[str] = []
        self._tasks = [asyncio.create_task(self._follow(agent)) for agent in agents]
        self._all = asyncio.ensure_future(self._finish())
        self._watching = asyncio.create_task(self._watch())

    async def snapshots(self) -> AsyncIterator[Told]:
        """See `ports.runner.Running`."""
        while (snapshot := await self._queue.get()) is not None:
            yield snapshot
        self._queue.put_nowait(None)  # asked again, it ends again

    async def stop(self, grace_s: float) -> None:
        """See `ports.runner.Running`."""
        self._stopped = True
        await self._stop(grace_s)

    async def _stop(self, grace_s: float) -> None:
        for agent in self._agents:
            agent.pulse.expect_stop(time.monotonic() + grace_s)
        await self._tell({"type": "stop", "grace_s": grace_s})

    async def set_level(self, population: int, level: float) -> None:
        """See `ports.runner.Running`."""
        self._idle = []
        at_ns = time.monotonic_ns() + self._lead_ns  # the same for all agents, so that their shares add up
        message = {"type": "level", "population": population, "level": level}
        await asyncio.gather(*(agent.send({**message, "at_ns": agent.clock(at_ns)}) for agent in self._agents))

    async def pause(self) -> None:
        """See `ports.runner.Running`."""
        await self._tell({"type": "pause"})

    async def resume(self) -> None:
        """See `ports.runner.Running`."""
        await self._tell({"type": "resume"})

    async def _tell(self, command: dict[str, Any]) -> None:
        await asyncio.gather(*(agent.send(command) for agent in self._agents))

    async def outcome(self) -> Outcome:
        """See `ports.runner.Running`; what speaks against the numbers of its machines is the runner's to add."""
        await self._all
        forced = tuple(self._forced.values())
        if self._failures or (forced and not self._stopped):
            return Outcome("failed", "; ".join((*self._failures, *forced)), (*forced, *self._missing))
        return Outcome("stopped" if self._stopped else "finished", "; ".join(forced), forced)

    def stalls(self) -> dict[str, str]:
        """See `ports.runner.Running`."""
        return {one.name: one.pulse.stands for one in self._agents if one.pulse.stands is not None}

    async def _watch(self) -> None:
        """Find out what holds an agent up, and end one by force that has not ended when it should have."""
        for look in itertools.count(1):
            await asyncio.sleep(_WATCH_EVERY_S)
            if look % _LOOKS_A_TRIM == 0:
                heap.give_back()
            for agent in self._agents:
                if agent.gone:
                    continue
                if agent.pulse.overdue:
                    why = "it went on after it was told to end"
                    if agent.pulse.quiet:
                        why = f"{await agent.place()} held it up and did not come back"
                    await agent.cut()
                    self._forced[str(agent.segment)] = (
                        f"{agent.name} was ended by force: {why}; what it measured in its last seconds is lost"
                    )
                elif agent.pulse.silent and agent.pulse.stands is None:
                    agent.pulse.stands = await agent.place()

    async def _follow(self, agent: Agent) -> None:
        failure: str | None = f"{agent.name} ended without a word"
        try:
            while (message := await self._hear(agent)) is not None:
                if message["type"] == "torn-down":
                    failure = message["message"] and f"{agent.name}: {message['message']}"
                elif message["type"] == "end":
                    await self._has_ended(agent)
                    failure = f"{agent.name}: {message['message']}" if message["reason"] == "failed" else None
        finally:
            await self._has_ended(agent)
            how = await agent.end()
            if failure is not None and str(agent.segment) not in self._forced:
                self._failures.append(f"{failure} ({how})")
                if self._falls_together:
                    self._missing.append(f"{agent.name} broke: {self._lacks(agent)}")
                    await self._stop(0.0)

    def _lacks(self, agent: Agent) -> str:
        last = self._last_second.get(str(agent.segment))
        if last is None:
            return "nothing it measured has arrived"
        return f"what it measured after second {last} of the run is missing"

    async def _hear(self, agent: Agent) -> dict[str, Any] | None:
        """Put the snapshots of an agent into the queue until it says something else; None when it is gone.

        Parsed, a snapshot's text takes a megabyte or more: nobody may keep hold of it while the next one is awaited.
        """
        while (frame := await agent.receive()) is not None:
            agent.pulse.beat()
            message: dict[str, Any] = orjson.loads(frame)
            if message["type"] != "snapshot":
                return message
            self._last_second[str(agent.segment)] = message["second"]
            snapshot = self._read(frame, message)
            del frame, message
            self._queue.put_nowait(snapshot)
            del snapshot
        return None

    async def _has_ended(self, agent: Agent) -> None:
        """Note that an agent's load is over; after the last one the first does what comes once after it.

        When all that had users are over, those that stand by need not any more.
        """
        before = len(self._ended)
        self._ended.add(str(agent.segment))
        if all(str(one.segment) in self._ended or one in self._idle for one in self._agents):
            for one in self._idle:
                await one.send({"type": "stop", "grace_s": 0.0})
        if self._tears_down and before < len(self._ended) == len(self._agents):
            self._agents[0].pulse.end_s = time.monotonic() + _TEARDOWN_S
            for one in self._agents:
                await one.send({"type": "teardown" if one is self._agents[0] else "leave"})

    async def _finish(self) -> None:
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._watching.cancel()
        self._failures += [f"{type(result).__name__}: {result}" for result in results if isinstance(result, Exception)]
        self._queue.put_nowait(None)
