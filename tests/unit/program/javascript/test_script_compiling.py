"""What is said of scripts that cannot be compiled, and which scripts get a realm of their own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import InvalidInput
from penstock.program.javascript import InvalidScript, Sandbox
from penstock.program.javascript.scanning import candidates, changes_built_ins, find_unavailable, tokens


@pytest.mark.parametrize(
    ("source", "message", "reason"),
    [
        ("const a = ;", "line 1: SyntaxError: unexpected token in expression: ';'", "the first line"),
        ("const a = 1\nlet b = 2\nlet c = )", "line 3: SyntaxError: unexpected token in expression: ')'", "the third"),
        ("\n\nconst a = 1\n}", "line 4: SyntaxError: unexpected token in expression: '}'", "a brace too many"),
        ("let a\nlet a", "line 2: SyntaxError: invalid redefinition of lexical identifier", "declared twice"),
        ("const a", "line 1: SyntaxError: missing initializer for const variable", "a constant without a value"),
        ("return 1", "line 1: SyntaxError: return not in a function", "a script is no function"),
        ("/(/", "line 1: SyntaxError: expecting ')'", "a broken regular expression"),
        ("'abc", "line 1: SyntaxError: unexpected end of string", "an open string"),
        ("a\0b", "line 1: the script holds a NUL character", "no text"),
        ("a\n'\ud800'", "line 2: the script holds half a character (a lone surrogate)", "no text either"),
        ("x\nasync function f() {}", "line 2: async functions are not available", "async"),
        ("const f = async () => 1", "line 1: async functions are not available", "arrow"),
        ("const o = {async m() {}}", "line 1: async functions are not available", "method"),
        ("await x", "line 1: await is not available", "await"),
        ("import('x')", "line 1: import is not available", "a dynamic import"),
        ("import x from 'y'", "line 1: import is not available", "a static one"),
        ("export const a = 1", "line 1: export is not available", "an export"),
    ],
)  # fmt: skip
def test_an_invalid_script_is_refused_with_its_line(sandbox: Sandbox, source: str, message: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        sandbox.compile(source)
    assert str(caught.value).removesuffix(": scripts run synchronously, alone") == message, reason
    assert isinstance(caught.value, InvalidScript)
    assert caught.value.line == int(message.split(":")[0].removeprefix("line "))


@pytest.mark.parametrize(
    "source",
    [
        "const async = 1; const o = {async: 2, await: 3}; o.async + o.await + async",
        "const text = 'async function await import(x)'",
        "// async () => await import('x')\n/* export default */",
        "const t = `async () => ${1}`",
        "const re = /async function/",
        "const o = {import: 1, export: 2}; o.import + o.export",
        "const re = /[/]async x/.test('')",
        "const d = 8 / 2; const e = ' async x '; const f = d / 2",
    ],
)
def test_words_that_only_look_like_promises_and_modules_are_fine(sandbox: Sandbox, source: str) -> None:
    assert sandbox.compile(source).run({}, None).failure is None


@pytest.mark.parametrize(
    ("source", "expected", "reason"),
    [
        ("a /* b */ + 'c' // d", "a +", "comments and strings are left out"),
        ("`a${b + `c${d}e`}f`", "b + d", "templates only show their holes"),
        ("`${{a: 1}}`", "{ a : 1 }", "with braces inside"),
        ("a = /b'c/g; d", "a = ; d", "a regular expression"),
        ("a / b / c", "a / b / c", "a division"),
        ("f(x) / 2 / g", "f ( x ) / 2 / g", "after a call"),
        ("if (x) /re'/.test(y)", "if ( x ) . test ( y )", "a regular expression after a condition"),
        ("return /re'/", "return", "after a word"),
        ("i++ / 2 + 'x' / 3", "i ++ / 2 + / 3", "after an operator at the end"),
        ("a = b\n/re/g", "a = b / re / g", "a line's end does not end a division"),
        ("/[/'\\]]/.x", ". x", "a class of characters"),
        ("a?.b ?? c", "a ?. b ? ? c", "marks"),
        ("'open", "", "an open string"),
        ("`open ${a", "a", "an open template"),
        ("x => y === z", "x => y === z", "marks of several characters"),
    ],
)
def test_tokens(source: str, expected: str, reason: str) -> None:
    assert " ".join(token.text for token in tokens(source)) == expected, reason


def test_tokens_know_their_lines() -> None:
    source = "a\n/*\n*/ b `\n\n${c}` '\\\n' d"
    assert [(token.text, token.line) for token in tokens(source)] == [("a", 1), ("b", 3), ("c", 5), ("d", 6)]


@settings(deadline=None)  # the other side is a process of its own
@given(st.text(alphabet="ab1 \n'\"`/*\\${}()[]=>;.+-\u2028é😀", max_size=60))
def test_any_text_can_be_scanned(source: str) -> None:
    scanned = list(tokens(source))
    assert all(1 <= token.line <= source.count("\n") + 1 for token in scanned)
    assert [token.line for token in scanned] == sorted(token.line for token in scanned)
    assert find_unavailable(scanned) is None
    assert changes_built_ins(scanned) is False


@settings(deadline=None)  # the other side is a process of its own
@given(st.text(alphabet="ab 1\n'\"`/*\\${}()[]=>;.+-é\0\u2028😀", max_size=40))
def test_any_text_compiles_or_is_refused(sandbox: Sandbox, source: str) -> None:
    line: int | None = 1
    try:
        sandbox.compile(source).run({"a": "1"}, b"{}")
    except InvalidScript as error:
        line = error.line
    assert line is None or 1 <= line <= len(source.splitlines()) + 2
    assert sandbox.compile("const alive = 1").run({}, None).variables == {"alive": "1"}


@settings(deadline=None)  # the other side is a process of its own
@given(st.lists(st.from_regex(r"[a-z_$][a-z0-9_$]{0,5}", fullmatch=True), max_size=5), st.sampled_from(" .,;+'\"\n`/*"))
def test_every_word_is_a_candidate(words: list[str], between: str) -> None:
    reserved = {"do", "if", "in", "for", "new", "try", "var", "let", "case", "else", "enum", "eval", "null", "this",
                "true", "void", "with", "await", "break", "catch", "class", "const", "false", "super", "throw", "while",
                "delete", "export", "import", "return", "switch", "typeof"}  # fmt: skip
    assert set(candidates(between.join(words))) == set(words) - reserved


@pytest.mark.parametrize(
    ("source", "expected", "reason"),
    [
        ("Array.prototype.last = f", True, "a method added"),
        ("Array.prototype['last'] = f", True, "by a computed name"),
        ("Object.assign(String.prototype, {})", True, "assigned"),
        ("Object.defineProperty(Array.prototype, 'x', {})", True, "defined"),
        ("Object.defineProperty(Math, 'x', {})", True, "on a namespace"),
        ("Math.sum = f", True, "assigned to a namespace"),
        ("const p = Array.prototype; p.x = 1", True, "by another name"),
        ("JSON = 1", True, "replaced"),
        ("x.__proto__ = y", True, "a prototype set"),
        ("Object.setPrototypeOf(a, b)", True, "or set so"),
        ("Array.prototype.slice.call(x)", False, "the usual borrowing"),
        ("Object.prototype.hasOwnProperty.call(a, b)", False, "of another kind"),
        ("JSON.parse(x) === Math.max(1)", False, "ordinary use"),
        ("const a = new Date(); a.x = Number(1)", False, "ordinary objects"),
        ("Foo.prototype.bar = 1", False, "a class of the script's own"),
        ("o.Array.prototype = 1", False, "a property of that name"),
        ("'Array.prototype.x = 1'", False, "a string"),
        ("Number.isInteger(x) == Math.PI", False, "comparisons are no assignments"),
    ],
)
def test_scripts_that_change_built_ins_are_told_from_others(source: str, expected: bool, reason: str) -> None:
    assert changes_built_ins(list(tokens(source))) is expected, reason


@pytest.mark.parametrize(
    ("source", "reads_all"),
    [
        ("const a = __status + token", False),
        ("const a = token + this.__status", True),
        ("globalThis[token] = '__status'", True),
    ],
)
def test_a_program_says_which_variables_it_may_read(sandbox: Sandbox, source: str, reads_all: bool) -> None:
    program = sandbox.compile(source)
    assert program.names >= {"token", "__status"}
    assert program.reads_all is reads_all
