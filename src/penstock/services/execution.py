"""Running a plan: start it, take in what the agents measure, judge it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from penstock.ports.runner import Runner
from penstock.services.request import Request

if TYPE_CHECKING:
    from penstock.metrics.series import Timeline
    from penstock.runs.report import Report

Listener = Callable[["Timeline"], None]


async def execute(runner: Runner, request: Request, listener: Listener, stop: asyncio.Event) -> Report:
    """Run the plan to its end, or until `stop` is set: then all is interrupted at once, and still reported.

    `listener` is called whenever a snapshot has come in. Raises what `Runner.start` raises.
    """
    started = datetime.datetime.now(datetime.UTC)
    running = await runner.start(request.plan, request.workers)

    # What measures and judges is loaded while the first requests are on their way.
    from penstock.metrics.series import Timeline
    from penstock.runs.watch import Watch
    from penstock.services.conclusion import conclude
    from penstock.services.counting import counters_of

    stopper = asyncio.create_task(_stop_when(stop, running.stop))
    timeline = Timeline()
    watch = Watch(request.plan.thresholds)
    counters = counters_of(request.plan)
    try:
        async for snapshot in running.snapshots():
            timeline.add(snapshot)
            if snapshot.phase == "main":  # warm-up and cool-down are judged as little as they are counted
                watch.add(snapshot, timeline.complete())
                if counters is not None:
                    counters.add(snapshot, timeline.complete())
            if watch.stop_reason is not None:
                await running.stop(0.0)
            listener(timeline)
        outcome = await running.outcome()
    finally:
        stopper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stopper
    watch.finish()
    return conclude(request, started, timeline, watch, outcome, counters)


async def _stop_when(event: asyncio.Event, stop: Callable[[float], Awaitable[None]]) -> None:
    await event.wait()
    await stop(0.0)
