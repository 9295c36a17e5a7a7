"""Scripts of test plans: what they set, what they read of the last sample, and what is not understood."""

from __future__ import annotations

from random import Random

import pytest

from penstock.errors import NotRunnable
from penstock.importers.base import Findings
from penstock.importers.jmeter.texts import Texts
from penstock.model import Origin
from penstock.program.values import EvaluationFailed, Variables
from penstock.program.values.jmeter import dialect
from penstock.program.values.jmeter.scripting import Flavour, Unsupported, compile_script, examine
from penstock.program.values.jmeter.shared import Shared

SETTING = [
    ("groovy", 'vars.put("a", "x")', {"a": "x"}, "one call"),
    ("groovy", 'def n = vars.get("n").toInteger()\nvars.put("n", (n + 1).toString())', {"n": "4"}, "a local name"),
    ("groovy", 'vars["a"] = "1"; vars.b = "2"', {"a": "1", "b": "2"}, "the short forms"),
    (
        "groovy",
        'if (vars.get("n") == "3") { vars.put("a", "yes") }\nelse { vars.put("a", "no") }',
        {"a": "yes"},
        "if with a block",
    ),
    ("groovy", 'if (vars.get("n") == "9") vars.put("a", "yes")\nelse vars.put("a", "no")', {"a": "no"}, "else alone"),
    ("groovy", 'import java.util.*\nlog.info("hi")\nvars.put("a", "b")', {"a": "b"}, "imports and logs do nothing"),
    ("groovy", "// a comment\nvars.put('a',\n  'b')", {"a": "b"}, "a call over two lines"),
    ("groovy", "int i = 1\ni += 2\ni++\nvars.put('a', \"\" + i)", {"a": "4"}, "sums in place"),
    ("groovy", 'vars.remove("n")', {"n": None}, "removing"),
    ("groovy", 'if (vars.get("n") == "3") return\nvars.put("a", "b")', {"a": None}, "an early end"),
    ("groovy", 'vars.put("a", prev.getResponseCode() + prev.responseMessage)', {"a": "404No"}, "the last sample"),
    ("groovy", 'props.put("p", "q"); vars.put("a", props.get("p"))', {"a": "q"}, "properties"),
    ("groovy", 'vars.put("a", 5)', {"a": None}, "a number is refused, as JMeter refuses it"),
    (
        "groovy",
        (
            "import groovy.json.JsonSlurper\n"
            "def json = new JsonSlurper().parseText(prev.getResponseDataAsString())\n"
            "vars.put('a', json.items[1].id.toString())\n"
            "vars.put('b', json.items.size() + '')\n"
            "vars.put('c', json['name'])\n"
            "vars.put('d', json.items.id.join(','))\n"
            "if (json.nothing == null) { vars.put('e', 'none') }"
        ),
        {"a": "8", "b": "2", "c": "Ann", "d": "7,8", "e": "none"},
        "JSON",
    ),
    ("groovy", "vars.put('a', new Date().format('yyyy').length() + '')", {"a": "4"}, "a date"),
    ("java", 'String x = vars.get("n"); vars.put("a", x + "!");', {"a": "3!"}, "BeanShell with types"),
    ("javascript", 'var x = Number(vars.get("n")); vars.put("a", String(x * 2));', {"a": "6"}, "JavaScript"),
]

BEYOND = [
    ("for (i in 1..3) { vars.put('a', 'b') }", "a loop"),
    ("new URL('http://x').text", "an object of Java"),
    ('"a $x"', "a text that Groovy fills in"),
    ("vars.get('a').collect { it }", "a closure"),
    ("org.apache.commons.io.FileUtils.readFileToString(f)", "a library"),
    ("new groovy.json.JsonSlurper().parse(new File('x'))", "a file"),
    ("vars.getIteration()", "a method of vars that is not known"),
    ("prev.setSuccessful(false)", "changing the sample"),
    ("(((", "no script at all"),
    ("'abc", "a text that is not closed"),
    ("1 +", "half an expression"),
    ("", "nothing"),
]


@pytest.mark.parametrize(("flavour", "script", "sets", "why"), SETTING, ids=[row[3] for row in SETTING])
def test_a_script_sets_variables(flavour: Flavour, script: str, sets: dict[str, str | None], why: str) -> None:
    body = '{"name": "Ann", "items": [{"id": 7}, {"id": 8}]}'
    variables = {"n": "3", "#code": "404", "#message": "No", "#body": body}
    compile_script([script], flavour, Shared(Random(1))).run(variables)
    assert {name: variables.get(name) for name in sets} == sets, why


