"""Functions that the importer writes itself: rates and stages, which no plan of one user shows."""

from __future__ import annotations

from random import Random

import pytest

from penstock.program.values.dialect import EvaluationFailed, RunFacts, Variables
from penstock.program.values.jmeter import pauses, stages
from penstock.program.values.jmeter.steps import State
from penstock.program.values.jmeter.wholes import formatted


class Clock:
    """Time that goes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        for module in (pauses, stages):
            monkeypatch.setattr(module.time, "monotonic", lambda: self.now)


def ask(state: State, name: str, *given: str, variables: Variables | None = None) -> str:
    return state.functions()[name]({} if variables is None else variables, list(given))


def test_a_rate_of_all_users_spaces_their_starts_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, state = Clock(monkeypatch), State(Random(1))
    assert [float(ask(state, "#throughput", "t", "60")) for _ in range(3)] == [0, 1000, 2000]
    clock.now += 10
    assert float(ask(state, "#throughput", "t", "60")) == 0, "nobody makes up for starts that nobody wanted"


def test_an_agent_keeps_its_share_of_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    state = State(Random(1))
    state.told(RunFacts(agents=4))
    assert [float(ask(state, "#throughput", "t", "60")) for _ in range(2)] == [0, 4000]


def test_a_user_keeps_a_rate_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    state, one, other = State(Random(1)), dict[str, str](), dict[str, str]()
    assert float(ask(state, "#own_throughput", "t", "30", variables=one)) == 0
    assert float(ask(state, "#own_throughput", "t", "30", variables=one)) == 2000
    assert float(ask(state, "#own_throughput", "t", "30", variables=other)) == 0


def test_a_shaped_rate_follows_its_table_and_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    state = State(Random(1))
    due = [float(ask(state, "#shaped_throughput", "t", "1,1,2;2,4,1")) for _ in range(6)]
    assert due[:2] == [1000, 2000]
    assert due[2] < due[3] < due[4] == 3000  # 3 starts in the second that goes from 2 to 4 a second
    assert due[5] == 0


def test_random_arrivals_keep_their_rate_in_the_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    state = State(Random(5))
    last = [float(ask(state, "#random_throughput", "t", "600", "60")) for _ in range(2001)][-1]
    assert last == pytest.approx(200_000, rel=0.1)


def test_a_stage_is_over_when_all_its_users_have_come_and_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, stage = Clock(monkeypatch), stages.Stages()
    stage.here("0")
    assert not stage.is_over("1")
    clock.now += 2
    assert not stage.is_over("1"), "one is still there"
    stage.here("0")
    stage.gone("0")
    stage.gone("0")
    assert stage.is_over("1")
    assert not stage.is_over("1,9"), "those of the next may still come"


def test_who_stopped_the_test_decides_who_may_still_begin() -> None:
    stage = stages.Stages()
    assert stage.may_stay("")
    stage.stop("0")
    assert stage.may_stay("0"), "the load was stopped: what comes behind it may begin"
    assert not stage.may_stay("")


@pytest.mark.parametrize(
    ("number", "pattern", "text"),
    [
        (7, "", "7"),
        (7, "000", "007"),
        (7, "user_0000", "user_0007"),
        (1234567, "#,###", "1,234,567"),
        (-7, "00", "-07"),
    ],
)
def test_numbers_are_written_by_patterns(number: int, pattern: str, text: str) -> None:
    assert formatted(number, pattern) == text


def test_what_is_no_number_is_told() -> None:
    with pytest.raises(EvaluationFailed, match="'many' is not a whole number"):
        ask(State(Random(1)), "#less", "many")
