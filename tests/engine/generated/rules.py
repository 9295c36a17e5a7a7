"""Journeys in Visual Studio's words: rules that extract, judge, decide and generate."""

from __future__ import annotations

from hypothesis import strategies as st

from penstock.model import (
    AddCookies,
    Argument,
    Assign,
    Assignment,
    Branch,
    Cookie,
    Extract,
    FormBody,
    FormField,
    Group,
    Header,
    Hole,
    Loop,
    Page,
    Request,
    Rule,
    RuleQuery,
    RuleValue,
    StatusRange,
    Step,
    Test,
    Text,
    Think,
    Validation,
    Variable,
)
from tests.engine.generated.requests import Site
from tests.engine.generated.values import ORIGIN, Drawn, constant, mostly, tuples


def rule(name: str, **arguments: str) -> Rule:
    return Rule(name, tuple(Argument(key, constant(value)) for key, value in arguments.items()), ORIGIN)


def reading(variable: str, name: str, **arguments: str) -> Rule:
    """Return a rule that looks at a variable which the dialect keeps, as the importer writes it."""
    made = rule(name, **arguments)
    hole = Hole(Variable(f"${variable}"), f"{{{{${variable}}}}}")
    return Rule(name, (*made.arguments, Argument(variable, Text((hole,)))), ORIGIN)


START = Assign((Assignment("a", (constant("1"),)), Assignment("b", (constant("x"),))), ORIGIN)
holes = st.builds(
    lambda of: Hole(Variable(of), f"{{{{{of}}}}}"),
    mostly(st.sampled_from(["a", "b"]), st.sampled_from(["c", "user", "missing"])),
)
texts = tuples(st.sampled_from(["t", "é"]) | holes, 0, 2).map(Text)
takes = mostly(
    st.sampled_from(
        [
            rule("ExtractText", StartsWith='"a": "', EndsWith='"', Required="True"),
            rule("ExtractHttpHeader", Header="Content-Type", Required="True"),
            rule("ExtractRegularExpression", RegularExpression="[a-z]+", Required="False"),
            rule("ExtractHtmlTagInnerText", TagName="h1", Required="False"),
        ]
    ),
    st.just(rule("ExtractText", StartsWith="nowhere", EndsWith="!", Required="True")),
)
extracts = st.builds(
    lambda variable, taken: Extract(variable, RuleQuery(taken), ORIGIN), st.sampled_from(["a", "b", "c"]), takes
)
judges = mostly(
    st.sampled_from(
        [
            rule("ValidationRuleFindText", FindText="a", PassIfTextFound="True"),
            rule("ValidationRuleFindText", FindText="nothing", PassIfTextFound="False"),
            rule("ValidationRuleRequestTime", MaxRequestTime="60000"),
        ]
    ),
    st.just(rule("ValidationRuleRequiredTag", RequiredTagName="h1", MinOccurrences="1")),
)
validations = st.builds(Validation, judges, st.sampled_from(["first", "second"]), st.booleans())
tests = st.builds(
    Test,
    mostly(
        st.sampled_from(
            [
                rule("ContextParameterExistenceRule", ContextParameterName="c", CheckForExistence="True"),
                rule("StringComparisonRule", ContextParameterName="a", ComparisonOperator="==", Value="1"),
                reading("Cookies", "CookieExistenceRule", CookieName="sid", CheckForExistence="True"),
                reading("LastResponseCode", "LastResponseCodeRule", ComparisonOperator="==", ResponseCode="200"),
                reading("LastRequestOutcome", "LastRequestOutcomeRule", RequestOutcome="Passed"),
            ]
        ),
        st.just(rule("NumericalComparisonRule", ContextParameterName="b", ComparisonOperator=">", Value="1")),
    ).map(RuleValue),
    st.booleans(),
)
generators = st.sampled_from(
    [
        rule("RandomIntGenerator", ContextParameterName="c", MinValue="1", MaxValue="9"),
        rule("GuidGenerator", ContextParameterName="c"),
        rule("SetContext", ContextParameterName="b", Value="y"),
    ]
)
headers = st.builds(Header, st.sampled_from(["X-One", "X-Two"]), texts)


def requests(site: Site) -> Drawn[Request]:
    besides = st.builds(
        lambda path, uses_cache: Request("", "GET", constant(f"{site.origin}/{path}"), ORIGIN, uses_cache=uses_cache),
        mostly(st.sampled_from(["ok", "logo"]), st.just("status/500")),
        st.booleans(),
    )
    return st.builds(
        Request,
        name=st.sampled_from(["", "one"]),
        method=st.sampled_from(["GET", "GET", "POST"]),
        url=st.builds(
            lambda path, tail: Text((f"{site.origin}/{path}", *tail)),
            site.paths,
            st.just(()) | st.builds(lambda hole: ("?h=", hole), holes),
        ),
        origin=st.just(ORIGIN),
        headers=tuples(headers, 0, 2),
        body=mostly(st.none(), st.builds(FormBody, tuples(st.builds(FormField, texts, texts), 0, 2))),
        expected_status=mostly(st.just((StatusRange(200, 399),)), st.just((StatusRange(404, 404),))),
        extracts=tuples(extracts, 0, 2).map(lambda drawn: tuple((one,) for one in drawn)),
        validations=tuples(validations, 0, 2),
        page=st.none() if site.breaks else st.none() | st.builds(Page, st.booleans(), tuples(besides, 0, 2)),
        is_recorded=mostly(st.just(True), st.just(False)),
    )


def compound(steps: Drawn[Step]) -> Drawn[Step]:
    inside = tuples(steps, 0, 2)
    return (
        st.builds(Group, st.sampled_from(["g", "h"]), inside, st.just(ORIGIN))
        | st.builds(Loop, inside, st.integers(0, 2), st.just(ORIGIN), st.none() | tests, st.booleans())
        | st.builds(Branch, tests, inside, inside, st.just(ORIGIN))
    )


def steps(site: Site) -> Drawn[tuple[Step, ...]]:
    """Return all steps of a journey."""
    asked = requests(site)
    sundry: Drawn[Step] = st.builds(Think, st.sampled_from([0.0, 0.001]), st.just(0.0), st.just(ORIGIN)) | st.just(
        AddCookies((Cookie("sid", "brought", "127.0.0.1"),), ORIGIN)
    )
    inner = st.recursive(asked | asked | sundry, compound, max_leaves=4)
    return tuples(inner, 1, 4).map(lambda drawn: (START, *drawn))
