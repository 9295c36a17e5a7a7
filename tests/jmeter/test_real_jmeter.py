"""The goldens are what the real JMeter does."""

from __future__ import annotations

import os

import pytest

from tests.jmeter import real
from tests.jmeter.cases import TOPICS
from tests.jmeter.cases.load import PAUSES
from tests.jmeter.goldens import golden

pytestmark = pytest.mark.e2e

needs_jmeter = pytest.mark.skipif(  # in CI it is installed, and a test without it fails
    not real.is_installed() and not os.environ.get("CI"),
    reason="needs JMeter and Java: python -m benches.install jmeter",
)


RACES = frozenset(
    ("load", name)
    for name in (
        "stop the test",
        "stop the test now",
        "stop by an action",
        "tear down after a stop",
        "no tear down after a stop",
        "set up that fails",
    )
)
"""Plans that stop the test: JMeter does so from a thread of its own, and now and then what follows begins before."""


@needs_jmeter
@pytest.mark.timeout(240)
def test_jmeter_does_what_the_goldens_say() -> None:
    """Threads of JMeter that end may cut the sample of another: what differs is done again, twice at most."""
    plans = [(topic, name) for topic, cases in TOPICS.items() for name in cases if (topic, name) not in RACES]
    for _ in range(3):
        found = real.run_plans(plans)
        plans = [(topic, name) for topic, name in plans if found[topic, name] != golden(topic)[name]]
        if not plans:
            return
    topic, name = plans[0]
    assert found[topic, name] == golden(topic)[name], plans


def test_each_plan_has_its_golden_and_each_golden_its_plan() -> None:
    assert {topic: list(golden(topic)) for topic in TOPICS} == {topic: list(cases) for topic, cases in TOPICS.items()}
    assert list(golden("pauses")) == list(PAUSES)
