"""The hosts that a plan loads are those that requests go to, not those that the test names."""

from __future__ import annotations

import pytest

from penstock.model import Journey, Load, Origin, Phase, Population, Request, Scenario, Share, Text
from penstock.runs.plan import HttpSettings, Plan, ScenarioWork
from penstock.services.target_policy import hosts_of

HERE = Origin("test.json")


def plan(http: HttpSettings, *urls: str) -> Plan:
    steps = tuple(Request("r", "GET", Text.constant(url), HERE) for url in urls)
    populations = (Population("all", Load((Phase(1, 1, 1.0),)), (Share("main"),)),)
    scenario = Scenario("t", "loadmill", (Journey("main", steps, HERE),), populations, HERE)
    return Plan("t", ScenarioWork(scenario), populations, http)


OVERRIDE = (("https://shop.test", "http://staging.test:8080"),)


@pytest.mark.parametrize(
    ("http", "hosts", "reason"),
    [
        (HttpSettings(), {"shop.test", "cdn.test"}, "as the test says"),
        (HttpSettings(target_overrides=OVERRIDE), {"staging.test", "cdn.test"}, "one goes elsewhere"),
        (HttpSettings(retarget="http://base.test"), {"base.test"}, "all go elsewhere"),
        (
            HttpSettings(retarget="http://base.test", target_overrides=OVERRIDE),
            {"base.test", "staging.test"},
            "one has a place of its own",
        ),
        (
            HttpSettings(target_overrides=(("https://shop.test:8443", "http://staging.test"),)),
            {"shop.test", "cdn.test"},
            "another port is another origin",
        ),
    ],
)
def test_the_hosts_are_those_that_are_asked(http: HttpSettings, hosts: set[str], reason: str) -> None:
    assert hosts_of(plan(http, "https://Shop.test/a", "http://cdn.test/b")) == hosts, reason
