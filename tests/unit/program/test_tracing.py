"""What a trace records of a journey on the fake loop, which counts the same with and without it."""

from __future__ import annotations

from random import Random
from typing import Any

from penstock.model import (
    AddCookies,
    Check,
    Condition,
    Cookie,
    Examine,
    Group,
    Journey,
    Jump,
    Label,
    Literal,
    Load,
    Omitted,
    Phase,
    Population,
    Scenario,
    Step,
    Test,
    Text,
    Think,
)
from penstock.program.journeys import compile_with
from penstock.program.tracing import CUT, LONGEST_BODY, Trace
from penstock.runs import recording
from penstock.runs.recording import RecordedAction, RecordedPause, RecordedRequest, Recording
from penstock.script import binding
from tests.engine.fake_http import Answer
from tests.engine.fake_loop import FakeLoop
from tests.unit.program.harness import ORIGIN, assign, check, get, takes, text, var
from tests.unit.program.plain_dialect import PlainDialect

PLAN = {"load": {"phases": [{"start": 1, "end": 1, "duration_s": 60}], "iterations_per_user": 1},
        "journeys": [{"name": "j"}]}  # fmt: skip


JSON = (("Content-Type", "application/json"),)


class ReservedDialect(PlainDialect):
    """One that keeps variables of its own."""

    def hidden(self) -> str:
        return "#"


def record(
    *steps: Step,
    server: Any = lambda *_: Answer(200, JSON, b'{"id": "7"}'),
    cookies: tuple[str, ...] = (),
    dialect: PlainDialect | None = None,
) -> tuple[Recording, FakeLoop]:
    random = Random(1)
    loop = FakeLoop(PLAN, server)
    trace = Trace(loop, clock=lambda: loop.now)
    population = Population("p", Load((Phase(1, 1, 60),)))
    scenario = Scenario("s", "loadmill", (Journey("j", steps, ORIGIN),), (population,), ORIGIN)
    (journey,) = compile_with(dialect or PlainDialect(), random, scenario, trace=trace)
    traced = trace.journey("j", journey.function, cookies)

    def begin(user: Any) -> Any:
        binding.bind(trace)
        return traced(user)

    loop.run([begin])
    (only,) = trace.recordings
    return only, loop


def requests(recorded: Recording) -> tuple[RecordedRequest, ...]:
    return recorded.requests


def test_requests_are_recorded_with_what_was_made_of_them() -> None:
    recorded, loop = record(
        assign(who="ann"),
        Think(0.5, 0.5, ORIGIN),
        get(text("http://shop/", var("who")), extracts=(takes(id="id"),), checks=(check(var("id"), "7"),)),
    )
    pause, request = recorded.entries
    assert pause == RecordedPause("think", 0.5, 0.0)
    assert isinstance(request, RecordedRequest)
    assert (request.step, request.round, request.method, request.url) == (1, 1, "GET", "http://shop/ann")
    assert request.started_s == 0.5
    assert request.extracted == (("id", "7"),)
    assert (request.checks[0].held, request.checks[0].actual) == (True, "7")
    assert dict(request.variables) == {"who": "ann", "id": "7"}
    assert request.response is not None
    assert request.response.body == '{"id": "7"}'
    assert recorded.initial == (("who", "ann"),)
    assert recorded.has_passed
    assert loop.iterations["failed"] == 0


def test_failures_belong_to_the_exchange_that_they_fail() -> None:
    recorded, loop = record(get(checks=(check(var("id"), "8"),)), get(name="never"))
    (request,) = requests(recorded)
    assert [failure.kind for failure in request.failures] == ["check"]
    assert recorded.failures == ()
    assert not recorded.has_passed
    assert loop.iterations["failed"] == 1


def test_a_failed_exchange_says_why() -> None:
    recorded, _ = record(get(), server=lambda *_: Answer(500))
    (request,) = requests(recorded)
    assert request.failures[0].kind == "status"
    assert request.response is not None
    assert request.response.status == 500


def test_what_fails_before_an_exchange_belongs_to_its_step() -> None:
    from tests.unit.program.harness import UNCOMPUTABLE

    recorded, _ = record(get(name="fine"), get(text(UNCOMPUTABLE), name="cannot be"))
    assert len(requests(recorded)) == 1
    ((step, failure),) = recorded.failures
    assert step == 1
    assert "no such luck" in failure.message


def test_rounds_and_groups_are_told() -> None:
    from penstock.model import Poll

    until = Check(var("id"), (Condition("equals", Text.constant("9")),), "u", ORIGIN)
    recorded, _ = record(Group("g", (get(poll=Poll(until, 2, 1.0), extracts=(takes(id="id"),)),), ORIGIN))
    assert [(request.round, request.groups) for request in requests(recorded)] == [(1, ("g",)), (2, ("g",))]
    assert [entry.planned_s for entry in recorded.entries if isinstance(entry, RecordedPause)] == [1.0]


def test_a_look_back_is_an_action_of_its_own() -> None:
    look = Examine("look", ORIGIN, (takes(again="id"),), (check(var("again"), "8"),))
    recorded, _ = record(get(), look)
    request, action = recorded.entries
    assert isinstance(request, RecordedRequest)
    assert isinstance(action, RecordedAction)
    assert request.failures == ()
    assert action.extracted == (("again", "7"),)
    assert [failure.message for failure in action.failures] == [action.checks[0].label]


def test_steps_that_are_skipped_or_switched_off_leave_no_trace() -> None:
    always = Test(Literal("true"))
    recorded, _ = record(Jump(always, "end", ORIGIN), get(), Omitted("off", ORIGIN), Label("end"))
    assert recorded.entries == ()
    assert recorded.has_passed


def test_cookies_come_along_and_are_handed_on() -> None:
    def server(*_: Any) -> Answer:
        return Answer(200, (("Set-Cookie", "new=1"),), b"{}")

    recorded, loop = record(
        AddCookies((Cookie("own", "2", "shop"),), ORIGIN),
        get(),
        server=server,
        cookies=("shop\thost\t/\tany\t\told\t0",),
    )
    assert loop.requests[0][2]["cookie"] == "old=0; own=2"
    assert [line.split("\t")[-2:] for line in recorded.cookies] == [["old", "0"], ["own", "2"], ["new", "1"]]


def test_long_bodies_are_cut() -> None:
    recorded, _ = record(get(), server=lambda *_: Answer(200, (), b"x" * (LONGEST_BODY + 1)))
    (request,) = requests(recorded)
    assert request.response is not None
    assert len(request.response.body) == LONGEST_BODY + len(CUT)


def test_a_recording_survives_the_way_through_json() -> None:
    import dataclasses

    import orjson

    recorded, _ = record(
        Think(1.0, 1.0, ORIGIN), get(extracts=(takes(id="id"),), checks=(check(var("id"), "8"),)), get()
    )
    assert recording.read(orjson.loads(orjson.dumps(dataclasses.asdict(recorded)))) == recorded


def test_what_a_dialect_keeps_for_itself_is_not_recorded() -> None:
    recorded, _ = record(assign(**{"#own": "1", "mine": "2"}), get(), dialect=ReservedDialect())
    assert recorded.variables == (("mine", "2"),)
    assert record(assign(**{"#own": "1"}), get())[0].variables == (("#own", "1"),)
