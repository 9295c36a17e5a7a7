"""What a server does from time to time besides runs; one that fails is tried again at its next turn."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from penstock.services.meters import Meters

_log = structlog.stdlib.get_logger("penstock.chores")


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every so many seconds, in a thread."""

    name: str
    every_s: float
    do: Callable[[], None]


class Chores:
    """Does chores while the block runs."""

    def __init__(self, chores: Sequence[Chore], meters: Meters) -> None:
        self._chores = chores
        self._meters = meters
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Chores:
        self._tasks = [asyncio.create_task(_repeat(chore, self._meters)) for chore in self._chores]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _repeat(chore: Chore, meters: Meters) -> None:
    failures, done = meters.chore_failures.labels(chore.name), meters.chores_done.labels(chore.name)
    while True:
        try:
            await asyncio.to_thread(chore.do)
            done.set(time.time())
        except Exception as error:  # noqa: BLE001 — a chore that fails once must be done again
            failures.inc()
            _log.warning("chore failed", chore=chore.name, error=str(error))
        await asyncio.sleep(chore.every_s)
