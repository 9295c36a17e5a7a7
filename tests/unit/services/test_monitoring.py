"""What is exported of the loads that a server executes."""

from __future__ import annotations

import datetime

from penstock.metrics.series import Timeline
from penstock.ports.clock import SystemClock
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.monitoring import LoadsUnderWay
from tests.unit.reporting.synthetic import snapshots

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
STORED = StoredRun(Run(RunId("a"), "shop", NOW).to(RunState.QUEUED, NOW), "team", RunKind.LOAD, None, 1, "ann")


def test_a_load_whose_numbers_were_all_exported_while_it_lasted_is_exported_once_more_at_its_end() -> None:
    loads, timeline = LoadsUnderWay(SystemClock(), keeps_totals=True), Timeline(snapshots())
    loads.begin(STORED).look(timeline)
    (under_way,) = loads.states()
    assert under_way.users > 0
    loads.measured(STORED, timeline.total)
    loads.exported([under_way])  # the message was on its way when the load ended
    (over,) = loads.states()
    assert (over.users, over.total) == (0, under_way.total)
    loads.exported([over])
    assert loads.states() == [], "what is over is told once"
    loads.end(STORED)
    assert loads.states() == []
