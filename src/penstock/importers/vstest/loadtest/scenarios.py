"""Scenarios as populations: users with a load, a mix, browsers and lines of their own."""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.vstest.loadtest import profiles
from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.vstest.loadtest.browsers import compile_browsers
from penstock.importers.vstest.loadtest.goals import sought
from penstock.importers.vstest.loadtest.journeys import Tests
from penstock.importers.vstest.loadtest.mixes import Mix, compile_mix
from penstock.importers.vstest.loadtest.networks import compile_networks
from penstock.importers.vstest.loadtest.runsettings import RunSettings
from penstock.importers.xmlfile import Element
from penstock.model import Goal, Load, Phase, Population
from penstock.model.load import Thinks

_THINKS: dict[str, Thinks] = {"Off": "off", "On": "on", "NormalDistribution": "normal"}
_PROFILES = ("Constant", "Step", "GoalBased")
_PACE_SPREAD = 0.2
_PATIENCE_S = 30.0
_READ = frozenset(
    {
        *("Name", "DelayBetweenIterations", "PercentNewUsers", "IPSwitching", "TestMixType", "MaxTestIterations"),
        *("ApplyDistributionToPacingDelay", "DisableDuringWarmup", "DelayStartTime", "AllowedAgents"),
    }
)
_CHILDREN = frozenset(
    {"ThinkProfile", "LoadProfile", "InitializeTest", "TestMix", "TerminateTest", "BrowserMix", "NetworkMix"}
)


def compile_scenario(
    scenario: Element, settings: RunSettings, iterations: int | None, tests: Tests, attributes: Attributes
) -> Population | None:
    """Return the users of a scenario; None where nothing of it can run, which is a finding then.

    `iterations` is its part of those that the run ends with.
    """
    _report_others(scenario, attributes)
    mix = compile_mix(scenario, tests, attributes)
    on_start = _once(scenario, "InitializeTest", "initialize", tests)
    on_stop = _once(scenario, "TerminateTest", "terminate", tests)
    load = _load(scenario, settings, iterations, attributes)
    browsers = compile_browsers(scenario.first("BrowserMix"), attributes)
    networks = compile_networks(scenario.first("NetworkMix"), attributes)
    if mix is None or load is None:
        return None
    spreads = attributes.truth(scenario, "ApplyDistributionToPacingDelay", default=True)
    return Population(
        name=scenario.get("Name") or "Scenario",
        load=_paced(load, mix, scenario, attributes),
        shares=mix.shares,
        mix=mix.rule,
        pace_spread=_PACE_SPREAD if spreads else 0.0,
        browsers=browsers,
        networks=networks,
        on_start=on_start,
        on_stop=on_stop,
        stops_at_end=False,  # in Visual Studio the end of the run ends users without their terminate test
    )


def _once(scenario: Element, name: str, role: str, tests: Tests) -> str | None:
    holder = scenario.first(name)
    profile = holder.first("TestProfile") if holder else None
    return None if profile is None else tests.journey(profile, scenario.get("Name"), role)


def _load(scenario: Element, settings: RunSettings, iterations: int | None, attributes: Attributes) -> Load | None:
    phases, goal = _profile(scenario, settings, attributes)
    span = profiles.Span(
        warm_up_s=settings.warm_up_s,
        run_s=settings.run_s,
        delay_s=attributes.number(scenario, "DelayStartTime", 0.0),
        rests_in_warm_up=attributes.truth(scenario, "DisableDuringWarmup", default=False),
    )
    placed = profiles.placed(phases, span)
    if not any(phase.start or phase.end for phase in placed):
        message = "the scenario never has a user: "
        if span.delay_s >= span.run_s:
            message += f"it starts after {span.delay_s:g} s, when the run is over"
            attributes.findings.warn("never-started", message, scenario.origin, effect="dropped")
        else:
            attributes.findings.error("invalid-value", message + "its load is 0", scenario.origin)
        return None
    thinks, deviation = _thinks(scenario, attributes)
    return Load(
        phases=placed,
        goal=goal,
        pause_s=attributes.number(scenario, "DelayBetweenIterations", 0.0),
        grace_s=settings.cool_down_s if settings.iterations is None else _PATIENCE_S,
        iterations_total=_least(iterations, attributes.whole(scenario, "MaxTestIterations", 0) or None),
        thinks=thinks,
        think_deviation=deviation,
        new_users=attributes.number(scenario, "PercentNewUsers", 0.0, most=100) / 100,
    )


def _profile(scenario: Element, settings: RunSettings, attributes: Attributes) -> tuple[tuple[Phase, ...], Goal | None]:
    element = scenario.first("LoadProfile")
    if element is None:
        message = "the scenario says no load: 25 users are taken, as a new one of Visual Studio has"
        attributes.findings.warn("no-load", message, scenario.origin)
        return (Phase(25.0, 25.0, 1.0),), None
    pattern = attributes.word(element, "Pattern", {name: name for name in _PROFILES}, "Constant")
    if pattern == "Step":
        return profiles.stepped(element, attributes), None
    if pattern == "GoalBased":
        return sought(element, attributes, settings.sample_s)
    return profiles.constant(element, attributes), None


def _thinks(scenario: Element, attributes: Attributes) -> tuple[Thinks, float]:
    element = scenario.first("ThinkProfile")
    if element is None:
        return "on", 0.2
    deviation = attributes.number(element, "Value", 0.2, most=10) if element.get("Pattern") != "Off" else 0.2
    return attributes.word(element, "Pattern", _THINKS, "On"), deviation


def _paced(load: Load, mix: Mix, scenario: Element, attributes: Attributes) -> Load:
    """Take out what a pace does not use."""
    if mix.rule != "pace":
        return load
    if load.pause_s:
        message = "DelayBetweenIterations is not used with user pacing, in Visual Studio as here"
        attributes.findings.note("pacing", message, scenario.origin, effect="needs attention")
    return replace(load, pause_s=0.0)


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _report_others(scenario: Element, attributes: Attributes) -> None:
    findings = attributes.findings
    if attributes.truth(scenario, "IPSwitching", default=False):
        message = "IP switching is off: users of an agent share its addresses; give --source-address to use several"
        findings.note("ip-switching", message, scenario.origin)
    agents = [name.strip() for name in scenario.get("AllowedAgents").split(",") if name.strip()]
    if agents:
        message = f"the scenario was for the agents {', '.join(agents)}; here all agents run it"
        findings.note("allowed-agents", message, scenario.origin)
    for name in scenario.attributes.keys() - _READ:
        findings.note("unknown-attribute", f"the attribute {name} is not known and has no effect", scenario.origin)
    for child in scenario.children:
        if child.name not in _CHILDREN:
            message = f"the element {child.name} is not known and has no effect"
            findings.warn("unknown-element", message, child.origin, effect="dropped")
