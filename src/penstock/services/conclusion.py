"""From what was measured to the report."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable
from dataclasses import replace

from penstock import __version__
from penstock.metrics.series import Timeline
from penstock.metrics.summary import summarise, summary_of
from penstock.model.limits import LONGEST_S
from penstock.model.load_words import in_words
from penstock.ports.runner import Outcome
from penstock.runs.counters import CounterLog
from penstock.runs.events import Event
from penstock.runs.measured import Measured
from penstock.runs.nodes import Spread, with_names
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.report import Machine, Report, RunFacts, ScenarioFacts
from penstock.runs.secrets import without_secrets
from penstock.runs.verdict import judge
from penstock.runs.watch import Watch
from penstock.services.counting import with_violations
from penstock.services.request import Request


def judged(
    plan: Plan,
    timeline: Timeline,
    watch: Watch,
    log: CounterLog | None = None,
    warnings: tuple[str, ...] = (),
    spread: Spread | None = None,
) -> Measured:
    """Judge a run that is over; to be called once.

    `warnings` are what its agents had to say, `spread` is where they ran.
    """
    verdict = judge(summarise(timeline), plan.thresholds, plan.max_failures, watch, plan.once)
    counters = None if log is None else log.report(timeline.total)
    if counters is not None and isinstance(plan.work, ScenarioWork):
        settings = plan.work.scenario.counters
        verdict = with_violations(verdict, counters, settings.fails_on if settings else "never")
    return Measured(timeline.total, timeline.points(), verdict, counters, warnings, spread)


def described(
    request: Request,
    started: datetime.datetime,
    measured: Measured,
    outcome: Outcome,
    events: tuple[Event, ...] = (),
) -> Report:
    """Describe a run that was judged, without its secrets."""
    summary = summary_of(measured.total)
    if measured.spread is not None:
        summary = replace(summary, distrust=with_names(summary.distrust, summary.health, measured.spread))
    if measured.warnings:
        summary = replace(summary, distrust=(*summary.distrust, *measured.warnings))
    report = Report(
        run=RunFacts(
            name=request.plan.name,
            file=request.file,
            started=started,
            ended=datetime.datetime.now(datetime.UTC),
            arguments=request.arguments,
            version=__version__,
            workers=request.workers,
            workers_why=request.workers_why,
            machine=Machine(os.cpu_count() or 1, platform.release(), platform.python_version()),
            end=outcome.reason,
            message=outcome.message,
            spread=measured.spread,
        ),
        scenario=_scenario_facts(request.plan),
        findings=request.findings,
        summary=summary,
        points=measured.points,
        verdict=measured.verdict,
        counters=measured.counters,
        events=events,
        applications=request.plan.applications,
    )
    return without_secrets(report, is_sensitive=request.plan.is_sensitive)


def _scenario_facts(plan: Plan) -> ScenarioFacts:
    names = [journey.name for journey in plan.work.scenario.journeys] if isinstance(plan.work, ScenarioWork) else []
    return ScenarioFacts(
        users=plan.peak,
        load="; ".join(
            (f"{population.name}: " if len(plan.populations) > 1 else "") + in_words(population.load)
            for population in plan.populations
        ),
        duration_s=None if plan.duration_s >= LONGEST_S else plan.duration_s,
        iterations_per_user=_common(population.load.iterations_per_user for population in plan.populations),
        iterations_total=_total(population.load.iterations_total for population in plan.populations),
        warm_up_s=plan.warm_up_s,
        cool_down_s=plan.cool_down_s,
        journeys=tuple(names) or (plan.name,),
        base_url=plan.http.retarget or plan.http.base_url,
        target_overrides=plan.http.target_overrides,
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
