from __future__ import annotations

import datetime

import pytest

from penstock.runs.run import Run, RunId
from penstock.runs.state import TRANSITIONS, IllegalTransition, RunState

AT = datetime.datetime(2026, 3, 14, 15, 9, tzinfo=datetime.UTC)
DRAWN = {
    ("created", "queued"),
    ("created", "stopped"),
    ("created", "error"),
    ("queued", "preparing"),
    ("queued", "stopped"),
    ("queued", "error"),
    ("preparing", "running"),
    ("preparing", "stopped"),
    ("preparing", "error"),
    ("running", "stopping"),
    ("running", "finishing"),
    ("running", "error"),
    ("stopping", "stopped"),
    ("stopping", "failed"),
    ("stopping", "error"),
    ("finishing", "passed"),
    ("finishing", "failed"),
    ("finishing", "error"),
}


def a_run() -> Run:
    return Run(RunId("r-1"), "shop", AT)


def arrived_at(state: RunState) -> Run:
    """Return a run in that state, by the shortest way."""
    ways: list[list[RunState]] = [[RunState.CREATED]]
    for way in ways:
        if way[-1] is state:
            run = a_run()
            for step in way[1:]:
                run = run.to(step, AT)
            return run
        ways += [[*way, after] for after in sorted(TRANSITIONS[way[-1]])]
    raise AssertionError(f"no way to {state}")


def test_the_table_is_the_drawing() -> None:
    assert {(before.value, after.value) for before, afters in TRANSITIONS.items() for after in afters} == DRAWN


def test_every_state_has_its_place_in_the_table() -> None:
    assert set(TRANSITIONS) == set(RunState)


def test_four_states_are_final() -> None:
    final = {"passed", "failed", "stopped", "error"}
    assert {state.value for state in RunState if state.final} == final


@pytest.mark.parametrize("before", RunState)
@pytest.mark.parametrize("after", RunState)
def test_a_run_goes_where_the_table_says_and_nowhere_else(before: RunState, after: RunState) -> None:
    run = arrived_at(before)
    if (before.value, after.value) in DRAWN:
        assert run.to(after, AT).state is after
    else:
        with pytest.raises(IllegalTransition, match=f"a run that is {before} cannot become {after}; what can follow"):
            run.to(after, AT)


def test_a_run_remembers_how_it_came_here() -> None:
    run = a_run()
    queued = run.to(RunState.QUEUED, AT)
    lost = queued.to(RunState.ERROR, AT + datetime.timedelta(seconds=5), "lost: its lease is over")
    assert (run.state, run.version, run.why) == (RunState.CREATED, 0, "")
    assert (lost.state, lost.version, lost.why) == (RunState.ERROR, 2, "lost: its lease is over")
    assert [(change.before, change.after) for change in lost.history] == [
        (RunState.CREATED, RunState.QUEUED),
        (RunState.QUEUED, RunState.ERROR),
    ]


def test_times_are_kept_in_utc() -> None:
    there = datetime.timezone(datetime.timedelta(hours=2))
    changed = a_run().to(RunState.QUEUED, datetime.datetime(2026, 3, 14, 17, 9, tzinfo=there))
    assert changed.history[0].at == AT
    assert changed.history[0].at.tzinfo is datetime.UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        a_run().to(RunState.QUEUED, datetime.datetime(2026, 3, 14, 15, 9))
