"""Running a plan: start it, take in what the agents measure, judge it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from penstock.ports.counters import CounterSource
from penstock.ports.runner import Runner, Running
from penstock.services.request import Request

if TYPE_CHECKING:
    from penstock.metrics.series import Timeline
    from penstock.metrics.snapshot import Snapshot
    from penstock.runs.measured import Measured
    from penstock.runs.report import Report
    from penstock.services.steering import Steering

Listener = Callable[["Timeline"], None]
Attend = Callable[["Steering"], AbstractAsyncContextManager[None]]
"""Entered when the run has begun, left when it is over: whoever steers it comes in here."""

Ended = Callable[["Measured"], None]
"""Told what the run gave, when it is over."""

_LOOK_EVERY_S = 1.0


async def execute(
    runner: Runner,
    request: Request,
    listener: Listener,
    stop: asyncio.Event,
    attend: Attend | None = None,
    sources: Sequence[CounterSource] = (),
    keep: Callable[[Snapshot], Awaitable[None]] | None = None,
    ended: Ended | None = None,
) -> Report:
    """Run the plan to its end, or until `stop` is set: then all is interrupted at once, and still reported.

    `listener` is called whenever a snapshot has come in, `keep` with each of them before anyone else sees it, `ended`
    with what all of them gave; from `sources` counters are read beside the run. Raises what `Runner.start` raises, and
    `InvalidInput` for counters that no source has.
    """
    reading = None
    if sources:
        from penstock.services.counter_reading import CounterReading

        reading = CounterReading(request.plan, sources)
    running = await runner.start(request.plan, request.workers, stop)
    started = datetime.datetime.now(datetime.UTC)  # a cluster may have let us wait

    # What measures and judges is loaded while the first requests are on their way.
    from penstock.metrics.series import Timeline
    from penstock.runs.watch import Watch
    from penstock.services.conclusion import described, judged
    from penstock.services.counting import counters_of
    from penstock.services.goals import Goals
    from penstock.services.steering import Steering

    timeline = Timeline()
    steering = Steering(running, request.plan, timeline)
    watch = Watch(request.plan.thresholds, request.plan.stop_rule)
    goals = Goals(steering)
    counters = counters_of(request.plan)
    stopping = False
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(no_longer_than_followed(running))
        await stack.enter_async_context(_meanwhile(_stop_when(stop, running)))
        await stack.enter_async_context(_meanwhile(_tell_stalls(running, steering)))
        if reading is not None:
            await stack.enter_async_context(_meanwhile(reading.read(steering.note)))
        if attend is not None:
            await stack.enter_async_context(attend(steering))
        async for told in running.snapshots():
            snapshot = told if reading is None else reading.beside(told)
            if keep is not None:
                await keep(snapshot)
            timeline.add(snapshot)
            if snapshot.phase == "main":  # warm-up and cool-down are judged as little as they are counted
                watch.add(snapshot, timeline.complete())
                await goals.add(snapshot, timeline.complete())
                if counters is not None:
                    counters.add(snapshot, timeline.complete())
            if watch.stop_reason is not None and not stopping:
                stopping = True
                steering.note(
                    "stop rule" if watch.rule_reason else "threshold", f"stopped the run: {watch.stop_reason}"
                )
                await running.stop(0.0)
            listener(timeline)
        outcome = await running.outcome()
    watch.finish()
    measured = judged(request.plan, timeline, watch, counters, outcome.warnings, outcome.spread)
    if ended is not None:
        ended(measured)
    return described(request, started, measured, outcome, tuple(steering.events))


@contextlib.asynccontextmanager
async def no_longer_than_followed(running: Running) -> AsyncIterator[None]:
    """Stop a run at once when whoever follows it in the block breaks off: nobody else would end its load."""
    try:
        yield
    except BaseException:
        await running.stop(0.0)
        raise


@contextlib.asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do something beside the block, and end it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _stop_when(event: asyncio.Event, running: Running) -> None:
    await event.wait()
    await running.stop(0.0)


async def _tell_stalls(running: Running, steering: Steering) -> None:
    """Name what holds an agent up while it does."""
    told: dict[str, str] = {}
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        stalls = dict(running.stalls())
        for agent, where in stalls.items():
            if told.get(agent) != where:
                steering.note(agent, f"has not been heard of for some seconds: {where} holds it up")
        told = stalls
