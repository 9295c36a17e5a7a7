"""Groups, loops, branches and jumps."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidInput, NotRunnable
from penstock.model import Branch, Call, Group, Jump, Label, Leave, Literal, Loop, Step
from penstock.program.iteration import PATIENCE
from penstock.script.operations import SLEEP
from tests.unit.program.harness import (
    ORIGIN,
    UNCOMPUTABLE,
    answer,
    assign,
    check,
    compiled,
    errors,
    get,
    run,
    text,
    urls,
    var,
    when,
)

YES, NO = Literal("yes"), Literal("")


def ask(path: str) -> Step:
    return get(f"http://shop/{path}")


def group(name: str, *steps: Step) -> Group:
    return Group(name, steps, ORIGIN)


def test_groups_are_counted_each_time_and_may_stand_inside_each_other() -> None:
    loop = run(group("buy", ask("a"), group("pay", ask("b"))), iterations=3)
    assert [(loop.series["group", name].count, loop.series["group", name].failed) for name in ("buy", "pay")] == [
        (3, 0),
        (3, 0),
    ]


def test_a_group_is_ended_when_a_request_in_it_fails() -> None:
    loop = run(group("buy", ask("a"), ask("b")), ask("c"), server=answer(500), iterations=2)
    assert (loop.series["group", "buy"].count, loop.series["group", "buy"].failed) == (2, 2)
    assert urls(loop) == ["/a", "/a"]


def test_a_group_is_ended_when_a_step_in_it_cannot_be_done() -> None:
    loop = run(group("buy", assign(a=text(UNCOMPUTABLE)), ask("b")), ask("c"), iterations=2)
    assert (loop.series["group", "buy"].count, loop.series["group", "buy"].failed) == (2, 2)
    assert errors(loop) == {("iteration", "main"): [("expression", "no such luck")] * 2}
    assert urls(loop) == []


@pytest.mark.parametrize(
    ("loop", "rounds", "why"),
    [
        (Loop((ask("a"),), 3, ORIGIN), 3, "no condition: so many rounds"),
        (Loop((ask("a"),), 0, ORIGIN), 0, "no round"),
        (Loop((ask("a"),), 3, ORIGIN, when(NO)), 0, "the condition is tested before the first round"),
        (Loop((ask("a"),), 3, ORIGIN, when(NO, negate=True)), 3, "a test may be turned round"),
        (Loop((ask("a"), assign(done="yes")), 9, ORIGIN, when(var("done"), negate=True)), 1, "tested before each"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_loops(loop: Loop, rounds: int, why: str) -> None:
    assert urls(run(loop)) == ["/a"] * rounds, why


def test_a_failed_request_ends_the_loop_and_the_iteration() -> None:
    assert urls(run(Loop((ask("a"),), 3, ORIGIN), ask("b"), server=answer(404))) == ["/a"]


@pytest.mark.parametrize(("test", "path"), [(when(YES), "/then"), (when(NO), "/else"), (when(NO, True), "/then")])
def test_branches(test: object, path: str) -> None:
    branch = Branch(test, (ask("then"),), (ask("else"),), ORIGIN)  # type: ignore[arg-type]
    assert urls(run(branch, ask("after"))) == [path, "/after"]


def test_a_jump_forward_leaves_steps_out() -> None:
    loop = run(ask("a"), Jump(when(YES), "end", ORIGIN), ask("b"), Label("end"), ask("c"))
    assert urls(loop) == ["/a", "/c"]


def test_a_jump_whose_condition_does_not_hold_does_nothing() -> None:
    loop = run(ask("a"), Jump(when(NO), "nowhere", ORIGIN), ask("b"))
    assert urls(loop) == ["/a", "/b"]
    assert not errors(loop)


def test_a_jump_backward_repeats_steps() -> None:
    again = Call("upper", (var("again"),))
    steps = (assign(again="yes"), Label("top"), ask("a"), Label("b"), Jump(when(again), "two", ORIGIN), ask("b"))
    more = (Jump(when(YES), None, ORIGIN), Label("two"), assign(again=""), Jump(when(YES), "top", ORIGIN))
    assert urls(run(*steps, *more)) == ["/a", "/a", "/b"]


def test_a_jump_to_the_first_of_two_equal_labels() -> None:
    steps = (Jump(when(YES), "x", ORIGIN), ask("a"), Label("x"), ask("b"), Label("x"), ask("c"))
    assert urls(run(*steps)) == ["/b", "/c"]


def test_a_jump_to_a_label_at_the_end_ends_the_iteration() -> None:
    assert urls(run(ask("a"), Jump(when(YES), "end", ORIGIN), ask("b"), Label("end"))) == ["/a"]


def test_a_jump_to_nowhere_fails_the_iteration() -> None:
    loop = run(ask("a"), Jump(when(YES), "nowhere", ORIGIN), ask("b"))
    message = "there is no label 'nowhere'"
    assert errors(loop) == {("iteration", "main"): [("expression", message)]}
    assert urls(loop) == ["/a"]


def test_an_iteration_may_end_early_and_well() -> None:
    loop = run(ask("a"), Jump(when(YES), None, ORIGIN), ask("b"), iterations=2)
    assert urls(loop) == ["/a", "/a"]
    assert loop.iterations == {"started": 2, "finished": 2, "failed": 0}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Jump(when(UNCOMPUTABLE), "x", ORIGIN), "Failed to compute skip condition - no such luck"),
        (Jump(when(UNCOMPUTABLE), None, ORIGIN), "Failed to compute stop condition - no such luck"),
        (Branch(when(UNCOMPUTABLE), (), (), ORIGIN), "Failed to compute skip condition - no such luck"),
        (Loop((), 1, ORIGIN, when(UNCOMPUTABLE)), "Failed to compute loop condition - no such luck"),
    ],
)
def test_a_condition_that_cannot_be_computed_fails_the_iteration(step: Step, message: str) -> None:
    loop = run(ask("a"), step, ask("b"))
    assert errors(loop) == {("iteration", "main"): [("expression", message)]}
    assert loop.series["request", "GET /a"].failed == 0, "the request before it is not to blame"
    assert urls(loop) == ["/a"]


def test_a_failed_check_is_not_forgiven_by_a_jump() -> None:
    loop = run(get("http://shop/a", checks=(check(var("x")),)), Jump(when(YES), "end", ORIGIN), Label("end"))
    assert loop.iterations["failed"] == 1


@pytest.mark.parametrize(
    "circle",
    [(Label("top"), Jump(when(YES), "top", ORIGIN)), (Loop((assign(a="1"),), 10**15, ORIGIN),)],
    ids=["a jump", "a loop"],
)
def test_a_circle_without_requests_lets_the_loop_turn(circle: tuple[Step, ...]) -> None:
    iteration = compiled(*circle)[0].function(None)
    assert [iteration.send(None) for _ in range(3)] == [(SLEEP, 0.0)] * 3
    iteration.close()
    assert PATIENCE >= 1000, "a turn is cheap, but not free"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (group("g", Jump(when(YES), "x", ORIGIN)), NotRunnable),
        (group("g", Label("x")), InvalidInput),
        (Loop((Jump(when(YES), None, ORIGIN),), 2, ORIGIN), NotRunnable),
    ],
)
def test_jumps_and_labels_stand_in_the_journeys_own_list(step: Step, error: type[Exception]) -> None:
    with pytest.raises(error, match="cannot stand inside a group, loop or branch"):
        compiled(step)


@pytest.mark.parametrize("goes_on", [True, False], ids=["failures end nothing", "failures end the iteration"])
@pytest.mark.parametrize(
    ("what", "paths"),
    [
        ("pass", ["/a", "/a", "/c", "/a", "/a", "/c"]),
        ("loop", ["/a", "/c", "/a", "/c"]),
        ("iteration", ["/a", "/a"]),
        ("user", ["/a"]),
        ("test", ["/a"]),
    ],
)
def test_a_step_leaves_what_it_says(what: Any, paths: list[str], goes_on: bool) -> None:
    inside = Loop((group("g", ask("a"), Leave(what, ORIGIN)), ask("b")), 2, ORIGIN)
    loop = run(inside, ask("c"), iterations=2, goes_on_after_failures=goes_on)
    assert urls(loop) == paths
    assert not errors(loop)


def test_a_step_leaves_only_when_its_condition_holds() -> None:
    steps = (ask("a"), Leave("iteration", ORIGIN, when(NO)), ask("b"), Leave("iteration", ORIGIN, when(YES)), ask("c"))
    assert urls(run(*steps, goes_on_after_failures=True)) == ["/a", "/b"]


def test_variables_that_are_kept_are_found_by_the_next_iteration() -> None:
    steps = (assign(a="first"), ask("before"), get(text("http://shop/", var("a"))), assign(a="later"))
    assert urls(run(*steps, iterations=2, keeps_variables=True)) == ["/before", "/first", "/before", "/later"]
    assert urls(run(*steps, iterations=2)) == ["/before", "/first", "/before", "/first"]
