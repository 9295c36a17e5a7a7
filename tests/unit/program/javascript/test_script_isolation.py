"""Nothing of a run reaches another run, and nothing of the host reaches a run."""

from __future__ import annotations

import json

import pytest

from penstock.program.javascript import InvalidScript, Sandbox
from penstock.program.javascript.scanning import changes_built_ins, tokens
from tests.unit.program.javascript.conftest import Run

# Visits every object that a script can reach without making it. Names are computed, so that the scripts below
# do not look like ones that need a realm of their own.
VISIT = """
const evil = {leaked: 1}
const reach = (visit) => {
  const names = Object['getOwnProperty' + 'Names'], symbols = Object.getOwnPropertySymbols
  const describe = Object.getOwnPropertyDescriptor, protoOf = Object['getProto' + 'typeOf']
  const made = new Set([reach, visit, evil])
  const seen = new Set()
  const waiting = []
  const follow = (value, path) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return
    if (seen.has(value) || made.has(value)) return
    seen.add(value)
    waiting.push([value, path])
  }
  const scope = globalThis, real = protoOf(protoOf(scope))
  made.add(scope)
  made.add(names)
  const roots = {
    real, layer: protoOf(scope), function_: function () {}, arrow: () => 1, generator: function* () {},
    iteration: protoOf((function* () {})()), array: [], text: Object(''), number: Object(1), symbol: Object(Symbol()),
    big: Object(1n), truth: Object(true), pattern: /x/g, date: new Date(0), map: new Map(), set: new Set(),
    weakMap: new WeakMap(), weakSet: new WeakSet(), arrays: [][Symbol.iterator](), texts: ''[Symbol.iterator](),
    maps: new Map().keys(), sets: new Set().keys(), matches: 'x'.matchAll(/x/g), error: new TypeError('x'),
    bytes: new Uint8Array(1), buffer: new ArrayBuffer(1), view: new DataView(new ArrayBuffer(1)),
    strict: (function () { 'use strict'; return arguments })(), sloppy: (function () { return arguments })(1),
    bound: (function () {}).bind(), class_: class {}, tag: (s => s)`x`,
    failed: (() => { try { assert(false) } catch (e) { return e } })(),
    overflow: (() => { const f = () => f(); try { f() } catch (e) { return e } })(),
    proxy: new Proxy({}, {}), callee: (function () { return arguments.callee })(), here: arguments.callee,
  }
  for (const name of Object.keys(roots)) {
    const root = roots[name]
    if (name === 'real' || name === 'layer' || name === 'here' || name === 'tag') follow(root, name)
    else {
      made.add(root)
      for (let at = protoOf(root); at !== null; at = protoOf(at)) follow(at, name + '.proto')
      for (const key of [...names(root), ...symbols(root)]) {
        const own = describe(root, key)
        for (const part of ['get', 'set']) follow(own[part], `${name}.${String(key)}.${part}`)
      }
    }
  }
  while (waiting.length) {
    const [object, path] = waiting.pop()
    if (String(path).endsWith('.Promise')) { visit(object, path, []); continue }
    const keys = [...names(object), ...symbols(object)]
    visit(object, path, keys)
    for (const key of keys) {
      const own = describe(object, key)
      for (const part of ['value', 'get', 'set']) if (own && own[part]) follow(own[part], `${path}.${String(key)}`)
    }
    follow(protoOf(object), `${path}.proto`)
  }
}
"""

AUDIT = (
    VISIT
    + """
const loose = []
let count = 0
reach((object, path) => { count++; if (path !== 'real' && !Object.isFrozen(object)) loose.push(path) })
"""
)

FINGERPRINT = (
    VISIT
    + """
const lines = []
reach((object, path, keys) => {
  const source = typeof object === 'function' && !path.endsWith('.Promise') ? String(object) : typeof object
  lines.push([path, source.length > 200 ? source.slice(0, 200) : source, Object.isFrozen(object),
    keys.map(key => {
      const own = Object.getOwnPropertyDescriptor(object, key)
      return [String(key), typeof own.value, own.writable, own.enumerable, own.configurable, !!own.get, !!own.set,
        typeof own.value === 'string' || typeof own.value === 'number' ? own.value : null]
    })])
})
lines.sort((a, b) => a[0] < b[0] ? -1 : 1)
"""
)

