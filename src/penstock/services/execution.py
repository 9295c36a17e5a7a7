"""Running a plan: start it, take in what the agents measure, judge it."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass

from penstock.metrics.series import Timeline
from penstock.metrics.summary import summarise
from penstock.model import Finding
from penstock.ports.runner import Outcome, Runner
from penstock.runs.plan import Plan
from penstock.runs.report import Report, RunFacts
from penstock.runs.verdict import judge

Listener = Callable[[Timeline], None]


@dataclass(frozen=True, slots=True)
class Executed:
    """A run that is over: what the generator says of itself, and the report."""

    outcome: Outcome
    report: Report


async def execute(
    runner: Runner,
    plan: Plan,
    *,
    workers: int,
    findings: tuple[Finding, ...],
    source: str,
    arguments: tuple[str, ...],
    listener: Listener,
    stop: asyncio.Event,
) -> Executed:
    """Run the plan to its end, or until `stop` is set; then everything is interrupted at once and still reported.

    `listener` is called whenever a snapshot has come in. Raises what `Runner.start` raises.
    """
    started = datetime.datetime.now(datetime.UTC)
    running = await runner.start(plan, workers)
    stopper = asyncio.create_task(_stop_when(stop, running.stop))
    timeline = Timeline()
    try:
        async for snapshot in running.snapshots():
            timeline.add(snapshot)
            listener(timeline)
        outcome = await running.outcome()
    finally:
        stopper.cancel()
    ended = datetime.datetime.now(datetime.UTC)
    summary = summarise(timeline)
    report = Report(
        run=RunFacts(),
        findings=findings,
        summary=summary,
        timeline=timeline,
        verdict=judge(summary, plan.thresholds, plan.max_failures),
    )
    _ = (started, ended, source, arguments)
    return Executed(outcome, report)


async def _stop_when(event: asyncio.Event, stop: Callable[[float], object]) -> None:
    await event.wait()
    await stop(0.0)  # type: ignore[misc]
