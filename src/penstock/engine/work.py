"""From the work of an order to the journeys that the loop steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from penstock.engine.forks import agent_alone
from penstock.runs.plan import FlowWork, Plan, ScenarioWork
from penstock.runs.segment import Segment

if TYPE_CHECKING:
    from penstock.program.compiled import CompiledJourney
    from penstock.program.pyfile import LoadedFlow
    from penstock.program.tracing import Trace


def compile_work(plan: Plan, segment: Segment, trace: Trace | None = None) -> list[CompiledJourney]:
    """Compile the work to (name, coroutine function) of each journey. With a `trace`, thinks stay in to be told.

    What compiles imported tests is large, and a `flow.py` has no use for it.
    """
    if isinstance(plan.work, ScenarioWork):
        part = segment if plan.copies == 1 else Segment(0, 1)
        from penstock.program.journeys import compile as compile_scenario
        from penstock.program.plugins import NO_CLASSES, load_classes

        journeys = compile_scenario(
            plan.work.scenario,
            no_think=trace is None and all(population.load.thinks == "off" for population in plan.populations),
            constants=dict(plan.constants),
            index=part.index,
            of=part.of,
            copies=plan.copies,
            plugins=NO_CLASSES if plan.work.plugins is None else load_classes(Path(plan.work.plugins)),
            trace=trace,
        )
        return list(journeys)
    return list(load_flow(plan.work, segment).journeys)


def load_flow(work: FlowWork, segment: Segment) -> LoadedFlow:
    """Load a `flow.py` for one agent."""
    from penstock.program import pyfile
    from penstock.program.userclasses import Tags
    from penstock.script import binding

    binding.segment = (segment.index, segment.of)
    with agent_alone(work.path):
        return pyfile.load(work.path, Tags(frozenset(work.tags), frozenset(work.unwanted_tags)))