@pytest.mark.parametrize(("script", "why"), BEYOND, ids=[row[1] for row in BEYOND])
def test_what_is_not_understood_is_said_and_gives_no_value(script: str, why: str) -> None:
    assert isinstance(examine([script], "groovy"), str), why
    with pytest.raises(Unsupported):
        compile_script([script], "groovy", Shared(Random(1)))


def test_a_script_says_what_it_reads_of_the_last_sample() -> None:
    assert examine(["prev.getResponseCode() == '200' && prev.isSuccessful()"], "groovy") == {
        "#code",
        "JMeterThread.last_sample_ok",
    }


def test_a_hole_that_holds_an_expression_is_read_with_the_script_around_it() -> None:
    program = compile_script([lambda variables: variables["x"], " * 2"], "jexl", Shared(Random(1)))
    assert program.run({"x": "1 + 2"}) == "5", "as JMeter, which puts the text in first and reads then"


def test_a_hole_that_holds_what_is_not_understood_fails_loudly() -> None:
    program = compile_script([lambda variables: variables["x"], " == 1"], "jexl", Shared(Random(1)))
    with pytest.raises(EvaluationFailed, match="cannot be computed"):
        program.run({"x": "some words"})


def texts_of(source: str, variables: Variables) -> str:
    findings = Findings()
    text = Texts(findings, {}).parse(source, Origin("plan.jmx", "", 7))
    assert not findings.errors()
    return dialect(Random(1)).text(text)(variables)


SANDBOXED = [
    ("${__javaScript([1\\, 2\\, 3].map(function(n) { return n * ${n} }).join('-'))}", "3-6-9", "a closure"),
    ("${__javaScript(var s = 0; for (var i = 0; i < 4; i++) { s += i } s)}", "6", "statements and their last value"),
    ('${__javaScript("<${t}>".replace(/b/g\\, "x"))}', "<a x>", "a text with a reference in it, and a pattern"),
    ('${__javaScript(["http://a"].concat("${t}").join() + ${n})}', "http://a,a b3", "slashes in a text are no comment"),
    ("${__javaScript(typeof ${n} + typeof ${t} + typeof ${yes})}", "numberstringboolean", "what references are"),
    ("${__javaScript(vars.get('t').split(' ').length + (vars.get('none') === null ? 'n' : 'y'))}", "2n", "vars"),
    ("${__javaScript(vars.put('made'\\, [1].concat(2)))}[${made}]", "undefined[1,2]", "setting a variable"),
]


@pytest.mark.parametrize(("source", "result", "why"), SANDBOXED, ids=[row[2] for row in SANDBOXED])
def test_more_of_javascript_runs_in_the_sandbox(source: str, result: str, why: str) -> None:
    assert texts_of(source, {"n": "3", "t": "a b", "yes": "true"}) == result, why


@pytest.mark.parametrize("function", ["__groovy", "__javaScript"])
def test_scripts_see_the_properties_of_the_run(function: str) -> None:
    texts = Texts(Findings(), {"host": "shop"})
    text = texts.parse(f"${{{function}(props.get('host') + props.get('none'))}}", Origin("plan.jmx"))
    assert dialect(Random(1)).text(text)({}) == "shopnull"


def test_javascript_that_fails_says_so_instead_of_giving_nothing() -> None:
    with pytest.raises(EvaluationFailed, match="nobody"):
        texts_of("${__javaScript([1].map(nobody))}", {})


def test_a_value_does_not_become_javascript() -> None:
    assert texts_of("${__javaScript([${x}].length)}", {"x": "1]; while (true) {} [2"}) == "1"


def test_javascript_that_is_not_valid_is_refused_with_its_place_before_the_run() -> None:
    with pytest.raises(NotRunnable, match=r"plan\.jmx:7: __javaScript: "):
        texts_of("${__javaScript(function {)}", {})


def test_javascript_that_needs_java_is_refused_while_it_is_imported() -> None:
    findings = Findings()
    Texts(findings, {}).parse("${__javaScript(new java.util.Date().getYear())}", Origin("plan.jmx", "", 7))
    assert [finding.code for finding in findings.errors()] == ["code"]