TAMPER = (
    VISIT
    + """
const attempt = (run) => { try { run() } catch (e) {} }
let tried = 0
reach((object, path, keys) => {
  tried++
  attempt(() => { object.leaked = 1 })
  attempt(() => { object[Symbol.for('leaked')] = 1 })
  attempt(() => Object.defineProperty(object, 'leaked2', {value: 1, configurable: CONFIGURABLE}))
  attempt(() => Object['setProto' + 'typeOf'](object, evil))
  attempt(() => Reflect['setProto' + 'typeOf'](object, evil))
  attempt(() => { object['__pro' + 'to__'] = evil })
  for (const key of keys) {
    if (path === 'real' && CONFIGURABLE === false) continue
    attempt(() => { object[key] = () => 'evil' })
    attempt(() => Object.defineProperty(object, key, {value: 'evil'}))
    attempt(() => Object.defineProperty(object, key, {get() { return 'evil' }, configurable: true}))
    attempt(() => delete object[key])
    attempt(() => Object.getOwnPropertyDescriptor(object, key).set.call(object, 'evil'))
  }
  attempt(() => { if (path !== 'real') Object.preventExtensions(object) })
})
"""
)


def is_shared(source: str) -> bool:
    return not changes_built_ins(list(tokens(source)))


def fingerprint(sandbox: Sandbox) -> list[object]:
    result = sandbox.compile(FINGERPRINT, {"__f": lambda _: "f"}).run({}, None)
    assert result.failure is None
    lines = json.loads(result.variables["lines"])
    assert isinstance(lines, list)
    return lines


def test_everything_that_runs_share_is_frozen(sandbox: Sandbox) -> None:
    assert is_shared(AUDIT)
    result = sandbox.compile(AUDIT, {"__f": lambda _: "f"}).run({}, None)
    assert result.failure is None
    assert result.variables["loose"] == "[]"
    assert int(result.variables["count"]) > 500, "too few to be all"


@pytest.mark.parametrize("configurable", ["true", "false"])
def test_tampering_with_all_that_can_be_reached_changes_nothing_for_others(configurable: str) -> None:
    with Sandbox() as sandbox:
        before = fingerprint(sandbox)
        source = TAMPER.replace("CONFIGURABLE", configurable)
        assert is_shared(source)
        result = sandbox.compile(source, {"__f": lambda _: "f"}).run({}, None)
        assert result.failure is None
        assert int(result.variables["tried"]) > 500
        assert fingerprint(sandbox) == before


# Each is run first; then PROBE has to answer as in a fresh sandbox.
PROBE = """
const probe = JSON.stringify([
  typeof leak, typeof leak2, [].leak, ({}).leak, (() => 1).leak, ''.leak, Object.keys({a: 1}), [3, 1].sort(),
  [1, 2].map(x => x + 1), JSON.stringify({a: [1]}), String({}), String([1]), parseInt('7'), Math.max(1, 2),
  /a/.test('a'), 'abc'.replace(/b/, 'x'), new Map([[1, 2]]).get(1), typeof assert.equal, typeof console.log,
  new Error('m').message, String(new TypeError('t')), isNaN(NaN), new Date(0).getTime(), Symbol.for('leak').leak,
  [...[1, 2]], [...'ab'], Object.getOwnPropertyNames(arguments.callee).includes('leak'), undefined === void 0,
  Reflect.ownKeys(this).sort(), Object.isExtensible(Object.getPrototypeOf(Object.getPrototypeOf(this))),
  typeof Object.getPrototypeOf(Object.getPrototypeOf(this)).leak, (function () { return typeof this.leak })(),
])
made = 1
"""

