"""One iteration of any test, recorded whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from penstock.errors import InvalidInput
from penstock.model import Finding, Journey, Population, Share
from penstock.ports.trials import Trials
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.recording import Recording
from penstock.runs.redaction import redact, without_secrets
from penstock.services.changes import Changes
from penstock.services.prepared import Prepared
from penstock.services.trial_plans import once


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be done once: a plan of one user and one iteration, and of which journey."""

    plan: Plan
    journey: Journey | None
    findings: tuple[Finding, ...]
    is_sensitive: bool = False


def prepare_trial(prepared: Prepared, path: Path, changes: Changes, *, journey: str | None) -> Trial:
    """Return the trial of a test: of its first journey, unless one is named.

    Raises `InvalidInput` for a test that cannot run, and for a journey that it does not have.
    """
    plan = prepared.plan
    if plan is None:
        raise InvalidInput(f"{path}: cannot be run as it is; penstock check {path} says why")
    load = once(no_think=changes.load.thinks == "off")
    chosen: Journey | None = None
    shares: tuple[Share, ...] = ()
    if isinstance(plan.work, ScenarioWork):
        journeys = plan.work.scenario.journeys
        found = [one for one in journeys if journey in (None, one.name)]
        if not found:
            names = ", ".join(repr(one.name) for one in journeys[:10])
            raise InvalidInput(f"{path}: there is no journey {journey!r}; known are {names}")
        chosen = found[0]
        shares = (Share(chosen.name),)
    elif journey is not None:
        raise InvalidInput(f"{path}: a flow.py has one journey; leave out --journey")
    population = Population(plan.name, load, shares)
    work = plan.work
    if isinstance(work, ScenarioWork):
        work = replace(work, scenario=replace(work.scenario, populations=(population,)))
    plan = replace(plan, work=work, populations=(population,), thresholds=(), warm_up_s=0.0, cool_down_s=None)
    suite = prepared.imported.suite if prepared.imported is not None else None
    return Trial(plan, chosen, prepared.findings, is_sensitive=suite is not None and suite.is_sensitive)


async def run_trial(trials: Trials, trial: Trial, stop: asyncio.Event) -> Recording:
    """Do it and return what happened, without bodies and values if it is sensitive. Raises as `Trials.record`."""
    recording = await trials.record(trial.plan, (), stop)
    return redact(recording) if trial.is_sensitive else without_secrets(recording)
