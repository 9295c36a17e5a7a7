"""A scenario in its own form is what it says; the caller's parameters win over the defaults of its journeys."""

from __future__ import annotations

from dataclasses import replace

from penstock.errors import InvalidInput
from penstock.importers.base import NO_OVERRIDES, Files, Findings, Imported, Overrides
from penstock.importers.fidelity import nodes_of
from penstock.model import Assign, Assignment, Journey, Origin, Scenario, Text, codec


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Read a scenario.

    Raises `InvalidInput`, naming file and place, for one that is damaged or made by a newer Penstock.
    """
    content = files.read(entry).removeprefix(b"\xef\xbb\xbf")
    try:
        scenario = codec.decode(content)
    except InvalidInput as error:
        raise InvalidInput(f"{entry}: {error}") from None
    findings = Findings()
    if overrides.pools:
        advice = "change the rows in the file, or convert the original again with the other data"
        findings.error("not-available", "a scenario holds its data itself; --pool is not taken", Origin(entry), advice)
    scenario = _with_parameters(scenario, overrides.parameters, Origin(entry))
    if overrides.timeout_s is not None:
        scenario = replace(scenario, defaults=replace(scenario.defaults, timeout_s=overrides.timeout_s))
    return Imported(scenario, findings.all(), findings.fidelity(nodes_of(scenario)))


def _with_parameters(scenario: Scenario, parameters: tuple[tuple[str, str], ...], origin: Origin) -> Scenario:
    if not parameters:
        return scenario
    given = Assign(tuple(Assignment(name, (Text.constant(value),)) for name, value in parameters), origin)
    return replace(scenario, journeys=tuple(_beginning_with(journey, given) for journey in scenario.journeys))


def _beginning_with(journey: Journey, given: Assign) -> Journey:
    """Put assignments behind those that the journey begins with, so that they win."""
    first = next((place for place, step in enumerate(journey.steps) if not isinstance(step, Assign)), 0)
    if all(isinstance(step, Assign) for step in journey.steps):
        first = len(journey.steps)
    return replace(journey, steps=(*journey.steps[:first], given, *journey.steps[first:]))
