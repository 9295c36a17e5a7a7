"""`console` of scripts."""

from __future__ import annotations

import pytest

from penstock.program.javascript import Limits, Sandbox
from tests.unit.program.javascript.conftest import Run


@pytest.mark.parametrize(
    ("call", "line", "reason"),
    [
        ("console.log('a')", "a ", "an item and a blank"),
        ("console.log('a', 1, true, null, undefined)", "a 1 true null undefined ", "a blank after every one"),
        ("console.log()", "", "no items, an empty line"),
        ("console.log({a: 1, b: [2]})", '{\n  "a": 1,\n  "b": [\n    2\n  ]\n} ', "objects as JSON indented by two"),
        ("console.log([])", "[] ", "an empty array"),
        ("console.log(new Error('e'))", "Error: e ", "an error is readable"),
        ("console.log(x => x)", "x => x ", "a function as its source"),
        ("{ const a = {}; a.a = a; console.log(a) }", "[object Object] ", "a circular value does not fail the script"),
        ("console.log(Symbol('s'), 5n)", "Symbol(s) 5 ", "symbols and big integers"),
        ("console.warn('w')", "w ", "the other names of log do the same"),
    ],
)
def test_every_call_is_a_line(run: Run, call: str, line: str, reason: str) -> None:
    result = run(call)
    assert (result.failure, result.console) == (None, [line]), reason


def test_lines_before_a_failure_are_kept(run: Run) -> None:
    result = run("console.log('before'); throw new Error('x'); console.log('after')")
    assert result.console == ["before "]
    assert result.failure == "Post Script Error: x"


def test_lines_are_bounded_in_number_and_length(run: Run) -> None:
    result = run("for (let i = 0; i < 1000; i++) console.log('x'.repeat(i + 2450)); const done = 1")
    assert len(result.console) == 100
    assert [len(line) for line in result.console[48:52]] == [2499, 2500, 2500, 2500]
    assert result.variables == {"done": "1"}


def test_one_call_with_many_items_is_bounded(run: Run) -> None:
    result = run("console.log(...Array(50000).fill('item'))")
    assert [len(line) for line in result.console] == [2500]


def test_the_bounds_can_be_set() -> None:
    with Sandbox(Limits(console_lines=2, console_line_chars=3)) as sandbox:
        result = sandbox.compile("console.log('abcdef'); console.log(1); console.log(2)").run({}, None)
    assert result.console == ["abc", "1 "]


def test_lines_of_one_run_do_not_show_in_the_next(run: Run) -> None:
    run("console.log('first')")
    assert run("console.log('second')").console == ["second "]
