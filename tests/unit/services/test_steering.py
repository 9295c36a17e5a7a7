"""Events of a run that is steered while it goes on."""

from __future__ import annotations

from typing import cast

from penstock.metrics.series import Timeline
from penstock.ports.runner import Running
from penstock.runs.events import MOST_EVENTS, Event
from penstock.runs.plan import Plan
from penstock.services.steering import Steering


def test_a_run_that_is_steered_without_end_keeps_its_first_events_and_says_so() -> None:
    nothing: object = None  # to note an event takes none of the parts
    steering = Steering(cast("Running", nothing), cast("Plan", nothing), cast("Timeline", nothing))
    heard: list[Event] = []
    steering.listeners.append(heard.append)
    for number in range(MOST_EVENTS + 5):
        steering.note("goal", f"change {number}")
    assert len(heard) == MOST_EVENTS + 5
    assert [event.what for event in steering.events[:2]] == ["change 0", "change 1"]
    assert len(steering.events) == MOST_EVENTS + 1
    assert (steering.events[-1].who, steering.events[-1].what) == ("penstock", "keeps no more than 1,000 events")
