"""What a suite does when, with trials that are scripted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from penstock.errors import EngineFailed, InvalidInput
from penstock.model import (
    Assignment,
    CsvData,
    Flow,
    Journey,
    Load,
    Origin,
    ParameterSet,
    Phase,
    Script,
    Suite,
    Text,
)
from penstock.model.scripts import Code
from penstock.runs.plan import HttpSettings, Plan, ScenarioWork
from penstock.runs.recording import Failure, Pairs, Recording
from penstock.runs.suite_report import SuiteReport
from penstock.services.selection import Selection, parse_labels, select
from penstock.services.suites import Ended, Event, SuiteRequest, run_suite

ORIGIN = Origin("suite.yaml")
LOAD = Load((Phase(1, 1, 1),))


def journey(name: str) -> Journey:
    return Journey(name, (Script(Code("javascript", "1", ORIGIN)),), ORIGIN)


def flow(name: str, **fields: Any) -> Flow:
    return Flow(
        **{"id": f"id-{name}", "name": name, "journey": journey(name), "load": LOAD, "origin": ORIGIN, **fields}
    )


def suite(*flows: Flow, **fields: Any) -> Suite:
    return Suite(**{"name": "S", "dialect": "loadmill", "flows": flows, "origin": ORIGIN, **fields})


class ScriptedTrials:
    """Does nothing but say what was asked for; `fails` says which attempt of what journey fails, or raises."""

    def __init__(self, fails: Callable[[str, int], bool] = lambda _name, _attempt: False) -> None:
        self.fails = fails
        self.done: list[str] = []
        self.given: list[dict[str, str]] = []
        self.cookies: list[tuple[str, ...]] = []
        self.sets: dict[str, Pairs] = {}
        self.running = self.most = 0
        self.stop_at: tuple[str, asyncio.Event] | None = None

    async def record(self, plan: Plan, cookies: tuple[str, ...] = (), _stop: asyncio.Event | None = None) -> Recording:
        assert isinstance(plan.work, ScenarioWork)
        (only,) = plan.work.scenario.journeys
        self.done.append(only.name)
        given = {
            each.variable: each.choices[0].source
            for step in only.steps
            if hasattr(step, "assignments")
            for each in step.assignments
        }
        self.given.append(given)
        self.cookies.append(cookies)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.001)
        self.running -= 1
        is_stopped = self.stop_at is not None and self.stop_at[0] == only.name
        if is_stopped and self.stop_at is not None:
            self.stop_at[1].set()
        failed = self.fails(only.name, self.done.count(only.name))
        initial = tuple(given.items())
        return Recording(
            journey=only.name,
            started_ms=0,
            duration_s=0.1,
            entries=(),
            failures=((0, Failure("check", "it does not hold")),) if failed else (),
            initial=initial,
            variables=(*initial, *self.sets.get(only.name, ()), ("__status", "200")),
            is_complete=not is_stopped,
            cookies=(*cookies, f"cookie of {only.name}"),
        )

    async def close(self) -> None:
        pass


def run(what: Suite, trials: ScriptedTrials, **fields: Any) -> tuple[SuiteReport, list[Event]]:
    events: list[Event] = []

    async def work() -> SuiteReport:
        stop = asyncio.Event()
        if "stop_at" in fields:
            trials.stop_at = (fields.pop("stop_at"), stop)
        return await run_suite(trials, SuiteRequest(what, HttpSettings(), "suite.yaml", **fields), events.append, stop)

    return asyncio.run(work()), events


def statuses(report: SuiteReport) -> list[tuple[str, str]]:
    return [(result.title, result.status) for result in report.results]


def failing(*names: str, up_to: int = 99) -> Callable[[str, int], bool]:
    return lambda name, attempt: name in names and attempt <= up_to


def test_hooks_stand_around_all_flows_and_after_each_follows_its_flow() -> None:
    after = journey("A, after each")
    trials = ScriptedTrials()
    report, events = run(
        suite(flow("A", after=after), flow("B"), before_all=journey("before all"), after_all=journey("after all")),
        trials,
    )
    assert trials.done == ["before all", "A", "A, after each", "B", "after all"]
    assert report.status == "passed"
    assert [event.result.title for event in events if isinstance(event, Ended)] == ["before all", "A", "B", "after all"]


def test_after_each_follows_a_flow_that_failed_with_its_variables_and_cookies() -> None:
    trials = ScriptedTrials(failing("A"))
    trials.sets["A"] = (("order", "7"),)
    report, _ = run(suite(flow("A", after=journey("after"))), trials)
    assert trials.given[1]["order"] == "7"
    assert trials.cookies[1] == ("cookie of A",)
    assert report.status == "failed"


def test_no_flow_runs_when_before_all_fails_but_after_all_does() -> None:
    trials = ScriptedTrials(failing("before all"))
    what = suite(flow("A"), before_all=journey("before all"), after_all=journey("after all"))
    report, _ = run(what, trials)
    assert trials.done == ["before all", "after all"]
    assert statuses(report) == [("before all", "failed"), ("A", "not run"), ("after all", "passed")]
    assert report.status == "failed"


def test_flows_that_are_independent_know_nothing_of_each_other_but_of_before_all() -> None:
    trials = ScriptedTrials()
    trials.sets = {"before all": (("token", "t"),), "A": (("left", "behind"),)}
    what = suite(flow("A"), flow("B"), before_all=journey("before all"), cookie_scope="flow")
    run(what, trials)
    assert trials.given[2] == {"token": "t"}
    assert trials.cookies == [(), ("cookie of before all",), ("cookie of before all",)]


def test_flows_go_on_after_a_failure_and_only_failed_ones_are_repeated() -> None:
    trials = ScriptedTrials(failing("A", up_to=2))
    report, _ = run(suite(flow("A"), flow("B"), retries=2), trials)
    assert trials.done == ["A", "A", "A", "B"]
    assert statuses(report) == [("A", "flaky"), ("B", "passed")]
    assert [attempt.has_passed for attempt in report.results[0].attempts] == [False, False, True]
    assert report.status == "passed"


def test_the_callers_number_of_retries_wins() -> None:
    trials = ScriptedTrials(failing("A"))
    report, _ = run(suite(flow("A"), retries=5), trials, retries=1)
    assert trials.done == ["A", "A"]
    assert report.status == "failed"


def test_flows_that_depend_carry_variables_and_cookies_and_end_at_the_first_failure() -> None:
    trials = ScriptedTrials(failing("B"))
    trials.sets = {"A": (("id", "1"),)}
    what = suite(
        flow("A"), flow("B"), flow("C"), mode="dependent", parameter_scope="suite", cookie_scope="suite",
        parameters=(ParameterSet((Assignment("base", (Text.constant("u"),)),), ORIGIN),),
    )  # fmt: skip
    report, _ = run(what, trials)
    assert trials.done == ["A", "B"]
    assert trials.given[1] == {"base": "u", "id": "1"}
    assert trials.cookies[1] == ("cookie of A",)
    assert statuses(report) == [("A", "passed"), ("B", "failed"), ("C", "not run")]


def test_a_dependent_suite_is_repeated_whole_from_where_it_began() -> None:
    trials = ScriptedTrials(failing("B", up_to=1))
    trials.sets = {"A": (("id", "1"),)}
    what = suite(flow("A"), flow("B"), mode="dependent", parameter_scope="suite", cookie_scope="suite", retries=1)
    report, _ = run(what, trials)
    assert trials.done == ["A", "B", "A", "B"]
    assert trials.given[2] == {}
    assert trials.cookies[2] == ()
    assert statuses(report) == [("A", "passed"), ("B", "flaky")]


def test_a_flow_is_done_once_a_row_and_of_several_tables_each_goes_round() -> None:
    three = CsvData("three", ("user",), (("a",), ("b",), ("c",)))
    two = CsvData("two", ("item",), (("x",), ("y",)))
    trials = ScriptedTrials()
    report, _ = run(suite(flow("A", data=("three", "two")), data=(three, two)), trials)
    assert [(given["user"], given["item"]) for given in trials.given] == [("a", "x"), ("b", "y"), ("c", "x")]
    assert [result.title for result in report.flows] == ["A [row 1]", "A [row 2]", "A [row 3]"]


def test_values_are_assigned_from_suite_to_flow_to_caller_to_before_all_to_row() -> None:
    def values(text: str) -> tuple[ParameterSet, ...]:
        return (ParameterSet((Assignment("x", (Text.constant(text),)),), ORIGIN),)

    rows = CsvData("rows", ("row",), (("r",),))
    trials = ScriptedTrials()
    trials.sets = {"before all": (("token", "t"),)}
    what = suite(
        flow("A", parameters=values("flow"), data=("rows",)),
        parameters=values("suite"),
        overrides=values("caller"),
        before_all=journey("before all"),
        data=(rows,),
    )
    run(what, trials)
    assert trials.given[1] == {"x": "caller", "token": "t", "row": "r"}


def test_flows_run_at_a_time_only_where_they_share_nothing() -> None:
    flows = [flow(name) for name in "ABCD"]
    trials = ScriptedTrials()
    run(suite(*flows), trials, parallel=3)
    assert trials.most == 3
    trials = ScriptedTrials()
    run(suite(*flows, cookie_scope="suite"), trials, parallel=3)
    assert trials.most == 1


def test_a_flow_that_breaks_the_engine_breaks_only_itself() -> None:
    class Breaking(ScriptedTrials):
        async def record(self, plan: Plan, *rest: Any) -> Recording:
            if plan.name == "A":
                raise EngineFailed("the agent ended")
            return await super().record(plan, *rest)

    report, _ = run(suite(flow("A"), flow("B")), Breaking())
    assert statuses(report) == [("A", "error"), ("B", "passed")]
    assert report.status == "failed"
    assert report.results[0].last is not None
    assert report.results[0].last.reason == "the agent ended"


def test_a_flow_that_is_blocked_is_an_error_and_the_others_run() -> None:
    trials = ScriptedTrials()
    report, _ = run(suite(flow("A", blocked="suite.yaml:3: gRPC requests are not run"), flow("B"), retries=2), trials)
    assert trials.done == ["B"]
    assert statuses(report) == [("A", "error"), ("B", "passed")]
    assert [attempt.error for attempt in report.results[0].attempts] == [
        "holds what cannot be run here: suite.yaml:3: gRPC requests are not run"
    ]


def test_a_stop_ends_the_flow_that_runs_and_after_all_still_tidies_up() -> None:
    trials = ScriptedTrials()
    what = suite(flow("A"), flow("B"), after_all=journey("after all"), retries=3)
    report, _ = run(what, trials, stop_at="A")
    assert trials.done == ["A", "after all"]
    assert statuses(report) == [("A", "stopped"), ("B", "not run"), ("after all", "passed")]
    assert report.status == "stopped"


def test_failures_of_flows_that_are_evaluated_are_told_and_do_not_count() -> None:
    report, _ = run(suite(flow("A", status="evaluating"), flow("B")), ScriptedTrials(failing("A")))
    assert statuses(report) == [("A", "failed"), ("B", "passed")]
    assert report.status == "passed"


def test_sensitive_suites_keep_no_values() -> None:
    trials = ScriptedTrials()
    trials.sets = {"A": (("password", "secret"),)}
    rows = CsvData("rows", ("user",), (("ann",),))
    report, _ = run(suite(flow("A", data=("rows",)), data=(rows,), is_sensitive=True), trials)
    assert "secret" not in repr(report.results)
    assert "ann" not in repr([(result.attempts, result.values) for result in report.results])


CHOICES = (
    flow("smoke", labels=("fast", "api"), status="active"),
    flow("slow one", labels=("slow",), status="evaluating"),
    flow("draft", labels=("fast",), status="draft"),
    flow("off", status="disabled"),
)


@pytest.mark.parametrize(
    ("selection", "names", "why"),
    [
        (Selection(), ["smoke", "slow one", "draft"], "all but disabled ones"),
        (Selection(only_ready=True), ["smoke", "slow one"], "what runs in builds"),
        (Selection(labels=("fast",)), ["smoke", "draft"], "any of the labels"),
        (Selection(labels=("slow", "api")), ["smoke", "slow one"], "labels are alternatives"),
        (Selection(labels_expression="fast & !api"), ["draft"], "both must hold"),
        (Selection(labels_expression="slow | fast & api"), ["smoke", "slow one"], "& binds before |"),
        (Selection(labels_expression="!(slow | api)"), ["draft"], "parentheses"),
        (Selection(flows=("off", "id-smoke")), ["smoke", "off"], "named ones run whatever their status"),
    ],
)
def test_flows_are_chosen(selection: Selection, names: list[str], why: str) -> None:
    assert [one.name for one in select(suite(*CHOICES), selection)] == names, why


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(flows=("nope",)), "there is no flow 'nope'"),
        (Selection(labels=("nope",)), "labels in the suite are api, fast, slow"),
        (Selection(labels_expression="a &"), "a label is missing at character 4"),
        (Selection(labels_expression="(a | b"), "a closing parenthesis is missing"),
        (Selection(labels_expression="a) b"), "something that does not belong there at character 2"),
        (Selection(labels_expression="(" * 60), "too many parentheses"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(selection: Selection, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        select(suite(*CHOICES), selection)


def test_a_label_may_hold_blanks() -> None:
    assert parse_labels("needs a database | b")(frozenset({"needs a database"}))


def test_nothing_to_run_is_refused() -> None:
    with pytest.raises(InvalidInput, match="all of them are disabled"):
        run(suite(replace(CHOICES[3])), ScriptedTrials())
