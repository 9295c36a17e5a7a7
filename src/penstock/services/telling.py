"""The events of a run, kept while it goes on, so that whoever asks of it hears of them before its end."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

from penstock.errors import Conflict
from penstock.services.states import Course
from penstock.services.steering import Steering

_EVERY_S = 1.0


@contextlib.asynccontextmanager
async def kept_events(course: Course, steering: Steering) -> AsyncIterator[None]:
    """Keep events as long as the block lasts, once a second at most."""
    changed, over = asyncio.Event(), asyncio.Event()
    steering.listeners.append(lambda _event: changed.set())

    async def keep() -> None:
        while await _either(changed, over):
            changed.clear()
            with contextlib.suppress(Conflict):  # someone has ended the run, which its own way finds out
                await course.keep({"events": [dataclasses.asdict(event) for event in steering.events]})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _EVERY_S)

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        over.set()
        await task  # never cut: what it writes moves the run's version


async def _either(changed: asyncio.Event, over: asyncio.Event) -> bool:
    """Wait for either; return whether it was the change alone."""
    waits = [asyncio.create_task(changed.wait()), asyncio.create_task(over.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not over.is_set()
