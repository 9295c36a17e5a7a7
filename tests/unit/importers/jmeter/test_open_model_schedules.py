"""The language of the Open Model Thread Group's schedule."""

from __future__ import annotations

import pytest

from penstock.importers import jmeter
from penstock.importers.base import Files, Imported
from penstock.model import Phase


def compiled(schedule: str) -> Imported:
    plan = f"""<jmeterTestPlan><hashTree><TestPlan testname="p"/><hashTree><OpenModelThreadGroup testname="g">
        <stringProp name="OpenModelThreadGroup.schedule">{schedule}</stringProp></OpenModelThreadGroup><hashTree>
        <HTTPSamplerProxy testname="h"><stringProp name="HTTPSampler.domain">h</stringProp></HTTPSamplerProxy>
        </hashTree></hashTree></hashTree></jmeterTestPlan>"""
    return jmeter.compile(Files.from_dict({"p.jmx": plan.encode()}), "p.jmx")


@pytest.mark.parametrize(
    ("schedule", "phases", "why"),
    [
        ("rate(60/min) even_arrivals(10 s)", (Phase(1, 1, 10),), "a rate holds until the next one"),
        (
            "rate(0) random_arrivals(1 min) rate(2/sec)",
            (Phase(0, 2, 60),),
            "arrivals between two rates go from one to the other",
        ),
        (
            "rate(1/s) even_arrivals(1 min) pause(2 min) even_arrivals(30 sec)",
            (Phase(1, 1, 60), Phase(0, 0, 120), Phase(1, 1, 30)),
            "a pause starts nothing, and the rate is the same behind it",
        ),
        (
            "rate(36/hour)/* slow */ even_arrivals(1 h 30 min) // all day",
            (Phase(0.01, 0.01, 5400),),
            "comments are none of it, times add up",
        ),
        ("rate(${__P(rate,3)}/s) even_arrivals(500 ms)", (Phase(3, 3, 0.5),), "properties are filled in"),
    ],
)
def test_a_schedule_becomes_phases(schedule: str, phases: tuple[Phase, ...], why: str) -> None:
    scenario = compiled(schedule).scenario
    assert scenario is not None
    assert scenario.populations[0].load.phases == phases, why
    assert scenario.populations[0].load.model == "arrivals"


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ("rate(10/fortnight) even_arrivals(1 s)", "is no number for a unit of time"),
        ("rate(1/s) odd_arrivals(1 s)", "is none of rate, random_arrivals, even_arrivals and pause"),
        ("rate(1/s) even_arrivals(soon)", "is no time"),
        ("rate 10", "cannot be read"),
        ("rate(${now}/s) even_arrivals(1 s)", "is not known before the run"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_an_error_with_its_place(schedule: str, says: str) -> None:
    errors = [str(finding) for finding in compiled(schedule).findings if finding.severity == "error"]
    assert len(errors) == 1
    assert errors[0].startswith('p.jmx:1: TestPlan "p" / OpenModelThreadGroup "g".schedule: ')
    assert says in errors[0]