ATTACKS = [
    ("leak = 1; var leak2 = 2", "variables"),
    ("globalThis.leak = 1; this.leak2 = 2", "properties of what looks like the global object"),
    ("(function () { this.leak = 1; Object.defineProperty(this, 'leak2', {value: 1}) })()", "of the real one"),
    ("(function () { Object.preventExtensions(this) })()", "the global object closed"),
    ("(function () { Object.freeze(this) })()", "the global object frozen"),
    ("(function () { Object.setPrototypeOf(this, {leak: 1}) })()", "the global object with another prototype"),
    ("(function () { Object['setProto' + 'typeOf'](this, {leak: 1}) })()", "the same, hidden"),
    ("(function () { this['__pro' + 'to__'] = {leak: 1} })()", "the same, by a setter"),
    ("(function () { this[Symbol('leak')] = 1; this[0] = 1; this[Symbol.unscopables] = {JSON: true} })()", "odd names"),
    ("Array.prototype.leak = 1; Object.prototype.leak = 1; Function.prototype.leak = 1", "prototypes, plainly"),
    ("Array['proto' + 'type'].leak = 1; ({}).constructor['proto' + 'type'].leak = 1", "prototypes, hidden"),
    ("Array['proto' + 'type'].map = () => 'evil'; Array['proto' + 'type'][Symbol.iterator] = null", "methods, hidden"),
    ("JSON.stringify = () => 'evil'; Math.max = () => 'evil'; Object.keys = () => 'evil'", "namespaces"),
    ("const j = JSON, m = Math; j.stringify = () => 'evil'; m.max = () => 'evil'", "namespaces by another name"),
    ("assert.equal = 1; console.log = 1; assert = 1; console = 1", "our own objects"),
    ("JSON = 1; parseInt = () => 'evil'; Map = class {}; isNaN = null; undefined = 1", "globals replaced"),
    ("const g = Object.getPrototypeOf(Object.getPrototypeOf(this)); g.JSON = 1; delete g.Map; g.leak = 1", "hidden"),
    ("Object.defineProperty(Object['proto' + 'type'], 'leak', {get: () => 1})", "defined, not assigned"),
    ("const p = 'proto' + 'type'; Reflect.set(Array[p], 'leak', 1); Reflect.defineProperty(String[p], 'leak', {})",
     "by Reflect"),
    ("Object.assign(Array['proto' + 'type'], {leak: 1})", "by assign"),
    ("arguments.callee.leak = 1; arguments.callee['proto' + 'type'].leak = 1", "the function of the script itself"),
    ("Symbol.for('leak').constructor['proto' + 'type'].leak = 1", "the registry of symbols"),
    ("(function* () {}).constructor['proto' + 'type'].leak = 1; Object.getPrototypeOf([][Symbol.iterator]()).next = 1",
     "what only syntax leads to"),
    ("const t = s => s; t`a`.leak = 1; t`a`.raw.push('leak')", "templates"),
    ("try { null.x } catch (e) { const p = e.constructor['proto' + 'type']; p.message = 'evil'; p.name = 'evil' }",
     "errors of the engine"),
    ("Error['proto' + 'type'].toString = () => 'evil'; TypeError['proto' + 'type'].name = 'evil'", "names of errors"),
    ("/a/.constructor['proto' + 'type'].test = () => false; /a/.constructor['proto' + 'type'].exec = null", "patterns"),
    ("Date.now = () => 0; Date['proto' + 'type'].getTime = () => 'evil'", "dates"),
    ("assert.AssertionError['proto' + 'type'].leak = 1; assert.strict.leak = 1", "parts of our own objects"),
    ("$.constructor['proto' + 'type'].leak = 1", "by way of the body"),
    ("for (;;) { leak = (globalThis.n = (globalThis.n || 0) + 1); if (globalThis.n > 10) throw new Error('x') }",
     "variables of a run that fails"),
    ("(function () { for (let i = 0; i < 1000; i++) this['leak' + i] = i })()", "a thousand variables"),
    ("var leak; Object.defineProperty(this, 'leak2', {get() { throw 1 }, configurable: false})", "a broken variable"),
]  # fmt: skip


@pytest.fixture(scope="module")
def untouched() -> str:
    with Sandbox() as fresh:
        return fresh.compile(PROBE).run({}, b"{}").variables["probe"]


@pytest.mark.parametrize(("attack", "reason"), ATTACKS, ids=[reason for _, reason in ATTACKS])
def test_a_run_does_not_reach_the_next(sandbox: Sandbox, untouched: str, attack: str, reason: str) -> None:
    probe = sandbox.compile(PROBE)  # compiled before and after: both have to be unharmed
    sandbox.compile(attack).run({}, b"{}")
    for program in (probe, sandbox.compile(PROBE)):
        result = program.run({}, b"{}")
        assert result.failure is None, reason
        assert result.variables["probe"] == untouched, reason
        assert result.variables["made"] == "1", reason


