"""Journeys as a whole: defaults, facts of the run, chance, refusals."""

from __future__ import annotations

from random import Random

import pytest

from penstock.errors import InvalidInput, NotRunnable
from penstock.model import (
    Assign,
    Assignment,
    Call,
    Code,
    Expr,
    Group,
    Hole,
    Journey,
    Scenario,
    Script,
    Step,
    Text,
)
from penstock.program.journeys import compile_with
from tests.engine.fake_loop import FakeLoop
from tests.unit.program.harness import (
    ORIGIN,
    UNCOMPUTABLE,
    answer,
    assign,
    compiled,
    errors,
    get,
    run,
    text,
    urls,
    var,
)
from tests.unit.program.plain_dialect import PlainDialect

SHOW = get(text("http://shop/", var("a"), "-", var("b")))


def test_defaults_are_computed_anew_each_iteration() -> None:
    loop = run(assign(a="1"), SHOW, assign(a="2", b="3"), SHOW, iterations=2)
    missing = "%3CVariable(name='b')%3E"
    assert urls(loop) == [f"/1-{missing}", "/2-3"] * 2, "nothing is left of the iteration before"


def test_assignments_of_one_step_see_the_variables_before_it() -> None:
    loop = run(assign(a="1", b="0"), assign(a=text(var("b")), b=text(var("a"))), SHOW)
    assert urls(loop) == ["/0-1"]


def test_one_of_several_texts_is_drawn_each_time() -> None:
    choices = [text("x"), text(var("b")), text("z")]
    loop = run(assign(b="y"), assign(a=choices), SHOW, iterations=60)
    assert set(urls(loop)) == {"/x-y", "/y-y", "/z-y"}


def test_a_variable_without_a_choice_becomes_empty() -> None:
    assert urls(run(assign(b="1"), Assign((Assignment("a", ()),), ORIGIN), SHOW)) == ["/-1"]


def test_a_default_that_cannot_be_computed_ends_the_iteration_before_its_first_request() -> None:
    loop = run(assign(a=text(UNCOMPUTABLE)), SHOW, iterations=2)
    assert errors(loop) == {("iteration", "main"): [("expression", "no such luck")] * 2}
    assert not loop.requests


def test_facts_of_the_run_are_variables_of_the_dialect() -> None:
    constants = {"run_id": "r1", "start_time_ms": "1700000000000", "launched_by": "ann"}
    loop = run(get(text("http://shop/", var("run"))), constants=constants)
    assert urls(loop) == ["/r1%201700000000000%20ann"]


def two_journeys() -> Scenario:
    journeys = (Journey("a", (get(),), ORIGIN), Journey("b", (get("http://shop/b"),), ORIGIN))
    return Scenario("s", "loadmill", journeys, (), ORIGIN)


def test_each_journey_is_compiled_in_its_place() -> None:
    journeys = compile_with(PlainDialect(), Random(1), two_journeys())
    assert [journey.name for journey in journeys] == ["a", "b"]
    load = {"phases": [{"start": 2, "end": 2, "duration_s": 9}], "iterations_per_user": 1}
    loop = FakeLoop({"load": load, "journeys": [{"name": "a"}, {"name": "b"}]}, answer())
    assert urls(loop.run([journey.function for journey in journeys])) == ["/items", "/b"]


def test_a_scenario_without_journeys_is_refused() -> None:
    with pytest.raises(InvalidInput, match="there is nothing to do"):
        compile_with(PlainDialect(), Random(1), Scenario("s", "loadmill", (), (), ORIGIN))


def test_a_script_that_is_not_valid_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInput, match=r"test\.json: requests\[0\]: line 2: SyntaxError"):
        compiled(get(), Group("g", (Script(Code("javascript", "a = 1\nb = (", ORIGIN)),), ORIGIN))


def deep_expression() -> Step:
    expr: Expr = var("a")
    for _ in range(3000):
        expr = Call("upper", (expr,))
    return get(Text((Hole(expr, "…"),)))


def deep_group() -> Step:
    step: Step = get()
    for _ in range(3000):
        step = Group("g", (step,), ORIGIN)
    return step


@pytest.mark.parametrize("step", [deep_group(), deep_expression()], ids=["groups", "expressions"])
def test_endless_nesting_is_refused(step: Step) -> None:
    with pytest.raises(NotRunnable, match="nested too deeply"):
        compiled(step)


def test_an_empty_journey_is_an_iteration() -> None:
    loop = run(iterations=3)
    assert loop.iterations == {"started": 3, "finished": 3, "failed": 0}
