"""Finding out whether agents could run a plan, without any: for those who do not run it now.

Whoever runs it hears the same from the agents, which compile it anyway.
"""

from __future__ import annotations

from pathlib import Path

from penstock.program.journeys import compile as compile_scenario
from penstock.program.plugins import NO_CLASSES, load_classes
from penstock.runs.plan import Plan, ScenarioWork


def verify(plan: Plan) -> None:
    """Compile an imported test as an agent does.

    Raises `NotRunnable` for what this version cannot execute and `InvalidInput` for what makes no sense.
    """
    if isinstance(plan.work, ScenarioWork):
        plugins = NO_CLASSES if plan.work.plugins is None else load_classes(Path(plan.work.plugins))
        compile_scenario(plan.work.scenario, plugins=plugins)
