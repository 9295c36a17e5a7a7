"""Agents as child processes on this machine: a crash of an engine costs only its run."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from penstock import errors
from penstock.engine import orders
from penstock.errors import EngineFailed, PenstockError
from penstock.ports.runner import Outcome
from penstock.runners import heap
from penstock.runners.agents import take
from penstock.runners.connection import AgentConnection
from penstock.runners.strain import Strain
from penstock.runs.plan import Plan
from penstock.runs.segment import segments

if TYPE_CHECKING:
    from penstock.metrics.snapshot import Snapshot

_START_DELAY_NS = 20_000_000
"""Time for the start message to reach every agent before the common start."""

_WATCH_EVERY_S = 0.5

_LOOKS_A_TRIM = 4
"""Of so many looks after the agents, one returns memory that is not used any more to the system."""

_TEARDOWN_S = 60.0
"""How long what comes once after the load may take."""

_WAY = 10
"""A tenth of the share of a core that an agent gets, while both want it."""


class LocalRunning:
    """A run on this machine's agents."""

    def __init__(self, agents: list[AgentConnection], tears_down: bool, longest_s: float) -> None:
        self._agents = agents
        self._tears_down = tears_down
        self._ended: set[str] = set()
        for agent in agents:
            agent.pulse.beat()
            agent.pulse.expect_end(time.monotonic() + longest_s)
        self._queue: asyncio.Queue[Snapshot | None] = asyncio.Queue()
        self._stopped = False
        self._failures: list[str] = []
        self._forced: list[str] = []
        self._strain = Strain()
        self._tasks = [asyncio.create_task(self._follow(agent)) for agent in agents]
        self._all = asyncio.ensure_future(self._finish())
        self._watching = asyncio.create_task(self._watch())

    async def snapshots(self) -> AsyncIterator[Snapshot]:
        """See `ports.runner.Running`."""
        while (snapshot := await self._queue.get()) is not None:
            yield snapshot
        self._queue.put_nowait(None)  # asked again, it ends again

    async def stop(self, grace_s: float) -> None:
        """See `ports.runner.Running`."""
        self._stopped = True
        for agent in self._agents:
            agent.pulse.expect_stop(time.monotonic() + grace_s)
        await self._tell({"type": "stop", "grace_s": grace_s})

    async def set_level(self, population: int, level: float) -> None:
        """See `ports.runner.Running`."""
        at_ns = time.monotonic_ns() + _START_DELAY_NS  # the same for all agents, so that their shares add up
        await self._tell({"type": "level", "population": population, "level": level, "at_ns": at_ns})

    async def pause(self) -> None:
        """See `ports.runner.Running`."""
        await self._tell({"type": "pause"})

    async def resume(self) -> None:
        """See `ports.runner.Running`."""
        await self._tell({"type": "resume"})

    async def _tell(self, command: dict[str, Any]) -> None:
        for agent in self._agents:
            await agent.send(command)

    async def outcome(self) -> Outcome:
        """See `ports.runner.Running`."""
        await self._all
        warnings = (*self._forced, *self._strain.sentences())
        if self._failures or (self._forced and not self._stopped):
            return Outcome("failed", "; ".join((*self._failures, *self._forced)), warnings)
        return Outcome("stopped" if self._stopped else "finished", "; ".join(self._forced), warnings)

    def stalls(self) -> dict[str, str]:
        """See `ports.runner.Running`."""
        return {f"agent {one.segment}": one.pulse.stands for one in self._agents if one.pulse.stands is not None}

    async def _watch(self) -> None:
        """Find out what holds an agent up, and end one by force that has not ended when it should have."""
        for look in itertools.count(1):
            await asyncio.sleep(_WATCH_EVERY_S)
            if look % _LOOKS_A_TRIM == 0:
                heap.give_back()
            for agent in self._agents:
                if agent.process.poll() is not None:
                    continue
                if agent.pulse.overdue:
                    why = "it went on after it was told to end"
                    if agent.pulse.quiet:
                        why = f"{await agent.place()} held it up and did not come back"
                    agent.process.kill()
                    self._forced.append(
                        f"agent {agent.segment} was ended by force: {why}; what it measured in its last seconds is lost"
                    )
                elif agent.pulse.silent and agent.pulse.stands is None:
                    agent.pulse.stands = await agent.place()

    async def _follow(self, agent: AgentConnection) -> None:
        failure: str | None = f"agent {agent.segment} ended without a word"
        try:
            while (message := await self._hear(agent)) is not None:
                if message["type"] == "torn-down":
                    failure = message["message"] and f"agent {agent.segment}: {message['message']}"
                elif message["type"] == "end":
                    await self._has_ended(agent)
                    failure = f"agent {agent.segment}: {message['message']}" if message["reason"] == "failed" else None
        finally:
            await self._has_ended(agent)
            code = await agent.end()
            if failure is not None and not any(f"agent {agent.segment} " in forced for forced in self._forced):
                how = f"signal {-code}" if code < 0 else f"exit code {code}"
                self._failures.append(f"{failure} ({how})")

    async def _hear(self, agent: AgentConnection) -> dict[str, Any] | None:
        """Put the snapshots of an agent into the queue until it says something else; None when it is gone.

        Parsed, a snapshot's text takes a megabyte or more: nobody may keep hold of it while the next one is awaited.
        """
        from penstock.metrics.snapshot import Snapshot  # not needed before the load has begun

        while (frame := await agent.receive()) is not None:
            agent.pulse.beat()
            message: dict[str, Any] = orjson.loads(frame)
            if message["type"] != "snapshot":
                return message
            snapshot = Snapshot.read(message)
            del frame, message
            self._queue.put_nowait(snapshot)
            del snapshot
        return None

    async def _has_ended(self, agent: AgentConnection) -> None:
        """Note that an agent's load is over; after the last one the first does what comes once after it."""
        before = len(self._ended)
        self._ended.add(str(agent.segment))
        if self._tears_down and before < len(self._ended) == len(self._agents):
            self._agents[0].pulse.end_s = time.monotonic() + _TEARDOWN_S
            for one in self._agents:
                await one.send({"type": "teardown" if one is self._agents[0] else "leave"})

    async def _finish(self) -> None:
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._watching.cancel()
        self._failures += [f"{type(result).__name__}: {result}" for result in results if isinstance(result, Exception)]
        self._queue.put_nowait(None)


