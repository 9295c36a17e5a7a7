"""What requests and included tests are called in reports."""

from __future__ import annotations

import pytest

from penstock.importers import vstest
from penstock.importers.base import Files
from penstock.model import Group, Request, Step

_XMLNS = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'
_RULES = "Microsoft.VisualStudio.TestTools.WebTesting.Rules"
_REQUEST = '<Request Method="GET" Url="http://shop/{{Page}}">%s</Request>'
_EXTRACTION = (
    f'<ExtractionRules><ExtractionRule Classname="{_RULES}.ExtractText, x" VariableName="Page"><RuleParameters>'
    '<RuleParameter Name="StartsWith" Value="a"/><RuleParameter Name="EndsWith" Value="b"/>'
    "</RuleParameters></ExtractionRule></ExtractionRules>"
)


def steps(items: str, included: str = "") -> tuple[Step, ...]:
    parameters = '<ContextParameters><ContextParameter Name="Page" Value="first"/></ContextParameters>'
    test = f'<WebTest Name="shop" {_XMLNS}>{parameters}<Items>{items}</Items></WebTest>'
    login = f"<WebTest {included} {_XMLNS}><Items>{_REQUEST % ''}</Items></WebTest>"
    files = Files.from_dict({"shop.webtest": test.encode(), "login.webtest": login.encode()})
    scenario = vstest.compile(files, "shop.webtest").scenario
    assert scenario is not None
    return scenario.journeys[0].steps


@pytest.mark.parametrize(
    ("rules", "name", "why"),
    [
        ("", "http://shop/first", "what is constant can be told"),
        (_EXTRACTION, "http://shop/{{Page}}", "what a rule changes would make a row of the report for each value"),
    ],
)
def test_a_request_is_named_by_its_url(rules: str, name: str, why: str) -> None:
    assert [step.name for step in steps(_REQUEST % rules) if isinstance(step, Request)] == [name], why


@pytest.mark.parametrize(
    ("item", "own", "name", "why"),
    [
        ('Name="sign in"', 'Name="own"', "sign in", "as the including test calls it"),
        ("", 'Name="own"', "own", "as it calls itself"),
        ("", "", "login", "as its file is called"),
    ],
)
def test_an_included_test_is_a_group_with_a_name(item: str, own: str, name: str, why: str) -> None:
    found = steps(f'<IncludedWebTest {item} Path="login.webtest"/>', own)
    assert [step.name for step in found if isinstance(step, Group)] == [name], why
