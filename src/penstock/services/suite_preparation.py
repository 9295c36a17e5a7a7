"""From what was imported and what the caller wants to a suite that can run, or a flow as a load."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from penstock.errors import InvalidInput
from penstock.importers.base import Imported
from penstock.model import Flow, Journey, Population, Scenario, Suite
from penstock.services import http_settings
from penstock.services.changes import Changes
from penstock.services.preparation import constants
from penstock.services.selection import ALL, Selection, select
from penstock.services.suites import SuiteRequest

MAX_FAILURES = 0.5
"""Share of failed iterations above which a flow fails as a load test; that of the source."""


def prepare_suite(
    imported: Imported,
    path: Path,
    changes: Changes,
    *,
    selection: Selection = ALL,
    retries: int | None = None,
    parallel: int = 1,
    no_think: bool = False,
    description: str = "",
    arguments: tuple[str, ...] = (),
) -> SuiteRequest:
    """Return what runs a suite.

    Raises `InvalidInput` when the file is none, and for a selection that leaves nothing.
    """
    suite = imported.suite
    if suite is None:
        raise InvalidInput(f"{path}: has no flows that could be done once; leave out what is only for suites")
    select(suite, selection)
    return SuiteRequest(
        suite=suite,
        http=http_settings.of_import(suite.defaults, path, changes),
        file=str(path),
        constants=tuple(constants().items()),
        selection=selection,
        retries=retries,
        parallel=parallel,
        no_think=no_think,
        description=description,
        findings=imported.findings,
        arguments=arguments,
    )


def as_load(imported: Imported, flows: tuple[str, ...]) -> Imported:
    """Return what was imported with one flow of its suite as the scenario.

    Raises `InvalidInput` when it is not said which flow.
    """
    suite = imported.suite
    if suite is None or (imported.scenario is not None and not flows):
        return imported
    chosen = select(suite, Selection(flows)) if flows else suite.flows
    if len(chosen) != 1:
        names = ", ".join(repr(flow.name) for flow in suite.flows[:10])
        raise InvalidInput(f"{suite.origin}: say which flow is meant, with --flow NAME: {names}")
    if chosen[0].blocked:
        raise InvalidInput(f"flow {chosen[0].name!r} holds what cannot be run here: {chosen[0].blocked}")
    others = {f"{flow.origin}" for flow in suite.flows if flow.blocked}
    kept = tuple(finding for finding in imported.findings if finding.severity != "error" or not others)
    return replace(imported, scenario=scenario_of(suite, chosen[0]), findings=kept)


def scenario_of(suite: Suite, flow: Flow) -> Scenario:
    """Return a flow as a scenario: each iteration does its steps and those after each; rows are drawn at random.

    What the suite does before and after all flows is left out: a load has no such moment in the source either.
    """
    sets = (*suite.parameters, *flow.parameters, *suite.overrides)
    after = () if flow.after is None else flow.after.steps
    steps = (*(each.as_step() for each in sets), *flow.journey.steps, *after)
    return Scenario(
        name=flow.name,
        dialect=suite.dialect,
        journeys=(Journey(flow.name, steps, flow.origin, makes_up_thinks=True),),
        populations=(Population(flow.name, flow.load),),
        origin=flow.origin,
        data=tuple(table for table in suite.data if table.name in flow.data),
        defaults=suite.defaults,
        max_failures=MAX_FAILURES,
        is_sensitive=suite.is_sensitive,
    )