def test_runs_of_one_program_do_not_reach_each_other(sandbox: Sandbox) -> None:
    program = sandbox.compile("""
      counter = typeof counter === 'undefined' ? 1 : counter + 1
      globalThis.other = (globalThis.other || 0) + 1
      arguments.callee.third = (arguments.callee.third || 0) + 1
      var fourth = (fourth || 0) + 1
      const seen = new RegExp('x', 'g'), pattern = /x/g
      const last = [pattern.lastIndex, seen.lastIndex, pattern.test('x')].join()
    """)
    results = [program.run({}, None) for _ in range(3)]
    assert results[0].variables | {"third": ""} == {
        "counter": "1", "other": "1", "fourth": "1", "seen": "/x/g", "pattern": "/x/g", "last": "0,0,true", "third": "",
    }  # fmt: skip
    assert results[1] == results[0]
    assert results[2] == results[0]


def test_variables_of_one_run_are_not_those_of_another(sandbox: Sandbox) -> None:
    program = sandbox.compile("const seen = Object.keys(this).filter(name => name.length > 1).join()")
    assert program.run({"alpha": "1"}, None).variables["seen"] == "alpha,globalThis"
    assert program.run({"beta": "1"}, None).variables["seen"] == "beta,globalThis"


# Extending built-ins is bad style, but a common one; it has to work within a run.
EXTENSIONS = [
    ("Array.prototype.last = function () { return this[this.length - 1] }; const got = [1, 2].last()", "2"),
    ("String.prototype.shout = function () { return this.toUpperCase() + '!' }; const got = 'a'.shout()", "A!"),
    ("Object.defineProperty(Array.prototype, 'second', {get() { return this[1] }}); const got = [1, 2].second", "2"),
    ("Object.assign(Date.prototype, {year() { return 1 }}); const got = new Date().year()", "1"),
    ("Math.double = x => 2 * x; const got = Math.double(2)", "4"),
    ("JSON = {parse: () => 'mine'}; const got = JSON.parse('')", "mine"),
    ("Array.prototype.map = function () { return 'mine' }; const got = [1, 2].map(x => x)", "mine"),
    ("const o = {}; Object.setPrototypeOf(o, {x: 1}); const got = o.x", "1"),
    ("const o = {__proto__: {x: 1}}; const got = o.x", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "got"), EXTENSIONS)
def test_a_script_may_extend_built_ins_for_itself(sandbox: Sandbox, untouched: str, source: str, got: str) -> None:
    program = sandbox.compile(source)
    for _ in range(2):
        result = program.run({}, None)
        assert (result.failure, result.variables["got"]) == (None, got)
    assert sandbox.compile(PROBE).run({}, b"{}").variables["probe"] == untouched


# What frozen prototypes would break if it were not for the accessors.
OVERRIDES = [
    ("const o = {}; o.toString = () => 'mine'; const got = String(o)", "mine"),
    ("const o = {}; o.valueOf = () => 5; const got = o + 1", "6"),
    ("const o = {}; o.constructor = 'c'; o.hasOwnProperty = 'h'; const got = o.constructor + o.hasOwnProperty", "ch"),
    ("const count = {}; for (const w of ['constructor', 'valueOf']) count[w] = 1; const got = JSON.stringify(count)",
     '{"constructor":1,"valueOf":1}'),
    ("class E extends Error { constructor() { super(1); this.name = 'E'; this.message += 2 }}; const got = '' + new E",
     "E: 12"),
    ("const e = new Error('a'); e.message = 'b'; e.name = 'N'; const got = String(e)", "N: b"),
    ("function F() {} F.prototype.toString = () => 'F'; const got = String(new F())", "F"),
    ("function F() { this.name = 'n' } const got = new F().name", "n"),
    ("const a = []; a.toString = () => 'a'; const got = String(a)", "a"),
    ("const got = Object.keys({toString: 1}).join()", "toString"),
    ("const {toString} = {toString: 'own'}; const got = toString", "own"),
    ("const got = Object.prototype.hasOwnProperty.call({a: 1}, 'a')", "true"),
    ("const got = Array.prototype.slice.call('abc', 1).join()", "b,c"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "got"), OVERRIDES)
def test_ordinary_objects_may_override_what_they_inherit(run: Run, source: str, got: str) -> None:
    assert is_shared(source)
    result = run(source)
    assert (result.failure, result.variables["got"]) == (None, got)


