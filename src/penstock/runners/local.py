"""Agents as child processes on this machine: a crash of an engine costs only its run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import orjson

from penstock import errors
from penstock.engine import frames, orders
from penstock.errors import EngineFailed, PenstockError
from penstock.ports.runner import Outcome
from penstock.runners.agents import AgentProcess, take
from penstock.runs.plan import Plan
from penstock.runs.segment import Segment, segments

if TYPE_CHECKING:
    from penstock.metrics.snapshot import Snapshot

_START_DELAY_NS = 20_000_000
"""Time for the start message to reach every agent before the common start."""

_END_S = 5.0
"""How long an agent may take to leave after it has been told to, or has said its last word."""


class _Agent:
    """One child process and the socket to it."""

    def __init__(self, segment: Segment, agent: AgentProcess) -> None:
        self.segment = segment
        self.process = agent.process
        self._socket = agent.connection
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(sock=self._socket)

    async def send(self, message: dict[str, Any]) -> None:
        assert self._writer is not None  # noqa: S101 — connect comes first
        with contextlib.suppress(ConnectionError):  # an agent that is gone is noticed by its reader
            self._writer.write(frames.pack(orjson.dumps(message)))
            await self._writer.drain()

    async def receive(self) -> bytes | None:
        """Return the next frame; None when the agent has closed its side."""
        assert self._reader is not None  # noqa: S101 — connect comes first
        try:
            (size,) = struct.unpack(">I", await self._reader.readexactly(4))
            return await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def end(self) -> int:
        """Close the connection, wait for the process (by force if it must be), return its exit code."""
        if self._writer is None:
            self._socket.close()
        else:
            self._writer.close()
        deadline = time.monotonic() + _END_S
        while self.process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait()


class LocalRunning:
    """A run on this machine's agents."""

    def __init__(self, agents: list[_Agent]) -> None:
        self._agents = agents
        self._queue: asyncio.Queue[Snapshot | None] = asyncio.Queue()
        self._stopped = False
        self._failures: list[str] = []
        self._tasks = [asyncio.create_task(self._follow(agent)) for agent in agents]
        self._all = asyncio.ensure_future(self._finish())

    async def snapshots(self) -> AsyncIterator[Snapshot]:
        """See `ports.runner.Running`."""
        while (snapshot := await self._queue.get()) is not None:
            yield snapshot
        self._queue.put_nowait(None)  # asked again, it ends again

    async def stop(self, grace_s: float) -> None:
        """See `ports.runner.Running`."""
        self._stopped = True
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
        if self._failures:
            return Outcome("failed", "; ".join(self._failures))
        return Outcome("stopped" if self._stopped else "finished")

    async def _follow(self, agent: _Agent) -> None:
        from penstock.metrics.snapshot import Snapshot  # not needed before the load has begun

        failure: str | None = f"agent {agent.segment} ended without a word"
        try:
            while (frame := await agent.receive()) is not None:
                message = orjson.loads(frame)
                if message["type"] == "snapshot":
                    self._queue.put_nowait(Snapshot.decode(frame))
                elif message["type"] == "end":
                    failure = f"agent {agent.segment}: {message['message']}" if message["reason"] == "failed" else None
        finally:
            code = await agent.end()
            if failure is not None:
                how = f"signal {-code}" if code < 0 else f"exit code {code}"
                self._failures.append(f"{failure} ({how})")

    async def _finish(self) -> None:
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._failures += [f"{type(result).__name__}: {result}" for result in results if isinstance(result, Exception)]
        self._queue.put_nowait(None)


class LocalRunner:
    """Runs plans in child processes, one a worker."""

    async def start(self, plan: Plan, workers: int) -> LocalRunning:
        """See `ports.runner.Runner`."""
        agents: list[_Agent] = []
        try:
            agents.extend(_Agent(segment, take()) for segment in segments(workers))
            for agent in agents:
                await agent.connect()
                await agent.send(orders.encode(plan, agent.segment))
            await asyncio.gather(*(_ready(agent) for agent in agents))
        except BaseException:
            await asyncio.gather(*(agent.end() for agent in agents))
            raise
        at_ns = time.monotonic_ns() + _START_DELAY_NS
        for agent in agents:
            await agent.send({"type": "start", "at_ns": at_ns})
        return LocalRunning(agents)


async def _ready(agent: _Agent) -> None:
    """Wait until the agent has compiled its work; raise what it refused."""
    frame = await agent.receive()
    if frame is None:
        code = await agent.end()
        raise EngineFailed(f"agent {agent.segment} ended before it was ready (exit code {code})")
    message = orjson.loads(frame)
    if message["type"] == "refused":
        kind = getattr(errors, message["error"], EngineFailed)
        raise kind(message["message"]) if issubclass(kind, PenstockError) else EngineFailed(message["message"])


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
