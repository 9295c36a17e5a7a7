"""Agents as child processes on this machine: a crash of an engine costs only its run."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from penstock.ports.runner import Outcome
from penstock.runners.agents import take
from penstock.runners.connection import AgentConnection
from penstock.runners.running import LEAD_NS, AgentsRunning, Prepared, prepare
from penstock.runners.strain import Strain
from penstock.runs.plan import Plan
from penstock.runs.segment import segments

if TYPE_CHECKING:
    from penstock.metrics.snapshot import Snapshot

_WAY = 10
"""A tenth of the share of a core that an agent gets, while both want it."""


class LocalRunning(AgentsRunning["Snapshot"]):
    """A run on this machine's agents."""

    def __init__(self, agents: list[AgentConnection], plan: Plan, prepared: Prepared) -> None:
        super().__init__(agents, plan, prepared, _snapshot)
        self._strain = Strain()

    async def outcome(self) -> Outcome:
        """See `ports.runner.Running`."""
        outcome = await super().outcome()
        return replace(outcome, warnings=(*outcome.warnings, *self._strain.sentences()))


def _snapshot(_frame: bytes, message: dict[str, Any]) -> Snapshot:
    from penstock.metrics.snapshot import Snapshot  # not needed before the load has begun

    return Snapshot.read(message)


class LocalRunner:
    """Runs plans in child processes, one a worker.

    With `gives_way` this process takes a lower priority once they have started, for as long as it lives: what it does
    with snapshots must not make the load late where all share one core. For processes that do nothing but one run.
    """

    def __init__(self, *, gives_way: bool = False) -> None:
        self._gives_way = gives_way

    async def start(self, plan: Plan, workers: int, _stop: asyncio.Event | None = None) -> LocalRunning:
        """See `ports.runner.Runner`. There is always a place here."""
        agents: list[AgentConnection] = []
        try:
            agents.extend(AgentConnection(segment, take()) for segment in segments(workers))
            for agent in agents:
                await agent.connect()
            prepared = await prepare(agents, [plan] * workers)
        except BaseException:
            await asyncio.gather(*(agent.end() for agent in agents))
            raise
        message = prepared.start(time.monotonic_ns() + LEAD_NS)
        for agent in agents:
            await agent.send(message)
        if self._gives_way:
            os.nice(_WAY)
        return LocalRunning(agents, plan, prepared)
