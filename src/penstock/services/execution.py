"""Running a plan: start it, take in what the agents measure, judge it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import platform
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from penstock import __version__
from penstock.metrics.series import Timeline
from penstock.metrics.summary import summarise
from penstock.model import Finding
from penstock.model.limits import LONGEST_S
from penstock.model.load_words import in_words
from penstock.ports.runner import Runner
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.report import Machine, Report, RunFacts, ScenarioFacts
from penstock.runs.secrets import without_secrets
from penstock.runs.verdict import judge
from penstock.runs.watch import Watch

Listener = Callable[[Timeline], None]


@dataclass(frozen=True, slots=True)
class Request:
    """A plan to run, and what the report should say of how it was asked for."""

    plan: Plan
    workers: int
    file: str
    arguments: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


async def execute(runner: Runner, request: Request, listener: Listener, stop: asyncio.Event) -> Report:
    """Run the plan to its end, or until `stop` is set: then all is interrupted at once, and still reported.

    `listener` is called whenever a snapshot has come in. Raises what `Runner.start` raises.
    """
    started = datetime.datetime.now(datetime.UTC)
    running = await runner.start(request.plan, request.workers)
    stopper = asyncio.create_task(_stop_when(stop, running.stop))
    timeline = Timeline()
    watch = Watch(request.plan.thresholds)
    try:
        async for snapshot in running.snapshots():
            timeline.add(snapshot)
            if snapshot.phase == "main":  # warm-up and cool-down are judged as little as they are counted
                watch.add(snapshot, timeline.complete())
            if watch.stop_reason is not None:
                await running.stop(0.0)
            listener(timeline)
        outcome = await running.outcome()
    finally:
        stopper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stopper
    watch.finish()
    summary = summarise(timeline)
    report = Report(
        run=RunFacts(
            name=request.plan.name,
            file=request.file,
            started=started,
            ended=datetime.datetime.now(datetime.UTC),
            arguments=request.arguments,
            version=__version__,
            workers=request.workers,
            machine=Machine(os.cpu_count() or 1, platform.release(), platform.python_version()),
            end=outcome.reason,
            message=outcome.message,
        ),
        scenario=_scenario_facts(request.plan),
        findings=request.findings,
        summary=summary,
        timeline=timeline,
        verdict=judge(summary, request.plan.thresholds, request.plan.max_failures, watch),
    )
    return without_secrets(report)


async def _stop_when(event: asyncio.Event, stop: Callable[[float], Awaitable[None]]) -> None:
    await event.wait()
    await stop(0.0)


def _scenario_facts(plan: Plan) -> ScenarioFacts:
    names = [journey.name for journey in plan.work.scenario.journeys] if isinstance(plan.work, ScenarioWork) else []
    return ScenarioFacts(
        users=plan.peak,
        load="; ".join(in_words(population.load) for population in plan.populations),
        duration_s=None if plan.duration_s >= LONGEST_S else plan.duration_s,
        iterations_per_user=_common(population.load.iterations_per_user for population in plan.populations),
        iterations_total=_total(population.load.iterations_total for population in plan.populations),
        warm_up_s=plan.warm_up_s,
        cool_down_s=plan.cool_down_s,
        journeys=tuple(names) or (plan.name,),
        base_url=plan.http.retarget or plan.http.base_url,
    )


def _common(limits: Iterable[int | None]) -> int | None:
    """Return the limit if it is the same everywhere."""
    different = set(limits)
    return different.pop() if len(different) == 1 else None


def _total(limits: Iterable[int | None]) -> int | None:
    """Return the sum, if there is a limit everywhere."""
    known = list(limits)
    given = [limit for limit in known if limit is not None]
    return sum(given) if len(given) == len(known) else None
