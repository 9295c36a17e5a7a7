"""`assert` in scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.program.javascript.conftest import Run

# What Node 20's `require('assert').strict` does with each script: null, or name, message, generatedMessage, code
# and operator of what it throws. Left out are the two places where ours differs on purpose: Node 20 appends
# generated lines to a message of the script's own where both values are short, and leaves lines out of long diffs.
NODE = json.loads(Path(__file__).with_name("node_assertions.json").read_text())

CATCH = """
const {{name, message, generatedMessage = null, code = null, operator = null}} = (() => {{
  try {{ {script}
    return {{name: null}}
  }} catch (error) {{ return error }}
}})()
const outcome = JSON.stringify(name && [name, message, generatedMessage, code, operator])
"""


@pytest.mark.parametrize("case", NODE, ids=[case["script"] for case in NODE])
def test_assertions_are_those_of_node(run: Run, case: dict[str, Any]) -> None:
    result = run(CATCH.format(script=case["script"]))
    assert result.failure is None
    assert json.loads(result.variables["outcome"]) == case["outcome"]


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("assert(false, 'nope')", "AssertionError: nope"),
        ("assert(1 === 2)", "AssertionError: false == true"),
        ("assert.equal($.a, 2)", "AssertionError: Expected values to be strictly equal:\n\n1 !== 2\n"),
        ("assert.equal(1, 2, 'a message of its own')", "AssertionError: a message of its own"),
        ("assert.fail()", "AssertionError: Failed"),
        ("assert(false, new TypeError('own'))", "TypeError: own"),
    ],
)
def test_a_failed_assertion_is_the_failure_of_the_script(run: Run, script: str, failure: str) -> None:
    assert run(script, {}, b'{"a": 1}').failure == f"Post Script {failure}"


@pytest.mark.parametrize(
    "script",
    [
        "const a = {}; a.self = a; const b = {}; b.self = b; assert.deepEqual(a, b); var ok = true",
        "const a = []; a.push(a, 1); const b = []; b.push(b, 2); assert.notDeepEqual(a, b); var ok = true",
        "const make = () => new Map([['k', new Set([{x: 1}])]]); assert.deepEqual(make(), make()); var ok = 1",
        "assert.notDeepEqual(new Map([[{a: 1}, 1]]), new Map([[{a: 1}, 2]])); var ok = 1",
        "assert.deepEqual(new Uint8Array([1, 2]), new Uint8Array([1, 2])); var ok = 1",
        "assert.notDeepEqual(new Error('a'), new Error('b')); var ok = 1",
        "try { assert(false) } catch (e) { var ok = e instanceof assert.AssertionError && e instanceof Error }",
    ],
)
def test_values_of_every_kind_are_compared(run: Run, script: str) -> None:
    result = run(f"(() => {{ {script.replace('var ok', 'ok')} }})()")
    assert result.failure is None
    assert "ok" in result.variables


def test_a_long_difference_is_cut(run: Run) -> None:
    failure = run("assert.deepEqual(Array(1000).fill(1), Array(1000).fill(2))").failure
    assert failure is not None
    assert failure.endswith("...")
    assert failure.count("\n") < 60


def test_a_circular_value_can_be_shown(run: Run) -> None:
    failure = run("(() => { const a = {}; a.a = a; assert.deepEqual(a, {}) })()").failure
    assert failure is not None
    assert "[Circular *1]" in failure
