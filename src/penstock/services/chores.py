"""What a server does from time to time besides runs; one that fails is tried again at its next turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

_log = structlog.stdlib.get_logger("penstock.chores")


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every so many seconds, in a thread."""

    name: str
    every_s: float
    do: Callable[[], None]


class Chores:
    """Does chores while the block runs."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Chores:
        self._tasks = [asyncio.create_task(_repeat(chore)) for chore in self._chores]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _repeat(chore: Chore) -> None:
    while True:
        try:
            await asyncio.to_thread(chore.do)
        except Exception as error:  # noqa: BLE001 — a chore that fails once must be done again
            _log.warning("chore failed", chore=chore.name, error=str(error))
        await asyncio.sleep(chore.every_s)
