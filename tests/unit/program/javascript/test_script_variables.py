"""What a script sees, and what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.program.javascript import Sandbox
from tests.unit.program.javascript.conftest import Run


@pytest.mark.parametrize(
    ("source", "expected", "reason"),
    [
        ("const a = 1; let b = 2; var c = 3", {"a": "1", "b": "2", "c": "3"}, "the three kinds of variables"),
        ("function f(x) { return x }", {"f": "function f(x) { return x }"}, "a function comes as its source"),
        ("class A { m() {} }", {"A": "class A { m() {} }"}, "so does a class"),
        (
            "const {a, b: {c, ...d}, ...e} = {a: 1, b: {c: 2, x: 3}, y: 4}",
            {"a": "1", "c": "2", "d": '{"x":3}', "e": '{"y":4}'},
            "destructured objects; b is only a key",
        ),
        ("const [p, , q = 9, ...r] = [1, 2, undefined, 4]", {"p": "1", "q": "9", "r": "[4]"}, "destructured arrays"),
        ("let {[`k${1}`]: v} = {k1: 'x'}", {"v": "x"}, "a computed key"),
        ("if (true) { var a = 1; let b = 2; const c = 3 }", {"a": "1"}, "var leaves its block, let and const do not"),
        ("for (var i = 0; i < 3; i++) { let t = i }", {"i": "3"}, "a loop's var is one of the script"),
        ("for (let i = 0; i < 3; i++);", {}, "a loop's let is not"),
        ("for (const k in {a: 1}) { var last = k }", {"last": "a"}, "for-in"),
        ("(function () { var hidden = 1; let h2 = 2; function h3() {} })()", {}, "what functions declare is theirs"),
        (
            "const f = (inner) => { const x = inner; return x }; const y = f(5)",
            {"f": "(inner) => { const x = inner; return x }", "y": "5"},
            "parameters are nobody's variables",
        ),
        (
            "found = 1; [one, two] = [1, 2]; ({three} = {three: 3}); for (four of [4]);",
            {"found": "1", "one": "1", "two": "2", "three": "3", "four": "4"},
            "undeclared names, however assigned",
        ),
        (
            "const text = 'const hidden = 1'; // let hidden2 = 2\n/* var hidden3 = 3 */",
            {"text": "const hidden = 1"},
            "strings and comments declare nothing",
        ),
        ("const t = `a${(() => { const hidden = 1; return hidden })()}b`", {"t": "a1b"}, "nor do holes of templates"),
        (
            "const re = /const hidden = '/; const x = 4 / 2 / 1",
            {"re": "/const hidden = '/", "x": "2"},
            "regular expressions and divisions",
        ),
        (
            "const o = {hidden: 1, hidden2() {}, get hidden3() { return 1 }}; o.hidden4 = 1",
            {"o": '{"hidden":1,"hidden3":1,"hidden4":1}'},
            "keys and properties are no variables",
        ),
        ("lab: for (;;) { break lab }", {}, "a label is not one either"),
        ("try { throw 1 } catch (hidden) { var seen = hidden }", {"seen": "1"}, "nor a catch parameter"),
        ("const \\u0061b = 1; const \\u{63}d = 2", {"ab": "1", "cd": "2"}, "names may be written with escapes"),
        (
            "const größe = 1, ñ = 2, 变量 = 3, $x = 4, _ = 5",
            {"größe": "1", "ñ": "2", "变量": "3", "$x": "4", "_": "5"},
            "letters of any alphabet",
        ),
        (
            "const package = 1, static = 2, async = 3, of = 4, get = 5; var let_ = 6",
            {"package": "1", "static": "2", "async": "3", "of": "4", "get": "5", "let_": "6"},
            "words that are reserved only elsewhere",
        ),
        ("const Map = 1; let JSON = 2; var Date = 3", {"Map": "1", "JSON": "2", "Date": "3"}, "names of built-ins too"),
        ("const a = 1\n// a comment without an end of line", {"a": "1"}, "a comment at the end"),
        ("const a = 1 /* at the end */", {"a": "1"}, "a block comment at the end"),
        ("'use strict'; const a = 1", {"a": "1"}, "a directive is accepted"),
        (
            "const a = (function () { return !this })(), b = (function () { 'use strict'; return this })()",
            {"a": "false"},
            "functions are sloppy unless they say otherwise",
        ),
        ("function a() {} function a() { return 2 }", {"a": "function a() { return 2 }"}, "the last of two functions"),
        ("var a = 1; function a() {}", {"a": "1"}, "one name by var and function"),
        (
            "var r = later(); function later() { return 'hoisted' }",
            {"r": "hoisted", "later": "function later() { return 'hoisted' }"},
            "functions are there from the start",
        ),
        ("", {}, "an empty script"),
        ("// nothing", {}, "only a comment"),
    ],
)
def test_what_a_script_declares_comes_back(run: Run, source: str, expected: dict[str, str], reason: str) -> None:
    result = run(source)
    assert result.failure is None, reason
    assert result.variables == expected, reason


@pytest.mark.parametrize(
    ("expression", "expected", "reason"),
    [
        ("'text'", "text", "a text is itself"),
        ("1.50", "1.5", "numbers as JavaScript prints them"),
        ("0.1 + 0.2", "0.30000000000000004", "all of their digits"),
        ("1e21", "1e+21", "large ones"),
        ("NaN", "NaN", "not a number"),
        ("false", "false", "booleans"),
        ("null", "", "null has no text"),
        ("12345678901234567890n", "12345678901234567890", "big integers"),
        ("({a: [1, 'b', null], c: {d: true}})", '{"a":[1,"b",null],"c":{"d":true}}', "objects as JSON"),
        ("[]", "[]", "arrays as JSON"),
        ("[,1]", "[null,1]", "holes as JSON has them"),
        ("({toJSON() { return undefined }})", "", "an object without a JSON form"),
        ("new Date(0).toISOString()", "1970-01-01T00:00:00.000Z", "a date's text"),
        ("/a\\/b/gi", "/a\\/b/gi", "a regular expression as its source"),
        ("new TypeError('x')", "TypeError: x", "an error as its text"),
        ("Symbol('s')", "Symbol(s)", "symbols"),
        ("new String('boxed')", '"boxed"', "a boxed text is an object"),
        ("'\\u0000\\u001f\\u2028'", "\0\x1f\u2028", "every character survives"),
        ("'😀é'", "😀é", "beyond the basic plane too"),
        ("'\\ud800x'", "\ufffdx", "half a character becomes the replacement character"),
    ],
)
def test_values_become_texts(run: Run, expression: str, expected: str, reason: str) -> None:
    result = run(f"const value = {expression}")
    assert (result.failure, result.variables) == (None, {"value": expected}), reason


def test_a_declared_variable_without_a_value_does_not_come_back(run: Run) -> None:
    assert run("let a; var b; const c = undefined").variables == {}


@pytest.mark.parametrize(
    ("source", "changes", "reason"),
    [
        ("token + other", {}, "reading changes nothing"),
        ("token = 'new'", {"token": "new"}, "an assignment"),
        ("token = token", {}, "the same value is no change"),
        ("token += other", {"token": "TO"}, "operators assign as well"),
        ("const token = 'mine'", {"token": "mine"}, "a declaration hides the variable, and becomes it"),
        ("var token = token + '!'", {"token": "T!"}, "var does not hide it"),
        ("var token", {}, "and leaves it alone"),
        ("let token", {}, "a declaration without a value as well"),
        ("function token() {}", {"token": "function token() {}"}, "a function of that name"),
        ("{ let token = 1; token = 2 }", {}, "an inner one is another"),
        ("(function () { token = 'inner' })()", {"token": "inner"}, "changed by a function"),
        ("[1].forEach(() => { token = 'arrow' })", {"token": "arrow"}, "changed by a closure"),
        ("token = null", {"token": ""}, "null empties it"),
        ("token = undefined", {"token": ""}, "and so does undefined"),
        ("delete token", {"token": ""}, "and delete"),
        ("token = {a: 1}", {"token": '{"a":1}'}, "objects as JSON"),
        ("token = Number('5')", {"token": "5"}, "numbers as text"),
        ("this.token = 'by this'", {"token": "by this"}, "the variables are properties of `this`"),
        ("this['tok' + 'en'] = this['oth' + 'er']", {"token": "O"}, "by computed names too"),
        ("globalThis.token = globalThis.other + globalThis.made", {"token": "Oundefined"}, "and of `globalThis`"),
        ("for (let i = 0; i < 2; i++) this['item_' + i] = i", {"item_0": "0", "item_1": "1"}, "new ones as well"),
        ("with ({token: 1}) { token = 2 }", {}, "`with` works as ever"),
    ],
)
def test_changed_variables_come_back(run: Run, source: str, changes: dict[str, str], reason: str) -> None:
    result = run(source, {"token": "T", "other": "O", "unused": "U"})
    assert (result.failure, result.variables) == (None, changes), reason


def test_a_variable_may_be_called_like_a_built_in(run: Run) -> None:
    result = run("const seen = [JSON, assert, name, toString, __proto__].join()", {
        "JSON": "a", "assert": "b", "name": "c", "toString": "d", "__proto__": "e",
    })  # fmt: skip
    assert result.variables == {"seen": "a,b,c,d,e"}


def test_variables_that_hide_what_scripts_always_have_are_left_out(run: Run) -> None:
    result = run("const seen = $.a + typeof this.globalThis", {"$": "x", "globalThis": "y"}, b'{"a": 1}')
    assert result.variables == {"seen": "1object"}


def test_a_name_that_is_no_variable_is_an_error(run: Run) -> None:
    assert run("missing + 1").failure == "Post Script ReferenceError: missing is not defined"


@pytest.mark.parametrize(
    ("body", "expected", "reason"),
    [
        (b'{"a": {"b": [1, 2]}}', '{"a":{"b":[1,2]}}', "JSON is parsed"),
        (b"[1]", "[1]", "an array"),
        (b'"text"', "text", "a scalar is JSON"),
        (b"null", "", "null is JSON too"),
        (b"", "{}", "an empty body is not"),
        (None, "{}", "nor is none"),
        (b"<html>", "{}", "nor HTML"),
        (b'{"a": 1} trailing', "{}", "nor JSON with something behind it"),
        (b'{"a": 1}\0', "{}", "nor with a NUL behind it"),
        (b'{"__proto__": 5}', '{"__proto__":5}', "an evil name is a name"),
        ('{"ä": "\U0001f600"}'.encode(), '{"ä":"😀"}', "UTF-8"),
        (b'{"a": "\xff"}', '{"a":"\ufffd"}', "bytes that are no UTF-8 are replaced"),
        (b'{"a": "\\u0000"}', '{"a":"\\u0000"}', "an escaped NUL is a character"),
    ],
)
def test_the_body_is_in_scope_as_json(run: Run, body: bytes | None, expected: str, reason: str) -> None:
    assert run("const got = $", {}, body).variables == {"got": expected}, reason


def test_a_body_nested_beyond_the_stack_counts_as_no_json(run: Run) -> None:
    assert run("const got = $", {}, b"[" * 200_000 + b"]" * 200_000).variables == {"got": "{}"}


def test_a_large_body_and_many_variables_pass(run: Run) -> None:
    variables = {f"v{i}": "x" * 1000 for i in range(500)}
    result = run("const size = $.length + Object.keys(this).length + this.v499.length", variables,
                 b"[" + b"1," * 400_000 + b"1]")  # fmt: skip
    assert result.failure is None
    assert int(result.variables["size"]) == 400_001 + 502 + 1000  # `$` and `globalThis` are names too


def test_a_circular_value_is_an_error(run: Run) -> None:
    result = run("const a = {}; a.a = a")
    assert result.failure == "Post Script TypeError: circular reference"
    assert result.variables == {}


@pytest.mark.parametrize(
    ("source", "failure", "reason"),
    [
        ("throw new Error('nope')", "Error: nope", "the usual error"),
        ("throw new RangeError('r')", "RangeError: r", "its name counts"),
        (
            "class Mine extends Error { constructor(m) { super(m); this.name = 'Mine' } }; throw new Mine('m')",
            "Mine: m",
            "an error of the script's own",
        ),
        ("throw 'text'", "Error: text", "something else than an error"),
        ("throw {name: 'N', message: 'M'}", "N: M", "an object like an error"),
        ("throw {message: {toString() { return 'shown' }}}", "Error: shown", "a message that is no text"),
        ("throw {get message() { throw 1 }}", "Error: the value that was thrown cannot be shown", "an evil one"),
        ("throw Symbol('s')", "Error: Symbol(s)", "a symbol"),
        ("throw undefined", "Error: undefined", "nothing at all"),
        ("$.a.b", "TypeError: cannot read property 'b' of undefined", "a missing part of the body"),
        ("null.x", "TypeError: cannot read property 'x' of null", "null"),
        ("const c = 1; c = 2", "TypeError: 'c' is read-only", "constants are constant"),
        ("later; let later = 1", "ReferenceError: later is not initialized", "too early"),
    ],
)
def test_an_exception_is_the_failure(run: Run, source: str, failure: str, reason: str) -> None:
    result = run(source, {"a": "1"})
    assert result.failure == f"Post Script {failure}", reason
    assert result.variables == {}, reason


def test_without_a_title_a_failure_begins_with_the_error(sandbox: Sandbox) -> None:
    assert sandbox.compile("throw new Error('x')").run({}, None).failure == "Error: x"


NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True).map(lambda name: f"v_{name}")
TEXTS = st.text(max_size=30).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)


@settings(deadline=None)  # the other side is a process of its own
@given(values=st.dictionaries(NAMES, TEXTS, max_size=6))
def test_any_text_goes_in_and_comes_out_unchanged(sandbox: Sandbox, values: dict[str, str]) -> None:
    program = sandbox.compile(
        "for (const name of Object.keys(this)) if (name[0] === 'v') this['out_' + name] = this[name]"
    )
    result = program.run(values, None)
    assert result.failure is None
    assert result.variables == {f"out_{name}": value for name, value in values.items()}


# A script made of pieces; each says which names it declares at the top level.
PIECES = st.sampled_from(
    [
        ("const {n} = {{a: 1}};", True),
        ("let {n} = `t${{1 + `${{2}}`}}`;", True),
        ("var {n} = /[/'\"`{{]/.test('x');", True),
        ("function {n}(p) {{ return p / 2 / 1 }}", True),
        ("const [{n}] = [1];", True),
        ("const {{x: {n} = 3}} = {{}};", True),
        ("{{ const {n} = 1 }}", False),
        ("if (1) {{ let {n} = {{}} }} else {{ class {n} {{}} }}", False),
        ("(() => {{ var {n} = 1 }})();", False),
        ("'const {n} = 1';", False),
        ("// var {n} = 1", False),
        ("/* let {n} = 1 */", False),
        ("({{ {n}: 1, m: `{n}` }}).{n};", False),
        ("for (const {n} of [1]) {{}}", False),
        ("try {{}} catch ({n}) {{}}", False),
    ]
)


@settings(deadline=None)  # the other side is a process of its own
@given(pieces=st.lists(PIECES, max_size=8))
def test_exactly_the_names_of_the_top_level_are_declared(sandbox: Sandbox, pieces: list[tuple[str, bool]]) -> None:
    source = "\n".join(piece.format(n=f"name{i}") for i, (piece, _) in enumerate(pieces))
    program = sandbox.compile(source)
    assert set(program.declared) == {f"name{i}" for i, (_, declares) in enumerate(pieces) if declares}
    assert program.run({}, None).failure is None
