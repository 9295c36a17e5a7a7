"""Whatever a script does, its run ends in bounded time with a sentence, and the next one works."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from penstock.errors import NotRunnable
from penstock.program.javascript import InvalidScript, Limits, Result, Sandbox

TIME_S = 0.4


@pytest.fixture(scope="module")
def tight() -> Iterator[Sandbox]:
    """A sandbox that tests may bring down: it is to get up again by itself."""
    with Sandbox(Limits(time_s=TIME_S, memory_bytes=16 * 1024 * 1024)) as sandbox:
        yield sandbox


def run_and_survive(sandbox: Sandbox, source: str, body: bytes | None = None) -> Result:
    healthy = sandbox.compile("const sum = Number(a) + 1")
    result = sandbox.compile(source, title="Post Script").run({"a": "1"}, body)
    assert healthy.run({"a": "1"}, None) == Result({"sum": "2"})
    return result


ENDLESS = [
    ("for (;;);", "a loop"),
    ("while (true) { try { for (;;); } catch (e) {} finally { continue } }", "a loop that catches everything"),
    ("const f = () => { try { f() } finally { f() } }; f()", "recursion that grows in every frame's finally"),
    ("/^(a+)+$/.test('a'.repeat(60) + '!')", "a regular expression that backtracks for ever"),
    ("'a'.repeat(2e6).match(/a*b/)", "one that is merely quadratic"),
    ("[].indexOf.call({length: 2 ** 53 - 1}, 1)", "a built-in that loops over nothing"),
    ("new Array(2 ** 32 - 1).includes(1, 1)", "an array that holds nothing"),
    ("let a = []; for (let i = 0; i < 64; i++) a = [a, a]; a.flat(Infinity)", "a built-in that recurses for ever"),
    ("let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; String(a)", "a text of an enormous array"),
    ("'a'.repeat(4e6).indexOf('a'.repeat(2e6) + 'b')", "a quadratic search"),
    ("throw {toJSON() { for (;;); }}", "an error whose text never ends"),
    ("throw new (class extends Error { get message() { for (;;); } })", "or whose message"),
    ("const a = {toJSON() { for (;;); }}", "a variable whose text never ends"),
    ("Object.defineProperty(this, 'a', {get() { for (;;); }})", "or that is never read"),
    ("undeclared = {get x() { for (;;); }}", "an undeclared one as well"),
    ("console.log({toString() { for (;;); }, toJSON() { for (;;); }})", "a line for the console"),
    ("new Proxy({}, {get() { for (;;); }}).x", "a proxy"),
    ("[1, 2, 3].sort(() => { for (;;); })", "a comparison"),
    ("const o = {[Symbol.iterator]: () => ({next: () => ({done: false})})}; for (const x of o);", "an iterator"),
    ("function* g() { for (;;) yield 1 }; for (const x of g());", "a generator"),
]


@pytest.mark.parametrize(("source", "reason"), ENDLESS, ids=[reason for _, reason in ENDLESS])
def test_a_script_without_end_is_ended(tight: Sandbox, source: str, reason: str) -> None:
    before = time.monotonic()
    result = run_and_survive(tight, source)
    assert time.monotonic() - before < TIME_S + 5, reason
    # Some of them run out of memory first, which is as good an end.
    assert result.failure in (
        "Post Script Error: Script execution timed out after 400ms",
        "Post Script Error: Script ran out of memory (16 MiB)",
    ), reason


def test_the_default_time_is_a_second() -> None:
    with Sandbox() as sandbox:
        result = sandbox.compile("for (;;);", title="Post Script").run({}, None)
    assert result.failure == "Post Script Error: Script execution timed out after 1000ms"


def test_waiting_for_a_function_counts_as_time_of_the_script(tight: Sandbox) -> None:
    def dawdle(_: list[str]) -> str:
        time.sleep(TIME_S + 0.05)
        return "late"

    result = tight.compile("__.dawdle()", {"__dawdle": dawdle}).run({}, None)
    assert result.failure == "Error: Script execution timed out after 400ms"
    assert tight.compile("const a = 1").run({}, None).variables == {"a": "1"}


STACK = "RangeError: Maximum call stack size exceeded"
DEEP = [
    ("function f() { f() } f()", "a function"),
    ("const o = {get a() { return this.a }}; o.a", "a getter"),
    ("const o = {set a(v) { this.a = v }}; o.a = 1", "a setter"),
    ("const o = {toString() { return '' + this }}; '' + o", "toString"),
    ("const o = {valueOf() { return +this }}; +o", "valueOf"),
    ("const o = {toJSON() { return JSON.stringify(this) }}; JSON.stringify(o)", "toJSON"),
    ("const f = () => 'a'.replace(/a/, f); f()", "a replacement by a regular expression"),
    ("const f = () => [1, 2].sort(f); f()", "a comparison"),
    ("const o = {[Symbol.iterator]() { return this[Symbol.iterator]() }}; [...o]", "an iterator"),
    ("const o = {[Symbol.toPrimitive]() { return +this }}; +o", "a conversion"),
    ("class A { constructor() { new A() } }; new A()", "a constructor"),
    ("const p = new Proxy({}, {get: (t, k, r) => r[k]}); p.x", "a proxy"),
    ("const p = new Proxy({}, {}); Object.setPrototypeOf(p, p); p.x", "a proxy that inherits from itself"),
    ("function* g() { yield* g() }; [...g()]", "a generator"),
    ("const f = () => __f.call; const t = () => t`${1}`; t()", "a tagged template"),
    ("let a = []; for (let i = 0; i < 3e4; i++) a = [a]; a.flat(Infinity)", "flattening"),
    ("let a = []; for (let i = 0; i < 3e4; i++) a = [a]; String(a)", "the text of a deep array"),
    ("JSON.parse('['.repeat(1e5))", "parsing deep JSON"),
    ("new RegExp('(?='.repeat(5e4) + ')'.repeat(5e4))", "a deep regular expression"),
    ("let f = () => 1; for (let i = 0; i < 3e4; i++) f = Object.defineProperty(f.bind(), 'name', {value: ''}); f()",
     "a chain of bound functions"),
    ("let p = {}; for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); p.x", "a chain of proxies"),
    ("let a = [], b = []; for (let i = 0; i < 3e4; i++) { a = [a]; b = [b] }; assert.deepEqual(a, b)", "deep equality"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "reason"), DEEP, ids=[reason for _, reason in DEEP])
def test_recursion_without_end_is_an_error_of_the_script(source: str, reason: str) -> None:
    with Sandbox(Limits(time_s=10)) as sandbox:
        process = sandbox.process()
        result = run_and_survive(sandbox, source)
        assert result.failure == f"Post Script {STACK}", reason
        assert sandbox.process() is process, "the interpreter was lost"


@pytest.mark.parametrize(
    "source",
    [
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)",
        "let a = {}; for (let i = 0; i < 1e5; i++) a = {a}; JSON.stringify(a)",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]",
    ],
)
def test_a_text_of_json_without_end_is_ended(tight: Sandbox, source: str) -> None:
    """JSON.stringify of this engine does not look at its stack: the time ends it before."""
    assert run_and_survive(tight, source).failure == "Post Script Error: Script execution timed out after 400ms"


def test_a_script_may_catch_its_own_overflow(tight: Sandbox) -> None:
    result = run_and_survive(tight, "let seen = 'no'; const f = () => f(); try { f() } catch (e) { seen = 'yes' }")
    assert (result.failure, result.variables["seen"]) == (None, "yes")


def test_reasonable_recursion_works(tight: Sandbox) -> None:
    result = run_and_survive(tight, "const f = n => n ? 1 + f(n - 1) : 0; const depth = f(1000)")
    assert (result.failure, result.variables["depth"]) == (None, "1000")


GREEDY = [
    ("const a = []; for (;;) a.push([])", "objects"),
    ("const s = []; for (let t = 'x';; t += t) s.push(t)", "texts"),
    ("'x'.repeat(1e9)", "a long text"),
    ("new Array(1e8).fill(1)", "an array"),
    ("new Uint8Array(1e9)", "bytes"),
    ("let n = 10n; for (;;) n *= n", "a big integer"),
    ("const m = new Map(); for (let i = 0;; i++) m.set(i, {})", "a map"),
    ("let a = [1]; for (let i = 0; i < 21; i++) a = [a, a]; JSON.stringify(a, null, 10)", "a text of JSON"),
    ("(function f(n) { const held = new Array(1e5).fill(n); f(n + 1); return held })(0)", "frames"),
    ("let f = () => 1; for (;;) { const g = f; f = () => g }", "closures"),
    ("let o = null; for (;;) { const p = {o}; p.p = p; o = p }", "circular objects"),
    ("for (let i = 0;; i++) this['v' + i] = i", "variables"),
    ("const s = []; for (let i = 0;; i++) s.push(Symbol('s' + i))", "symbols"),
]


@pytest.mark.parametrize(("source", "reason"), GREEDY, ids=[reason for _, reason in GREEDY])
def test_memory_is_bounded(source: str, reason: str) -> None:
    with Sandbox(Limits(memory_bytes=16 * 1024 * 1024, time_s=10)) as sandbox:
        result = run_and_survive(sandbox, source)
        # An engine of 2021 crashes in a few corners of exhaustion; then its process is replaced.
        assert result.failure in (
            "Post Script Error: Script ran out of memory (16 MiB)",
            "Post Script Error: Script crashed the JavaScript interpreter",
        ), reason


def test_memory_of_earlier_runs_does_not_count(tight: Sandbox) -> None:
    program = tight.compile("const hold = []; for (let i = 0; i < 5e4; i++) hold.push({i}); const f = () => 1; "
                            "(() => { const loop = {hold}; loop.loop = loop })(); hold.length = 0")  # fmt: skip
    for _ in range(30):
        assert program.run({}, None).failure is None


def test_a_crash_of_the_interpreter_is_a_failure_of_the_script_alone(tight: Sandbox) -> None:
    def crash(_: list[str]) -> str:
        os.kill(tight.process().pid, signal.SIGSEGV)
        return ""

    result = tight.compile("__.crash(); for (;;);", {"__crash": crash}, title="Post Script").run({}, None)
    assert result.failure == "Post Script Error: Script crashed the JavaScript interpreter"
    assert tight.compile("const a = 1").run({}, None).variables == {"a": "1"}


def test_a_process_that_died_between_two_runs_is_no_failure(tight: Sandbox) -> None:
    program = tight.compile("const a = 1")
    for _ in range(3):
        os.kill(tight.process().pid, signal.SIGKILL)
        assert program.run({}, None) == Result({"a": "1"})


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("(" * 100_000, "parentheses"),
        ("[" * 100_000 + "]" * 100_000, "arrays"),
        ("{" * 100_000 + "}" * 100_000, "blocks"),
        ("!" * 1_000_000 + "1", "operators"),
        ("a=>" * 100_000 + "1", "arrows"),
        ("`${" * 100_000 + "}`" * 100_000, "templates"),
        ("if(1)" * 100_000 + ";", "statements"),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_a_script_nested_without_end_is_refused(tight: Sandbox, source: str, reason: str) -> None:
    with pytest.raises(InvalidScript):
        tight.compile(source)
    assert tight.compile("const a = 1").run({}, None).variables == {"a": "1"}, reason


def test_a_long_script_is_fine(tight: Sandbox) -> None:
    source = "\n".join(f"const v{i} = {i}; /* {'x' * 50} */" for i in range(2000))
    result = tight.compile(source).run({}, None)
    assert len(result.variables) == 2000


def test_limits_must_be_positive() -> None:
    with pytest.raises(ValueError, match="time_s of a script must be more than 0"):
        Limits(time_s=0)


def test_a_process_that_does_not_start_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(NotRunnable, match="scripts cannot be run: their process does not start"):
        Sandbox().compile("1")
