"""Executing a plan, wherever that is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from penstock.runs.nodes import Spread
from penstock.runs.plan import Plan

if TYPE_CHECKING:
    from penstock.metrics.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the execution ended: all done, asked to stop, or broken (`message` says how).

    `warnings` are sentences that speak against the numbers and that no snapshot can say; `spread` tells of the
    machines, where the agents ran on others than this one.

    This is about the generator; what the numbers say of the system under test is the verdict's matter.
    """

    reason: Literal["finished", "stopped", "failed"]
    message: str = ""
    warnings: tuple[str, ...] = ()
    spread: Spread | None = None


class Running(Protocol):
    """A run under way."""

    def snapshots(self) -> AsyncIterator[Snapshot]:
        """Give each agent's snapshot of each second as it arrives, until all agents have ended."""

    async def stop(self, grace_s: float) -> None:
        """Ask all agents to stop; what still runs after `grace_s` seconds is interrupted. Callable more than once."""

    async def set_level(self, population: int, level: float) -> None:
        """Hold another level (users, or a rate) of a population, by its place in the plan, from now to its end."""

    async def pause(self) -> None:
        """Let no iteration begin, and no request of a rate of requests, until `resume`; what runs goes on."""

    async def resume(self) -> None:
        """End a pause. The time of the load went on meanwhile; what was due in the pause is not made up for."""

    def stalls(self) -> Mapping[str, str]:
        """Return the agents that should have spoken and have not, with the place where their code stands."""

    async def outcome(self) -> Outcome:
        """Wait for the end and say how it came. Nothing of the run is left running afterwards."""


class Runner(Protocol):
    """Starts plans."""

    async def start(self, plan: Plan, workers: int, stop: asyncio.Event | None = None) -> Running:
        """Prepare `workers` agents and start them together. Once `stop` is set, no place is waited for any more.

        Raises what the preparation found (`InvalidInput`, `NotRunnable`), or `EngineFailed` when an agent could
        not be started, `NotBegun` for a run that was stopped while it waited for a place.
        """
