"""Each class of rule, with what it finds, passes and fails."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from penstock.errors import NotRunnable
from penstock.model import Argument, Extract, Hole, Origin, Rule, RuleQuery, RuleValue, Text, Variable
from penstock.program.values import EvaluationFailed, ExtractionFailed
from penstock.program.values.visualstudio import dialect

ORIGIN = Origin("t.webtest", 'Items / Request "x"', 7)

PAGE = """<html><!-- <input type=hidden name=ghost value=1> --><body>
<INPUT TYPE="hidden" NAME='__VIEWSTATE' value="a&amp;b" /><input type=hidden id=byId value=plain>
<input type="hidden" name="ctl00$Main$x" value='1"2'><input name=user value="Ann &lt;3">
<textarea name="note">
two
lines</textarea>
<select name="car" id="cars"><option value="volvo">Volvo</option><option selected value="saab">Saab</option>
<option>Opel </option></select><select name=plain><option>first<option>second</select>
<p class="msg">Hello <b>big</b>
  world</p><p class="msg">again</p><a href="/one?a=1&amp;b=2" rel=next>1</a><a href="/two">2</a>
no=17; no=18; no=19;</body></html>"""


@dataclass
class Response:
    text: str = PAGE
    status: int = 200
    url: str = "http://shop/landed?x=1"
    redirects: tuple[str, ...] = ("/landed?x=1",)
    elapsed_s: float = 0.25
    headers: dict[str, str] = field(default_factory=lambda: {"x-token": "abc", "content-type": "text/html"})

    reason = ""

    @property
    def body(self) -> bytes:
        return self.text.encode()

    def json(self) -> Any:
        raise ValueError


def rule(name: str, **arguments: str | Text) -> Rule:
    texts = {key: value if isinstance(value, Text) else Text.constant(value) for key, value in arguments.items()}
    return Rule(name, tuple(Argument(key, value) for key, value in texts.items()), ORIGIN)


def bound(name: str) -> Text:
    return Text((Hole(Variable(name), f"{{{{{name}}}}}"),))


def extracted(
    name: str, response: Response | None = None, before: dict[str, str] | None = None, **arguments: Any
) -> Any:
    variables = dict(before or {})
    take = dialect(Random(1)).extracts(((Extract("found", RuleQuery(rule(name, **arguments)), ORIGIN),),))
    assert take is not None
    take(variables, response or Response())
    return variables


@pytest.mark.parametrize(
    ("name", "arguments", "found", "why"),
    [
        ("ExtractText", {"StartsWith": "no=", "EndsWith": ";"}, "17", "the first"),
        ("ExtractText", {"StartsWith": "no=", "EndsWith": ";", "Index": "2"}, "19", "the third"),
        ("ExtractText", {"StartsWith": "NO=", "EndsWith": ";", "IgnoreCase": "True"}, "17", "in any case"),
        (
            "ExtractText",
            {"StartsWith": r"n\w=", "EndsWith": r"\D", "UseRegularExpression": "True"},
            "17",
            "expressions",
        ),
        ("ExtractText", {"StartsWith": 'value="a', "EndsWith": '"'}, "&b", "entities are decoded"),
        ("ExtractText", {"StartsWith": 'value="a', "EndsWith": '"', "HtmlDecode": "False"}, "&amp;b", "or not"),
        ("ExtractText", {"StartsWith": "two\r\n", "EndsWith": "<"}, "lines", "line ends of either kind"),
        ("ExtractText", {"StartsWith": "x-token: ", "EndsWith": "\r\n", "SearchInHeaders": "True"}, "abc", "headers"),
        ("ExtractFormField", {"Name": "user"}, "Ann <3", "an input"),
        ("ExtractFormField", {"Name": "note"}, "two\nlines", "a text area, without its first line end"),
        ("ExtractFormField", {"Name": "car"}, "saab", "the selected option"),
        ("ExtractFormField", {"Name": "plain"}, "first", "the first option if none is selected"),
        ("ExtractHttpHeader", {"Header": "X-Token"}, "abc", "in any case"),
        ("ExtractAttributeValue", {"TagName": "a", "AttributeName": "href"}, "/one?a=1&b=2", "the first tag"),
        ("ExtractAttributeValue", {"TagName": "A", "AttributeName": "HREF", "Index": "1"}, "/two", "the second"),
        (
            "ExtractAttributeValue",
            {"TagName": "a", "AttributeName": "href", "MatchAttributeName": "rel", "MatchAttributeValue": "next"},
            "/one?a=1&b=2",
            "the one that matches",
        ),
        ("ExtractRegularExpression", {"RegularExpression": r"no=(\d+)"}, "no=17", "the whole match"),
        (
            "ExtractRegularExpression",
            {"RegularExpression": r"no=(\d+)", "UseGroups": "True", "Index": "1"},
            "18",
            "groups",
        ),
        (
            "ExtractHtmlTagInnerText",
            {"TagName": "p", "AttributeName": "class", "AttributeValue": "msg", "Index": "0"},
            "Hello big world",
            "inner tags are left out, white space collapses",
        ),
        (
            "ExtractHtmlTagInnerText",
            {"TagName": "p", "Index": "0", "RemoveInnerTags": "False"},
            "Hello <b>big</b> world",
            "or stay",
        ),
        ("ExtractHtmlSelectTag", {"SelectTagName": "car"}, "saab", "-1 is the selected option"),
        ("ExtractHtmlSelectTag", {"SelectTagName": "cars", "Index": "2"}, "Opel", "by id, an option without a value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_extraction_rule_finds_its_text(name: str, arguments: dict[str, str], found: str, why: str) -> None:
    assert extracted(name, **arguments)["found"] == found


def test_hidden_fields_are_set_under_their_names_and_replace_those_of_before() -> None:
    before = {"$HIDDENfound.old": "x", "$HIDDEN2.other": "y"}
    assert extracted("ExtractHiddenFields", before=before) == {
        "$HIDDEN2.other": "y",
        "$HIDDENfound.__VIEWSTATE": "a&b",
        "$HIDDENfound.byId": "plain",
        "$HIDDENfound.ctl00$Main$x": '1"2',
    }


def test_hidden_fields_of_a_partial_update_are_read_too() -> None:
    partial = Response("1|#||4|20|updatePanel|p|<b>x</b>|9|hiddenField|__VIEWSTATE|/wEP+abc=|0|hiddenField|__E||")
    found = extracted("ExtractHiddenFields", partial)
    assert found == {"$HIDDENfound.__VIEWSTATE": "/wEP+abc=", "$HIDDENfound.__E": ""}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ExtractText", {"StartsWith": "nowhere", "EndsWith": ";"}),
        ("ExtractText", {"StartsWith": "no=", "EndsWith": ";", "Index": "3"}),
        ("ExtractFormField", {"Name": "nobody"}),
        ("ExtractHttpHeader", {"Header": "X-None"}),
        ("ExtractRegularExpression", {"RegularExpression": "zzz"}),
    ],
)
def test_a_rule_that_finds_nothing_fails_if_it_is_required_and_sets_nothing_if_not(
    name: str, arguments: dict[str, str]
) -> None:
    with pytest.raises(ExtractionFailed, match=f"^ExtractionRuleError: {name}: nothing was found for .*'found'"):
        extracted(name, **arguments)
    assert "found" not in extracted(name, **arguments, Required="False")


def test_all_rules_are_asked_and_the_first_failure_is_told() -> None:
    rules = [("a", "nowhere"), ("b", "no="), ("c", "neither")]
    take = dialect(Random(1)).extracts(
        tuple(
            (Extract(name, RuleQuery(rule("ExtractText", StartsWith=start, EndsWith=";")), ORIGIN),)
            for name, start in rules
        )
    )
    variables: dict[str, str] = {}
    assert take is not None
    with pytest.raises(ExtractionFailed, match="'a'"):
        take(variables, Response())
    assert variables == {"b": "17"}


def test_a_random_match_is_any_of_all() -> None:
    words = dialect(Random(3))
    query = RuleQuery(rule("ExtractText", StartsWith="no=", EndsWith=";", ExtractRandomMatch="True"))
    take = words.extracts(((Extract("found", query, ORIGIN),),))
    seen = set()
    for _ in range(60):
        variables: dict[str, str] = {}
        assert take is not None
        take(variables, Response())
        seen.add(variables["found"])
    assert seen == {"17", "18", "19"}


def test_arguments_are_bound_before_each_use() -> None:
    found = extracted("ExtractText", before={"start": "no=1"}, StartsWith=bound("start"), EndsWith=";")
    assert found["found"] == "7"
    with pytest.raises(ExtractionFailed, match="Context parameter 'start' not found in test context"):
        extracted("ExtractText", StartsWith=bound("start"), EndsWith=";")


URL = {"RequestUrl": "http://shop/asked", "Retarget": ""}


@pytest.mark.parametrize(
    ("name", "arguments", "reason", "why"),
    [
        (
            "ValidateResponseUrl",
            {**URL, "ExpectedResponseUrl": "HTTP://shop:80/Landed?y=2"},
            "",
            "queries and case do not count",
        ),
        (
            "ValidateResponseUrl",
            {**URL, "ExpectedResponseUrl": "http://shop/other"},
            "came from http://shop/landed",
            "other path",
        ),
        (
            "ValidateResponseUrl",
            {**URL, "ExpectedResponseUrl": ""},
            "not from http://shop/asked",
            "the request's, if empty",
        ),
        (
            "ValidateResponseUrl",
            {"RequestUrl": "", "ExpectedResponseUrl": "https://real.example/landed", "Retarget": "http://shop"},
            "",
            "where all requests are sent elsewhere",
        ),
        (
            "ValidateResponseUrl",
            {
                "RequestUrl": "",
                "ExpectedResponseUrl": "https://Real.example:443/landed",
                "Retarget": "http://other\nhttps://real.example http://shop",
            },
            "",
            "where those to one origin are sent elsewhere",
        ),
        (
            "ValidateResponseUrl",
            {
                "RequestUrl": "",
                "ExpectedResponseUrl": "https://real.example/landed",
                "Retarget": "https://real.example http://other",
            },
            "came from http://shop/landed, not from http://other/landed",
            "an answer from another place",
        ),
        (
            "ValidationRuleResponseTimeGoal",
            {"ResponseTimeGoal": "0.4", "Tolerance": "25"},
            "",
            "at the goal with tolerance",
        ),
        (
            "ValidationRuleResponseTimeGoal",
            {"ResponseTimeGoal": "0.4", "Tolerance": "0"},
            "0.500 s, more than the goal",
            "over",
        ),
        ("ValidationRuleResponseTimeGoal", {"ResponseTimeGoal": "0"}, "", "no goal"),
        ("ValidationRuleRequestTime", {"MaxRequestTime": "250"}, "", "the request alone"),
        ("ValidationRuleRequestTime", {"MaxRequestTime": "249"}, "took 250 ms", "too slow"),
        ("ValidationRuleFindText", {"FindText": "HELLO", "IgnoreCase": "True"}, "", "found"),
        ("ValidationRuleFindText", {"FindText": "HELLO"}, "'HELLO' was not found", "case counts"),
        ("ValidationRuleFindText", {"FindText": "Hello", "PassIfTextFound": "False"}, "was found", "turned round"),
        ("ValidationRuleFindText", {"FindText": r"no=\d{2};", "UseRegularExpression": "True"}, "", "an expression"),
        ("ValidationRuleRequiredTag", {"RequiredTagName": "P", "MinOccurrences": "2"}, "", "enough"),
        ("ValidationRuleRequiredTag", {"RequiredTagName": "p", "MinOccurrences": "3"}, "2 times, not 3", "too few"),
        (
            "ValidationRuleRequiredAttributeValue",
            {"TagName": "a", "AttributeName": "href", "ExpectedValue": "/TWO", "IgnoreCase": "True"},
            "",
            "any of them",
        ),
        (
            "ValidationRuleRequiredAttributeValue",
            {"TagName": "a", "AttributeName": "href", "ExpectedValue": "/two", "Index": "0"},
            "no tag 'a'",
            "that one",
        ),
        ("ValidateFormField", {"Name": "user", "ExpectedValue": "Ann &lt;3"}, "", "a field"),
        ("ValidateFormField", {"Name": "user", "ExpectedValue": "Bob"}, "'user' has not the value", "another value"),
        (
            "ValidateHtmlTagInnerText",
            {"TagName": "p", "AttributeName": "class", "AttributeValue": "msg", "ExpectedInnerText": "again"},
            "",
            "inner text",
        ),
        (
            "ValidateHtmlSelectTag",
            {"SelectTagName": "car", "ExpectedSelectedOption": "volvo"},
            "has not the text",
            "selected",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_validation_rule_says_why_a_response_does_not_pass(
    name: str, arguments: dict[str, str], reason: str, why: str
) -> None:
    told = dialect(Random(1)).validation(rule(name, **arguments))({}, Response(), 0.5)  # type: ignore[arg-type]
    if not reason:
        assert told is None
    else:
        assert told is not None
        assert told.startswith(f"ValidationRuleError: {name}: ")
        assert reason in told


CODE = {"LastResponseCode": "404"}


@pytest.mark.parametrize(
    ("name", "arguments", "variables", "met", "why"),
    [
        ("ContextParameterExistenceRule", {"ContextParameterName": "a"}, {"a": ""}, True, "it is there, if empty"),
        (
            "ContextParameterExistenceRule",
            {"ContextParameterName": "a", "CheckForExistence": "False"},
            {},
            True,
            "it is not",
        ),
        (
            "NumericalComparisonRule",
            {"ContextParameterName": "a", "ComparisonOperator": "<=", "Value": "1.0"},
            {"a": "1"},
            True,
            "numbers",
        ),
        (
            "NumericalComparisonRule",
            {"ContextParameterName": "a", "ComparisonOperator": ">", "Value": "9"},
            {"a": "10"},
            True,
            "not as text",
        ),
        (
            "StringComparisonRule",
            {"ContextParameterName": "a", "ComparisonOperator": "==", "Value": "X"},
            {"a": "x"},
            True,
            "case is ignored",
        ),
        (
            "StringComparisonRule",
            {"ContextParameterName": "a", "ComparisonOperator": "==", "Value": "X", "IgnoreCase": "False"},
            {"a": "x"},
            False,
            "or not",
        ),
        (
            "StringComparisonRule",
            {"ContextParameterName": "a", "ComparisonOperator": "!=", "Value": "y"},
            {"a": "x"},
            True,
            "not equal",
        ),
        (
            "StringComparisonRule",
            {"ContextParameterName": "a", "ComparisonOperator": "!=", "Value": "^y", "UseRegularExpression": "True"},
            {"a": "xy"},
            True,
            "an expression",
        ),
        (
            "StringComparisonRule",
            {"ContextParameterName": "a", "ComparisonOperator": "contains", "Value": "B"},
            {"a": "abc"},
            True,
            "contains",
        ),
        (
            "LastResponseCodeRule",
            {"ComparisonOperator": "==", "ResponseCode": "404 - NotFound", **CODE},
            {},
            True,
            "its digits",
        ),
        ("LastResponseCodeRule", {"ComparisonOperator": "!=", "ResponseCode": "200 - Ok", **CODE}, {}, True, "another"),
        ("LastRequestOutcomeRule", {"RequestOutcome": "Failed", "LastRequestOutcome": "Fail"}, {}, True, "it failed"),
        ("ProbabilityRule", {"ContextParameterName": "p", "Percentage": "100"}, {}, True, "always"),
        ("ProbabilityRule", {"ContextParameterName": "p", "Percentage": "0"}, {}, False, "never"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_conditional_rule_is_met_or_not(
    name: str, arguments: dict[str, str], variables: dict[str, str], met: bool, why: str
) -> None:
    assert dialect(Random(1)).truth(RuleValue(rule(name, **arguments)))(variables) is met


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"ContextParameterName": "gone", "Value": "1"}, "Context parameter 'gone' not found"),
        ({"ContextParameterName": "word", "Value": "1"}, "'word' is 'x', which is not a number"),
        ({"ContextParameterName": "word", "Value": bound("gone")}, "Context parameter 'gone' not found"),
    ],
)
def test_a_condition_that_cannot_be_told_says_so(arguments: dict[str, Any], reason: str) -> None:
    holds = dialect(Random(1)).truth(RuleValue(rule("NumericalComparisonRule", **arguments)))
    with pytest.raises(EvaluationFailed, match=f"^ConditionalRuleError: NumericalComparisonRule: .*{reason}"):
        holds({"word": "x"})


def test_a_rule_that_is_not_known_is_refused_with_its_place() -> None:
    words = dialect(Random(1))
    with pytest.raises(NotRunnable, match="SharePointFindHrefs"):
        words.extracts(((Extract("a", RuleQuery(rule("SharePointFindHrefs")), ORIGIN),),))
    with pytest.raises(NotRunnable, match="MyRule"):
        words.validation(rule("MyRule"))
    with pytest.raises(NotRunnable, match=r"t\.webtest:7.*MyRule"):
        words.truth(RuleValue(rule("MyRule")))


@pytest.mark.parametrize(
    ("name", "arguments", "form"),
    [
        ("GuidGenerator", {"OutputFormat": "D"}, r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"),
        ("GuidGenerator", {"OutputFormat": "N"}, r"[0-9a-f]{32}"),
        ("GuidGenerator", {"OutputFormat": "B"}, r"\{[0-9a-f-]{36}\}"),
        ("RandomIntGenerator", {"MinValue": "5", "MaxValue": "7"}, r"[567]"),
        (
            "DateTimeGenerator",
            {"OutputFormat": "yyyy/MM/dd 'at' HH:mm:ss.fff"},
            r"\d{4}/\d\d/\d\d at \d\d:\d\d:\d\d\.\d{3}",
        ),
        ("SetContext", {"ContextParameterValue": "v"}, r"v"),
    ],
)
def test_a_plug_in_of_microsoft_sets_its_parameter(name: str, arguments: dict[str, str], form: str) -> None:
    generate = dialect(Random(1)).generator(rule(name, ContextParameterName="p", **arguments))
    assert generate is not None
    values: set[str] = set()
    for _ in range(20):
        variables: dict[str, str] = {}
        generate(variables)
        assert re.fullmatch(form, variables["p"])
        values.add(variables["p"])
    assert len(values) > 1 or name in ("SetContext", "DateTimeGenerator")