@pytest.mark.parametrize(
    "name",
    ["require", "process", "Buffer", "module", "exports", "global", "setTimeout", "setInterval", "setImmediate",
     "queueMicrotask", "fetch", "XMLHttpRequest", "WebSocket", "std", "os", "print", "scriptArgs", "host", "realm",
     "Atomics", "SharedArrayBuffer", "__date_clock", "penstock", "Worker", "Deno", "importScripts", "WebAssembly"],
)  # fmt: skip
def test_nothing_of_a_host_is_there(run: Run, name: str) -> None:
    result = run(f"const kind = typeof {name} + typeof globalThis.{name}; {name}")
    assert result.failure == f"Post Script ReferenceError: {name} is not defined"


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        ("eval('1')", "EvalError: eval is not available in scripts"),
        ("(0, eval)('1')", "EvalError: eval is not available in scripts"),
        ("globalThis.eval('1')", "EvalError: eval is not available in scripts"),
        ("new Function('return 1')", "EvalError: Function is not available in scripts"),
        ("Function('return 1')()", "EvalError: Function is not available in scripts"),
        ("(() => {}).constructor('return 1')()", "EvalError: Function is not available in scripts"),
        ("assert.constructor('return 1')()", "EvalError: Function is not available in scripts"),
        ("(function* () {}).constructor('yield 1')()", "EvalError: Function is not available in scripts"),
        ("Reflect.construct(Function, ['return 1'])", "EvalError: Function is not available in scripts"),
        ("new (class extends Function {})('return 1')", "EvalError: Function is not available in scripts"),
        ("Reflect.construct(Object.getPrototypeOf(Function), ['return 1'])", "TypeError: not a constructor"),
        ("Promise.resolve(1)", "Error: Promise is not available in scripts: they run synchronously"),
        ("new Promise(() => {})", "Error: Promise is not available in scripts: they run synchronously"),
    ],
)
def test_text_does_not_become_code_and_promises_are_refused(run: Run, source: str, failure: str) -> None:
    assert run(source).failure == f"Post Script {failure}"


def test_functions_are_still_instances_of_function(run: Run) -> None:
    result = run("""
      const f = () => 1
      const got = [f instanceof Function, f.constructor === Function, Object.getPrototypeOf(f) === Function.prototype]
    """)
    assert result.variables["got"] == "[true,true,true]"


ESCAPES = [
    ("}}}); leak = 1; (function(){with(this){{", "closing the wrapper and opening it again"),
    ("}", "a brace too many"),
    ("}})", "two"),
    ("{", "one too few"),
    ("/*", "a comment that takes the end away"),
    ("`", "a template that does"),
    ("'", "a string"),
    ("return 1", "a return of the script"),
    ("if (1) return", "another"),
    ("; return () => []; //", "one that looks like ours"),
    ("break", "a break"),
    ("super.x", "super"),
    ("new.target", "new.target"),
    ("yield 1", "a yield"),
    ("case 1:", "a case"),
]


@pytest.mark.parametrize(("source", "reason"), ESCAPES, ids=[reason for _, reason in ESCAPES])
def test_a_script_cannot_leave_its_wrapper(sandbox: Sandbox, untouched: str, source: str, reason: str) -> None:
    with pytest.raises(InvalidScript):
        sandbox.compile(source)
    assert sandbox.compile(PROBE).run({}, b"{}").variables["probe"] == untouched, reason


def test_what_promises_leave_waiting_is_done_before_the_next_run(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scanner refuses `async`; should one slip through, its rest may not happen within another run."""
    monkeypatch.setattr("penstock.program.javascript.sandbox.find_unavailable", lambda _: None)
    program = sandbox.compile("(async () => { await 1; await 2; leak = 1; throw 3 })(); const a = 1")
    assert program.run({}, None).variables == {"a": "1"}
    assert sandbox.compile("const kind = typeof leak").run({}, None).variables == {"kind": "undefined"}


def test_promises_that_never_end_do_not_hold_up_others(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.program.javascript.sandbox.find_unavailable", lambda _: None)
    sandbox.compile("(async () => { for (;;) await 1 })()").run({}, None)
    assert sandbox.compile("const a = 1").run({}, None).variables == {"a": "1"}
