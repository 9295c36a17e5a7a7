"""Scripts in a journey: between extracts and checks, or as a step of their own."""

from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.model import Code, Poll, Script
from tests.unit.program.harness import ORIGIN, answer, assign, check, compiled, get, run, takes, text, urls, var


def code(source: str) -> Code:
    return Code("javascript", source, ORIGIN)


def test_a_script_sees_extracts_and_body_and_its_variables_are_checked() -> None:
    scripted = get(
        name="a",
        extracts=(takes(n="n"),),
        script=code("const doubled = String(Number(n) * 2); const name = $.name + ' ' + __.upper('x')"),
        checks=(check(var("doubled"), "14", label="doubled"), check(var("name"), "pen X", label="named")),
    )
    loop = run(scripted, server=answer(body=b'{"n": "7", "name": "pen"}'))
    assert loop.series["request", "a"].checks == {"doubled": [1, 0], "named": [1, 0]}


def test_a_script_that_throws_fails_its_request_and_ends_the_iteration() -> None:
    loop = run(get(script=code("assert.equal(1, 2)"), name="a"), get("http://shop/next"))
    series = loop.series["request", "a"]
    assert series.failed == 1
    ((kind, message),) = series.errors
    assert kind == "script"
    assert message.startswith("Post Script AssertionError")
    assert urls(loop) == ["/items"]


def test_a_script_of_its_own_sets_variables() -> None:
    loop = run(assign(a="5"), Script(code("const next = '/' + (Number(a) + 1)")), get(text("http://shop", var("next"))))
    assert urls(loop) == ["/6"]


def test_a_script_of_its_own_that_throws_fails_the_iteration_only() -> None:
    loop = run(get(name="a"), Script(code("throw new Error('no')")))
    assert loop.series["request", "a"].failed == 0
    assert loop.iterations["failed"] == 1


def test_a_script_runs_in_every_round_of_a_poll() -> None:
    polled = get(script=code("count = String(Number(count) + 1)"), poll=Poll(check(var("count"), "3"), 5, 0.5))
    assert len(run(assign(count="0"), polled).requests) == 3


def test_scripts_see_the_built_ins_that_nothing_else_reads() -> None:
    scripted = get(name="a", script=code("const seen = status"), checks=(check(var("seen"), "200", label="seen"),))
    assert run(scripted).series["request", "a"].checks == {"seen": [1, 0]}


def test_what_is_no_script_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInput, match=r"test\.json: requests\[0\]: line 1: SyntaxError"):
        compiled(get(script=code("const = 1")))
