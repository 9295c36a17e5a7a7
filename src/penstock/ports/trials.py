"""Doing one iteration and recording it, wherever that is."""

from __future__ import annotations

import asyncio
from typing import Protocol

from penstock.runs.plan import Plan
from penstock.runs.recording import Recording


class Trials(Protocol):
    """Records iterations; several may be asked for at a time."""

    async def record(self, plan: Plan, cookies: tuple[str, ...] = (), stop: asyncio.Event | None = None) -> Recording:
        """Do one iteration of the plan's work (its load is for one user and one iteration) and return what happened.

        It begins with the `cookies` (those of an earlier recording). When `stop` is set the iteration is interrupted,
        and its recording says so. Raises what the preparation found (`InvalidInput`, `NotRunnable`), and
        `EngineFailed` when the engine broke.
        """

    async def close(self) -> None:
        """End whatever was started."""
