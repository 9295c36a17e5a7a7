"""Trials on this machine: agents that do one recorded iteration after the other, as many as are asked for at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from penstock.engine import orders
from penstock.errors import EngineFailed
from penstock.runners.agents import take
from penstock.runners.connection import AgentConnection
from penstock.runners.running import refused
from penstock.runs import recording
from penstock.runs.plan import Plan
from penstock.runs.recording import Recording
from penstock.runs.segment import Segment

_WHOLE = Segment(0, 1)
_PATIENCE_S = 5.0


class LocalTrials:
    """See `ports.trials.Trials`."""

    def __init__(self) -> None:
        self._idle: list[AgentConnection] = []
        self._all: list[AgentConnection] = []

    async def record(self, plan: Plan, cookies: tuple[str, ...] = (), stop: asyncio.Event | None = None) -> Recording:
        """See `ports.trials.Trials`."""
        agent = self._idle.pop() if self._idle else await self._start()
        stopper = None if stop is None else asyncio.create_task(_stop_when(stop, agent))
        try:
            await agent.send({**orders.encode(plan, _WHOLE), "type": "trial", "cookies": cookies})
            result = await _result(agent)
        except BaseException:
            self._all.remove(agent)
            await asyncio.shield(agent.end())
            raise
        finally:
            if stopper is not None:
                stopper.cancel()
        self._idle.append(agent)
        if isinstance(result, Exception):
            raise result
        return result

    async def close(self) -> None:
        """See `ports.trials.Trials`."""
        agents, self._all, self._idle = self._all, [], []
        await asyncio.gather(*(agent.end() for agent in agents))

    async def _start(self) -> AgentConnection:
        agent = AgentConnection(_WHOLE, take())
        await agent.connect()
        self._all.append(agent)
        return agent


async def _result(agent: AgentConnection) -> Recording | Exception:
    """Read frames up to the recording, or the refusal. Raises `EngineFailed` when the agent is gone or broken."""
    while (frame := await agent.receive()) is not None:
        message: dict[str, Any] = orjson.loads(frame)
        match message["type"]:
            case "recording":
                return recording.read(message["recording"])
            case "refused":
                return refused(message)
            case "end" if message["reason"] == "failed":
                raise EngineFailed(f"the loop failed: {message['message']}")
    raise EngineFailed("the agent ended in the middle of an iteration")


async def _stop_when(event: asyncio.Event, agent: AgentConnection) -> None:
    """Ask the agent to stop; one whose code does not come back to the loop is ended by force."""
    await event.wait()
    await agent.send({"type": "stop", "grace_s": 0.0})
    await asyncio.sleep(_PATIENCE_S)
    agent.process.kill()
