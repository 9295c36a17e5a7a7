"""Counters in the words of Visual Studio, for runs that want them."""

from __future__ import annotations

from dataclasses import replace

from penstock.metrics import numbers
from penstock.runs.counters import CounterLog, CounterReport
from penstock.runs.counters.facts import facts_of
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.verdict import Verdict


def counters_of(plan: Plan) -> CounterLog | None:
    """Return what follows the counters of a plan; None where it wants none."""
    if not isinstance(plan.work, ScenarioWork) or plan.work.scenario.counters is None:
        return None
    return CounterLog(plan.work.scenario.counters, facts_of(plan.work.scenario))


def with_violations(verdict: Verdict, counters: CounterReport, fails_on: str) -> Verdict:
    """Return the verdict, failed where violations of a level are to fail the run."""
    reasons = []
    if counters.criticals and fails_on in ("critical", "warning"):
        reasons.append(f"{numbers.things(counters.criticals, 'critical violation')} of threshold rules")
    if counters.warnings and fails_on == "warning":
        reasons.append(f"{numbers.things(counters.warnings, 'warning')} of threshold rules")
    return replace(verdict, passed=False, reasons=(*verdict.reasons, *reasons)) if reasons else verdict
