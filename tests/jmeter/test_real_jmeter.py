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
    {
        "stop the test",
        "stop the test now",
        "stop by an action",
        "tear down after a stop",
        "no tear down after a stop",
        "set up that fails",
    }
)
"""Plans that stop the test: JMeter does so from a thread of its own, and now and then what follows begins before."""


@needs_jmeter
@pytest.mark.timeout(240)
def test_jmeter_does_what_the_goldens_say() -> None:
    for topic, records in real.run_topics(TOPICS).items():
        expected = golden(topic)
        for name, found in records.items():
            if topic == "load" and name in RACES:
                continue
            assert found == expected[name], f"{topic}: {name}"


def test_each_plan_has_its_golden_and_each_golden_its_plan() -> None:
    assert {topic: list(golden(topic)) for topic in TOPICS} == {topic: list(cases) for topic, cases in TOPICS.items()}
    assert list(golden("pauses")) == list(PAUSES)
