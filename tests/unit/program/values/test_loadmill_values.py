"""The Loadmill dialect where the vectors say nothing: specialised closures, built-ins, chance, limits."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.importers.loadmill.expressions import parse_text
from penstock.importers.loadmill.functions import FUNCTIONS
from penstock.model import (
    Call,
    Check,
    Condition,
    CssQuery,
    Extract,
    HeaderQuery,
    JsonPathQuery,
    Literal,
    Operator,
    Origin,
    Query,
    RegexQuery,
    Text,
    TextQuery,
    Variable,
)
from penstock.program.values import EvaluationFailed, ExtractionFailed, RunFacts, Variables
from penstock.program.values.loadmill import LoadmillDialect
from tests.unit.program.values.replies import PlainReply

HERE = Origin("test.json")


@pytest.fixture
def dialect() -> LoadmillDialect:
    return LoadmillDialect(Random(3))


def constant(text: str) -> Text:
    return Text.constant(text)


def extract(name: str, query: Query) -> Extract:
    return Extract(name, query, HERE)


def check(operator: Operator, expected: str = "", subject: str = "v") -> Check:
    return Check(Variable(subject), (Condition(operator, parse_text(expected)),), "label", HERE)


@pytest.mark.parametrize(
    ("source", "filled"),
    [
        ("plain", "plain"),
        ("${a}", "1"),
        ("<${a}>", "<1>"),
        ("${a}${b}", "12"),
        ("100% ${a} %s ${b} %%", "100% 1 %s 2 %%"),
        ("${a} ${none} ${b}", "1 ${none} 2"),
        ("${none}", "${none}"),
        ("${a} ${__upper(c)}", "1 X"),
        ("${a + b}!", "3!"),
        ("", ""),
    ],
)
def test_texts_are_filled(dialect: LoadmillDialect, source: str, filled: str) -> None:
    assert dialect.text(parse_text(source))({"a": "1", "b": "2", "c": "x"}) == filled


@given(st.lists(st.sampled_from(["${a}", "${none}", "${__usd()}", "x", "%", "%s", "${", "}", "é"]), max_size=8))
def test_filling_is_replacing_every_usage(pieces: list[str]) -> None:
    source = "".join(pieces)
    values = {"${a}": "1", "${__usd()}": "$"}
    expected = re.sub(r"\$\{(?:a|__usd\(\))\}", lambda match: values[match[0]], source)
    assert LoadmillDialect(Random(1)).text(parse_text(source))({"a": "1"}) == expected


def test_a_value_is_not_searched_for_usages_again(dialect: LoadmillDialect) -> None:
    assert dialect.text(parse_text("${a} ${b}"))({"a": "${b}", "b": "%s"}) == "${b} %s"


def test_a_long_row_of_operators_is_computed(dialect: LoadmillDialect) -> None:
    source = "${" + " + ".join(["a"] * 60) + "}"
    assert dialect.text(parse_text(source))({"a": "1"}) == "60"


@pytest.mark.parametrize(
    ("operator", "expected", "value", "holds"),
    [
        ("equals", "x", "x", True),
        ("equals", "x", None, False),
        ("equals", "", None, True),
        ("equals", "", "x", False),
        ("equals", "null", "", True),
        ("equals", "null", None, True),
        ("equals", "null", "null", True),
        ("equals", "null", "x", False),
        ("not_equals", "null", "", True),
        ("is_true", "", None, False),
        ("is_false", "", None, True),
        ("contains", "", None, True),
        ("greater", "1", None, False),
    ],
)
def test_checks_of_constants_are_the_same_as_of_texts(
    dialect: LoadmillDialect, operator: Operator, expected: str, value: str | None, holds: bool
) -> None:
    variables: Variables = {"empty": ""} if value is None else {"v": value, "empty": ""}
    assert dialect.check(check(operator, expected))(variables) is holds
    assert dialect.check(check(operator, f"{expected}${{empty}}"))(variables) is holds


def test_a_check_that_cannot_be_computed_says_why(dialect: LoadmillDialect) -> None:
    with pytest.raises(EvaluationFailed, match=r"^Parameter error$"):
        dialect.check(check("matches", "("))({"v": "x"})
    with pytest.raises(EvaluationFailed, match="took longer than"):
        dialect.check(check("matches", "^(a|aa)+$"))({"v": "a" * 60 + "b"})
    with pytest.raises(EvaluationFailed, match=r"^Invalid schema - "):
        dialect.check(check("json_schema", "{"))({"v": "x"})
    with pytest.raises(EvaluationFailed, match=r"^Invalid schema - "):
        dialect.check(check("json_schema", '{"$ref":"http://127.0.0.1:1/none"}'))({"v": "{}"})


def test_the_first_condition_that_holds_ends_a_check(dialect: LoadmillDialect) -> None:
    conditions = (Condition("equals", constant("x")), Condition("matches", constant("(")))
    compiled = dialect.check(Check(Variable("v"), conditions, "label", HERE))
    assert compiled({"v": "x"})
    with pytest.raises(EvaluationFailed):
        compiled({"v": "y"})


def test_a_set_of_extracts_sees_the_variables_as_they_were_before(dialect: LoadmillDialect) -> None:
    first = (extract("a", TextQuery(constant("1"))), extract("b", TextQuery(parse_text("${a}2"))))
    take = dialect.extracts((first, (extract("c", TextQuery(parse_text("${a}3"))),)))
    assert take is not None
    variables: Variables = {}
    take(variables, PlainReply())
    assert variables == {"a": "1", "b": "${a}2", "c": "13"}


def test_without_a_result_the_old_value_stays_or_the_empty_text_is_set(dialect: LoadmillDialect) -> None:
    path = JsonPathQuery(constant("$.none"))
    take = dialect.extracts(((extract("old", path), extract("new", path)),))
    assert take is not None
    variables = {"old": "kept"}
    take(variables, PlainReply("{}"))
    assert variables == {"old": "kept", "new": ""}


def test_no_extracts_cost_nothing(dialect: LoadmillDialect) -> None:
    assert dialect.extracts(()) is None
    assert dialect.extracts(((),)) is None


@pytest.mark.parametrize(
    ("query", "body", "reason"),
    [
        (JsonPathQuery(constant("$.a")), "<html>", "The response body looks like HTML and not JSON"),
        (JsonPathQuery(constant("$.a")), "{", "Response body is not a valid JSON: "),
        (JsonPathQuery(parse_text("$.${__div('1','0')}")), "{}", "Error in function '__div': Cannot divide by zero"),
        (RegexQuery(constant("^(a|aa)+$")), "a" * 60 + "b", "took longer than"),
    ],
)
def test_a_query_that_cannot_be_applied_says_why(
    dialect: LoadmillDialect, query: Query, body: str, reason: str
) -> None:
    take = dialect.extracts(((extract("id", query),),))
    assert take is not None
    with pytest.raises(ExtractionFailed, match=f'^Failed to extract value for parameter "id" - .*{re.escape(reason)}'):
        take({}, PlainReply(body))


@pytest.mark.parametrize("body", ['{"a":1e400}', '{"a":"\\ud800"}'])
def test_json_that_only_javascript_takes_is_read(dialect: LoadmillDialect, body: str) -> None:
    value = dialect.query(JsonPathQuery(constant("$.a")))({}, PlainReply(body))
    assert value in ("Infinity", "\ufffd")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("location_1", "/a"),
        ("Location_2", "/b"),
        ("location", "/b"),
        ("location_3", None),
        ("location_x", None),
        ("X-A", "1"),
    ],
)
def test_targets_of_redirects_are_headers(dialect: LoadmillDialect, name: str, value: str | None) -> None:
    reply = PlainReply("", {"x-a": "1"}, redirects=("/a", "/b"))
    assert dialect.query(HeaderQuery(constant(name)))({}, reply) == value


def test_several_selections_from_one_page(dialect: LoadmillDialect) -> None:
    page = PlainReply("<a href='/x'>X</a><b>Y</b>")
    assert dialect.query(CssQuery(constant("a"), constant("href")))({}, page) == "/x"
    assert dialect.query(CssQuery(constant("b"), constant("")))({}, page) == "Y"
    assert dialect.query(CssQuery(constant("i")))({}, page) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [("42", 42), (" 7 ", 7), ("0x10", 16), ("", None), ("x", None), ("Infinity", None), (None, None)],
)
def test_numbers_are_read(dialect: LoadmillDialect, value: str | None, number: float | None) -> None:
    assert dialect.number(Variable("v"))({} if value is None else {"v": value}) == number


@pytest.mark.parametrize(
    ("value", "holds"), [(None, False), ("", False), ("FALSE", False), ("null", False), ("0", True), (" ", True)]
)
def test_truth(dialect: LoadmillDialect, value: str | None, holds: bool) -> None:
    assert dialect.truth(Variable("v"))({} if value is None else {"v": value}) is holds
    assert dialect.truth(Literal(value or ""))({}) is holds


def test_only_the_built_ins_that_are_read_are_set(dialect: LoadmillDialect) -> None:
    reply = PlainReply("body", status=404, reason="Nope")
    assert dialect.response_variables(frozenset({"x"})) is None
    assert dialect.request_variables(frozenset({"__status"})) is None
    assert dialect.run_variables(frozenset()) is None
    for names in ({"__status"}, {"__status", "__statusText", "__responseTime", "__responseBody", "__responseEndTime"}):
        assign = dialect.response_variables(frozenset(names))
        assert assign is not None
        variables: Variables = {}
        assign(variables, reply)
        assert variables.keys() == names
        assert variables["__status"] == "404"
    assert variables["__statusText"] == "Nope"
    assert variables["__responseTime"] == "120"
    assert variables["__responseBody"] == "body"


def test_the_run_and_the_request_have_built_ins_too(dialect: LoadmillDialect) -> None:
    facts = dialect.run_variables(frozenset({"__testRunId", "__testStartTime", "__launchedBy"}))
    assert facts is not None
    assert facts(RunFacts("r-1", 1700, "ann")) == {
        "__testRunId": "r-1",
        "__testStartTime": "1700",
        "__launchedBy": "ann",
    }
    of_a_server = dialect.run_variables(frozenset({"__launchedByUserId", "__launchedByTeamId", "__testDraftId"}))
    assert of_a_server is not None
    assert of_a_server(RunFacts(user="u", team="t", test="s")) == {
        "__launchedByUserId": "u",
        "__launchedByTeamId": "t",
        "__testDraftId": "s",
    }
    assert set(of_a_server(RunFacts()).values()) == {""}, "from the command line"
    announce = dialect.request_variables(
        frozenset({"__requestMethod", "__requestURL", "__requestBody", "__responseBody"})
    )
    assert announce is not None
    variables: Variables = {"__responseBody": "old"}
    announce(variables, "PUT", "http://h/", "b")
    assert variables == {
        "__requestMethod": "PUT",
        "__requestURL": "http://h/",
        "__requestBody": "b",
        "__responseBody": "",
    }


@pytest.mark.parametrize(
    ("usage", "form"),
    [
        ("${__random_uuid}", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("${__random_number}", r"\d{1,10}"),
        ("${__random_number('5','3')}", "[345]"),
        ("${__random_number_7_7}", "7"),
        ("${__random_chars}", r"[A-Za-z0-9]{10}"),
        ("${__random_chars('999')}", r"[A-Za-z0-9]{100}"),
        ("${__random_hex_6}", r"[0-9a-f]{6}"),
        ("${__random_uppers('3')}", "[A-Z]{3}"),
        ("${__random_lowers('0')}", ""),
        ("${__random_xyz_5}", "[xyz]{5}"),
        ("${__random_boolean}", "true|false"),
        ("${__pick_random(a,b)}", "1|2"),
        ("${__pick('random',a,b)}", "1|2"),
        ("${__split_pick('p;q',';','random')}", "p|q"),
        ("${__random_regex('[a-c]{2}-z?')}", "[a-c]{2}-z?"),
        ("${__now}", r"\d{13}"),
        ("${__now('10')}", r"\d{10}"),
        ("${__now_iso}", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
        ("${__date_iso('-1')}", r"\d{4}-\d\d-\d\d"),
        ("${__formatted_date('[at]YYYY')}", r"at\d{4}"),
        ("${__next_weekday('Monday')}", r"\d{4}-\d\d-\d\d"),
        ("${__create_otp('JBSWY3DPEHPK3PXP')}", r"\d{6}"),
    ],
)
def test_values_that_vary_have_their_form(dialect: LoadmillDialect, usage: str, form: str) -> None:
    fill = dialect.text(parse_text(usage))
    for _ in range(20):
        assert re.fullmatch(form, fill({"a": "1", "b": "2"}))


def test_chance_comes_from_the_given_source_and_is_fair() -> None:
    usage = parse_text("${__random_number('1','4')}")
    one, other = (LoadmillDialect(Random(9)).text(usage) for _ in range(2))
    drawn = [one({}) for _ in range(400)]
    assert drawn == [other({}) for _ in range(400)]
    assert all(60 < count < 140 for count in Counter(drawn).values())
    assert set(drawn) == {"1", "2", "3", "4"}


@pytest.mark.parametrize(
    ("usage", "error"),
    [
        ("${__now_iso('soon')}", "Error in function '__now_iso': Unexpected error"),
        ("${__date_iso('1e99')}", "Error in function '__date_iso': Unexpected error"),
        ("${__json_to_xml('[]')}", "Error in function '__json_to_xml': Failed to convert JSON to XML: "),
        ("${__create_otp('!!!')}", "Error in function '__create_otp': Unexpected error"),
        (
            "${__matches(long,'^(a|aa)+$')}",
            "Error in function '__matches': Regular expression /^(a|aa)+$/ took longer than",
        ),
        ("${__jquery(long,'p[')}", "Error in function '__jquery': Unexpected error"),
        ("${__xpath('<a/>','//[')}", "Error in function '__xpath': Unexpected error"),
        ("${__replace('a','(','b')}", "Error in function '__replace': Unexpected error"),
    ],
)
def test_a_function_that_fails_says_so(dialect: LoadmillDialect, usage: str, error: str) -> None:
    with pytest.raises(EvaluationFailed, match=f"^{re.escape(error)}"):
        dialect.text(parse_text(usage))({"long": "a" * 60 + "b"})


@given(st.text(max_size=6), st.text(max_size=6))
def test_no_function_breaks_on_any_argument(one: str, other: str) -> None:
    dialect = LoadmillDialect(Random(1))
    variables = {"p": one, "q": other}
    for name, (least, most) in FUNCTIONS.items():
        if name in ("__random_regex", "__matches", "__regexp", "__replace", "__replace_all", "__array_matches"):
            continue  # any text is a pattern here, and may be a slow one
        arguments = tuple(Variable("pq"[index % 2]) for index in range(min(max(least, 2), most)))
        try:
            result = dialect.value(Call(name, arguments))(variables)
        except EvaluationFailed:
            continue
        assert isinstance(result, str)


@pytest.mark.parametrize(
    ("actual", "expected", "held", "why"),
    [
        (
            "<a><b>1</b><c>2</c></a>",
            "<a><c> 2 </c></a>",
            True,
            "elements may be left out, blanks around texts do not count",
        ),
        ("<a><b>1</b></a>", "<a><b>2</b></a>", False, "texts are compared"),
        ("<a k='1' l='2'/>", "<a l='2'/>", True, "attributes may be left out"),
        ("<a/>", "<b/>", False, "the root has its name"),
        ("<a><b>1</b><b>2</b></a>", "<a><b>1</b></a>", False, "several children are a list, place by place"),
        ("<?xml version='1.0'?>\n<a><b/></a>", "<?xml version='1.0'?><a><b/></a>", True, "declarations do not count"),
        ("no xml", "<a/>", False, "what is no XML contains none"),
    ],
)
def test_xml_is_contained_as_json_is(actual: str, expected: str, held: bool, why: str) -> None:
    judge = LoadmillDialect(Random(1)).check(check("xml_contains", expected))
    assert judge({"v": actual}) is held, why


def test_what_is_to_be_contained_must_be_xml() -> None:
    with pytest.raises(EvaluationFailed, match="couldn't parse the contained XML"):
        LoadmillDialect(Random(1)).check(check("xml_contains", "<a"))({"v": "<a/>"})