class LocalRunner:
    """Runs plans in child processes, one a worker.

    With `gives_way` this process takes a lower priority once they have started, for as long as it lives: what it does
    with snapshots must not make the load late where all share one core. For processes that do nothing but one run.
    """

    def __init__(self, *, gives_way: bool = False) -> None:
        self._gives_way = gives_way

    async def start(self, plan: Plan, workers: int) -> LocalRunning:
        """See `ports.runner.Runner`."""
        agents: list[AgentConnection] = []
        try:
            agents.extend(AgentConnection(segment, take()) for segment in segments(workers))
            for agent in agents:
                await agent.connect()
                await agent.send(orders.encode(plan, agent.segment))
            told = await asyncio.gather(*(_ready(agent) for agent in agents))
            shared = await _set_up(agents[0]) if told[0].get("sets_up") else None
        except BaseException:
            await asyncio.gather(*(agent.end() for agent in agents))
            raise
        at_ns = time.monotonic_ns() + _START_DELAY_NS
        for agent in agents:
            await agent.send({"type": "start", "at_ns": at_ns, "shared": shared})
        if self._gives_way:
            os.nice(_WAY)
        grace_s = max((population.load.grace_s for population in plan.populations), default=0.0)
        tears_down = bool(told[0].get("tears_down"))
        return LocalRunning(
            agents, tears_down, plan.duration_s + (grace_s if plan.cool_down_s is None else plan.cool_down_s)
        )


async def _set_up(agent: AgentConnection) -> Any:
    """Let an agent do what comes once before the load; return what it made for all."""
    await agent.send({"type": "setup"})
    return (await _ready(agent)).get("shared")


async def _ready(agent: AgentConnection) -> dict[str, Any]:
    """Wait until the agent has compiled its work, or done what it was asked; return its word, raise what it refused."""
    frame = await agent.receive()
    if frame is None:
        code = await agent.end()
        raise EngineFailed(f"agent {agent.segment} ended before it was ready (exit code {code})")
    message: dict[str, Any] = orjson.loads(frame)
    if message["type"] == "refused":
        raise refused(message)
    return message


def refused(message: dict[str, Any]) -> PenstockError:
    """Return the error that an agent refused its order with."""
    kind = getattr(errors, message["error"], EngineFailed)
    return kind(message["message"]) if issubclass(kind, PenstockError) else EngineFailed(message["message"])


def available_cores() -> int:
    """Return how many cores this process may use: those it may run on, and no more than its control group pays for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, int(_quota_cores() or cores)))


def _quota_cores() -> float | None:
    """Return the processor time that the control group may use, in cores; None where it has no limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()[:2]
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:  # the first version of control groups
        folder = Path("/sys/fs/cgroup/cpu")
        used = int((folder / "cpu.cfs_quota_us").read_text())
        return None if used <= 0 else used / int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError, ZeroDivisionError):
        return None
