"""Finding out whether agents could run a plan, without any: for those who do not run it now.

Whoever runs it hears the same from the agents, which compile it anyway.
"""

from __future__ import annotations

from pathlib import Path

from penstock.model import Journey, Suite
from penstock.program.journeys import compile as compile_scenario
from penstock.program.plugins import NO_CLASSES, load_classes
from penstock.runs.plan import HttpSettings, Plan, ScenarioWork
from penstock.services.trial_plans import Start, trial_plan


def verify(plan: Plan) -> None:
    """Compile an imported test as an agent does.

    Raises `NotRunnable` for what this version cannot execute and `InvalidInput` for what makes no sense.
    """
    if isinstance(plan.work, ScenarioWork):
        plugins = NO_CLASSES if plan.work.plugins is None else load_classes(Path(plan.work.plugins))
        compile_scenario(plan.work.scenario, plugins=plugins)


def verify_suite(suite: Suite) -> None:
    """Compile every flow of a suite as an agent does, with the hooks around them. Raises as `verify`."""
    for flow in suite.flows:
        if flow.blocked:
            continue
        sets = (*suite.parameters, *flow.parameters, *suite.overrides)
        _compile(suite, flow.journey, Start(sets))
        if flow.after is not None:
            _compile(suite, flow.after, Start())
    for hook in (suite.before_all, suite.after_all):
        if hook is not None:
            _compile(suite, hook, Start())


def _compile(suite: Suite, journey: Journey, start: Start) -> None:
    work = trial_plan(suite, journey, start, HttpSettings(), (), no_think=False).work
    if isinstance(work, ScenarioWork):
        compile_scenario(work.scenario)
