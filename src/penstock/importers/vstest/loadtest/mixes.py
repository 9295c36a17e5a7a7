"""Test mixes: which test comes next, and how often.

Percentages are prorated (80 and 40 mean two thirds and one third); of a user pacing they are tests a user and hour.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.vstest.loadtest.journeys import Tests
from penstock.importers.xmlfile import Element
from penstock.model import MixRule, Share

_RULES: dict[str, MixRule] = {
    "PercentageOfTestsStarted": "tests",
    "PercentageOfUsersRunning": "users",
    "UserPacing": "pace",
    "Sequential": "sequential",
}
_FASTEST_PACE = 3_600_000.0
"""Tests a user and hour: a thousand a second."""


@dataclass(frozen=True, slots=True)
class Mix:
    """The rule and the tests that can run."""

    rule: MixRule
    shares: tuple[Share, ...]


def compile_mix(scenario: Element, tests: Tests, attributes: Attributes) -> Mix | None:
    """Return the mix of a scenario; None where nothing of it can run, which is a finding then."""
    findings = attributes.findings
    name = scenario.get("Name")
    rule = attributes.word(scenario, "TestMixType", _RULES, "PercentageOfTestsStarted")
    element = scenario.first("TestMix")
    profiles = element.all("TestProfile") if element else []
    if not profiles:
        message = "the test mix is empty: there is nothing to run"
        findings.error("empty-mix", message, (element or scenario).origin, "add a web test")
        return None
    if rule == "users" and len(profiles) > 1:
        message = "each user keeps its test, so the shares of users hold; it does not change tests between iterations"
        findings.note("mix-of-users", message, scenario.origin, effect="approximated")
    shares: list[Share] = []
    known: dict[tuple[str, str, str], str | None] = {}
    idle = 0
    for profile in profiles:
        weight = attributes.number(profile, "Percentage", 0.0, most=_FASTEST_PACE) if rule != "sequential" else 1.0
        key = (profile.get("Name"), profile.get("Path").lower(), profile.get("Id").lower())
        if key not in known:
            known[key] = tests.journey(profile, name)
        journey = known[key]
        if weight == 0:
            idle += 1
            message = "Percentage is 0: the test is never started"
            findings.note("never-started", message, profile.origin, effect="needs attention")
        elif journey is not None:
            shares.append(Share(journey, weight))
    if not shares:
        if idle == len(profiles):
            message = "all percentages of the mix are 0: no test is ever started"
            findings.error("empty-mix", message, profiles[0].origin, "give one test a percentage")
        return None
    return Mix(rule, tuple(shares))
