"""Load profiles become phases that last as long as the run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.importers.base import Overrides
from penstock.importers.vstest.loadtest.profiles import Span, placed
from penstock.model import Goal, Measure, Phase
from penstock.model.limits import LONGEST_S
from tests.unit.importers.vstest.loadtests import compile_plain, loadtest, population, scenario, texts

STEP = 'Pattern="Step" InitialUsers="10" MaxUsers="30" StepUsers="10" StepDuration="10" StepRampTime="{}"'


def phases(load: str, run: str = 'RunDuration="60"', **attributes: str) -> list[tuple[float, float, float]]:
    found = population(loadtest(scenario(load=load, **attributes), run)).load.phases
    return [(one.start, one.end, one.duration_s) for one in found]


CONSTANT = 'Pattern="Constant" InitialUsers="10"'


@pytest.mark.parametrize(
    ("load", "run", "attributes", "expected"),
    [
        pytest.param(CONSTANT, 'RunDuration="60"', {}, [(10, 10, 60)], id="constant"),
        pytest.param('Pattern="Constant"', 'RunDuration="5"', {}, [(25, 25, 5)], id="25 users by default"),
        pytest.param(
            CONSTANT, 'RunDuration="60" WarmupTime="20"', {}, [(0, 10, 20), (10, 10, 60)], id="rises in the warm-up"
        ),
        pytest.param(
            CONSTANT, 'RunDuration="60"', {"DelayStartTime": "15"}, [(0, 0, 15), (10, 10, 45)], id="starts later"
        ),
        pytest.param(
            CONSTANT,
            'RunDuration="60" WarmupTime="20"',
            {"DelayStartTime": "15"},
            [(0, 0, 15), (0, 10, 5), (10, 10, 60)],
            id="starts within the warm-up",
        ),
        pytest.param(
            CONSTANT,
            'RunDuration="60" WarmupTime="20"',
            {"DelayStartTime": "15", "DisableDuringWarmup": "true"},
            [(0, 0, 35), (10, 10, 45)],
            id="rests in the warm-up, its delay counts from there",
        ),
        pytest.param(
            STEP.format(0), 'RunDuration="60"', {}, [(10, 10, 10), (20, 20, 10), (30, 30, 40)], id="steps, then holds"
        ),
        pytest.param(
            STEP.format(4),
            'RunDuration="25"',
            {},
            [(10, 10, 10), (10, 20, 4), (20, 20, 6), (20, 30, 4), (30, 30, 1)],
            id="each step is reached in its ramp time",
        ),
        pytest.param(
            STEP.format(10), 'RunDuration="15"', {}, [(10, 10, 10), (10, 15, 5)], id="the run ends inside a ramp"
        ),
        pytest.param(
            'Pattern="Step" InitialUsers="7" MaxUsers="7"', 'RunDuration="5"', {}, [(7, 7, 5)], id="steps of nothing"
        ),
    ],
)
def test_a_profile_becomes_phases(
    load: str, run: str, attributes: dict[str, str], expected: list[tuple[float, float, float]]
) -> None:
    assert phases(load, run, **attributes) == expected


def test_what_contradicts_itself_is_cut_and_said() -> None:
    load = 'Pattern="Step" InitialUsers="10" MaxUsers="5" StepUsers="10" StepDuration="10" StepRampTime="20"'
    imported = compile_plain(loadtest(scenario(load=load)))
    assert len(texts(imported, "warning")) == 2
    assert not texts(imported, "error")


@pytest.mark.parametrize(
    "load",
    [
        'Pattern="Constant" InitialUsers="-1"',
        'Pattern="Constant" InitialUsers="NaN"',
        'Pattern="Constant" InitialUsers="1.5"',
        'Pattern="Constant" InitialUsers="99999999"',
        'Pattern="Constant" InitialUsers="0"',
        'Pattern="Step" StepUsers="0"',
        'Pattern="Step" StepDuration="0"',
        'Pattern="Step" InitialUsers="1" MaxUsers="900000" StepUsers="1"',
        'Pattern="Sideways"',
    ],
)
def test_numbers_that_cannot_be_are_errors_with_their_place(load: str) -> None:
    imported = compile_plain(loadtest(scenario(load=load)))
    (error,) = texts(imported, "error")
    assert error.startswith('l.loadtest:3: Scenarios / Scenario "Scenario1"')


def test_a_scenario_that_starts_when_all_is_over_is_left_out() -> None:
    both = scenario() + scenario(name="Late", DelayStartTime="60")
    imported = compile_plain(loadtest(both))
    assert imported.scenario is not None
    assert [one.name for one in imported.scenario.populations] == ["Scenario1"]
    assert any("starts after 60 s, when the run is over" in text for text in texts(imported, "warning"))


def test_a_goal_on_a_counter_of_the_load_test_is_sought() -> None:
    load = (
        'Pattern="GoalBased" InitialUsers="5" MinUserCount="2" MaxUserCount="50" MaxUserCountIncrease="3" '
        'MaxUserCountDecrease="4" MinTargetValue="0.5" MaxTargetValue="1.5" CategoryName="LoadTest:Request" '
        'CounterName="Avg. Response Time" InstanceName="_Total" StopAdjustingAtGoal="true"'
    )
    found = population(loadtest(scenario(load=load), 'RunDuration="60" SampleRate="15"')).load
    assert found.phases == (Phase(5, 5, 60),)
    assert found.goal == Goal(
        measure=Measure("avg"),
        low=0.5,
        high=1.5,
        least_users=2,
        most_users=50,
        most_added=3,
        most_removed=4,
        stays_at_goal=True,
        every_s=15,
    )


def test_a_goal_on_a_counter_of_windows_is_an_error_that_names_it() -> None:
    load = (
        'Pattern="GoalBased" CategoryName="Processor" CounterName="% Processor Time" InstanceName="0" '
        'MinTargetValue="70" MaxTargetValue="90" MachineName="WEB01"'
    )
    (error,) = texts(compile_plain(loadtest(scenario(load=load))), "error")
    assert "Processor / % Processor Time / 0 of WEB01, which cannot be read here" in error
    assert "choose a counter of the load test itself" in error
    assert "let the counter WEB01/Processor/% Processor Time/0 be read" in error


@pytest.mark.parametrize(
    ("attributes", "known", "name"),
    [
        (
            'CategoryName="Processor" CounterName="% Processor Time" InstanceName="_Total" MachineName="WEB01"',
            "WEB01/Processor/% Processor Time",
            "WEB01/Processor/% Processor Time",
        ),
        (
            'CategoryName="Processor" CounterName="% Processor Time" InstanceName="0" MachineName="WEB01"',
            "WEB01/Processor/% Processor Time",
            "WEB01/Processor/% Processor Time/0",
        ),
        (
            'CounterPath="\\\\WEB01\\Memory\\Available MBytes"',
            "WEB01/Memory/Available MBytes",
            "WEB01/Memory/Available MBytes",
        ),
    ],
)
def test_a_goal_on_a_counter_of_windows_is_sought_where_it_can_be_read(attributes: str, known: str, name: str) -> None:
    load = f'Pattern="GoalBased" {attributes} MinTargetValue="70" MaxTargetValue="90"'
    imported = compile_plain(loadtest(scenario(load=load)), Overrides(counters=("other/queue", known)))
    assert texts(imported, "error") == []
    assert imported.scenario is not None
    goal = imported.scenario.populations[0].load.goal
    assert goal is not None
    assert goal.measure == Measure("avg", name, "counter")


def test_a_run_by_iterations_has_no_times() -> None:
    imported = compile_plain(
        loadtest(run='UseTestIterations="true" TestIterations="40" RunDuration="60" WarmupTime="20" CoolDownTime="5"')
    )
    assert imported.scenario is not None
    assert imported.scenario.warm_up_s == 0
    assert imported.scenario.cool_down_s is None
    (only,) = imported.scenario.populations
    assert only.load.iterations_total == 40
    assert only.load.duration_s == LONGEST_S


def test_the_iterations_of_a_run_are_divided_among_its_scenarios() -> None:
    both = scenario(load='Pattern="Constant" InitialUsers="10"') + scenario(
        name="Second", load='Pattern="Constant" InitialUsers="30"', MaxTestIterations="25"
    )
    imported = compile_plain(loadtest(both, 'UseTestIterations="true" TestIterations="40"'))
    assert imported.scenario is not None
    assert [one.load.iterations_total for one in imported.scenario.populations] == [10, 25]
    assert any("are divided among its scenarios" in text for text in texts(imported, "warning"))


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0.1, 50)), min_size=1, max_size=4),
    st.floats(0, 50),
    st.floats(0.1, 100),
    st.floats(0, 120),
    st.booleans(),
)
def test_phases_last_as_long_as_the_run_and_never_jump_out_of_the_profile(
    levels: list[tuple[float, float, float]], warm_up_s: float, run_s: float, delay_s: float, rests: bool
) -> None:
    profile = tuple(Phase(*level) for level in levels)
    found = placed(profile, Span(warm_up_s, run_s, delay_s, rests))
    assert sum(one.duration_s for one in found) == pytest.approx(warm_up_s + run_s)
    top = max(max(one.start, one.end) for one in profile)
    assert all(0 <= level <= top + 1e-6 for one in found for level in (one.start, one.end))
