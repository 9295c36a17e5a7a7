"""Web tests of Visual Studio, run from the command line against a server that remembers what it was sent."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

RULES = "Microsoft.VisualStudio.TestTools.WebTesting.Rules."


def request(path: str, inner: str = "", **attributes: str) -> str:
    given = " ".join(f'{name}="{value}"' for name, value in {"ParseDependentRequests": "False", **attributes}.items())
    return f'<Request Url="http://shop.example{path}" {given}>{inner}</Request>'


def parameters(**values: str) -> str:
    inside = "".join(f'<RuleParameter Name="{name}" Value="{value}" />' for name, value in values.items())
    return f"<RuleParameters>{inside}</RuleParameters>"


def extraction(kind: str, variable: str, **values: str) -> str:
    rule = f'<ExtractionRule Classname="{kind}" VariableName="{variable}">{parameters(**values)}</ExtractionRule>'
    return f"<ExtractionRules>{rule}</ExtractionRules>"


def validation(kind: str, **values: str) -> str:
    rule = f'<ValidationRule Classname="{kind}" Level="High">{parameters(**values)}</ValidationRule>'
    return f"<ValidationRules>{rule}</ValidationRules>"


def write(folder: Path, items: str, rest: str = "", name: str = "shop.webtest", **attributes: str) -> Path:
    given = " ".join(f'{key}="{value}"' for key, value in {"Proxy": "", **attributes}.items())
    path = folder / name
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<WebTest Name="Shop" Id="a" '
        f'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010" {given}>\n'
        f"<Items>{items}</Items>{rest}</WebTest>",
        "utf-8-sig",
    )
    return path


def source(table: str, method: str, *, provider: str = "Microsoft.VisualStudio.TestTools.DataSource.CSV") -> str:
    file = table.replace("#", ".")
    return (
        f'<DataSources><DataSource Name="Data" Provider="{provider}" Connection="|DataDirectory|\\{file}"><Tables>'
        f'<DataSourceTable Name="{table}" AccessMethod="{method}" /></Tables></DataSource></DataSources>'
    )


class Ran:
    """A run that is over: what the server saw and what the summary says."""

    def __init__(self, requests: list[Request], summary: dict[str, Any], stderr: str) -> None:
        self.requests = requests
        self.targets = [request.target for request in requests]
        self.summary = summary
        self.stderr = stderr

    @property
    def failures(self) -> list[str]:
        return [error["message"] for error in self.summary["errors"]]


@pytest.fixture
def run(penstock: Command) -> Any:
    def act(path: Path, *options: str | Path, script: Any = None, expect: int | None = 0) -> Ran:
        with Recorder(script) as target:
            ended = penstock("run", path, "--base-url", target.url, "--json", "-", *options, expect=expect)
            return Ran(target.requests, json.loads(ended.stdout), ended.stderr)

    return act


def test_what_is_extracted_goes_into_later_requests(run: Any, tmp_path: Path) -> None:
    page = '<input type="hidden" name="ctl00$Main$x" value="a&amp;b c"><b>id=17;</b>'
    fields = '<FormPostParameter Name="x" Value="{{$HIDDEN1.ctl00$Main$x}}" />'
    items = request("/page", extraction(RULES + "ExtractHiddenFields", "1"))
    items += request("/again", extraction(RULES + "ExtractText", "id", StartsWith="id=", EndsWith=";"))
    items += request("/items/{{id}}", f"<FormPostHttpBody>{fields}</FormPostHttpBody>", Method="POST")
    ran = run(write(tmp_path, items), script=lambda _: Answer(200, (("Content-Type", "text/html"),), page.encode()))
    assert ran.targets == ["/page", "/again", "/items/17"]
    assert ran.requests[2].body == b"x=a%26b+c"
    assert ran.requests[2].header("content-type") == "application/x-www-form-urlencoded"


def test_a_test_goes_on_after_failures_and_names_each_by_its_category(run: Any, tmp_path: Path) -> None:
    items = request("/missing")
    items += request("/extract", extraction(RULES + "ExtractText", "v", StartsWith="zz", EndsWith="zz"))
    items += request("/validate", validation(RULES + "ValidationRuleFindText", FindText="nothing"))
    items += request("/{{unset}}")
    items += f'<Condition><ConditionalRule Classname="{RULES}NumericalComparisonRule">'
    items += (
        parameters(ContextParameterName="gone", ComparisonOperator="==", Value="1")
        + "</ConditionalRule><Then /></Condition>"
    )
    items += request("/last")
    ran = run(
        write(tmp_path, items),
        script=lambda asked: Answer(404 if asked.path == "/missing" else 200, body=b"ok"),
        expect=99,
    )
    assert ran.targets == ["/missing", "/extract", "/validate", "/last"]
    told = "\n".join(ran.failures)
    assert "HTTP status 404" in told
    assert "ExtractionRuleError: ExtractText: nothing was found for the context parameter 'v'" in told
    assert "ValidationRuleError: ValidationRuleFindText: the text 'nothing' was not found" in told
    assert "TestError: Context parameter 'unset' not found in test context" in told
    assert "ConditionalRuleError: NumericalComparisonRule: Context parameter 'gone' not found" in told
    assert ran.summary["iterations"]["failed"] == 1


def test_stop_on_error_ends_the_iteration(run: Any, tmp_path: Path) -> None:
    path = write(tmp_path, request("/a") + request("/b"), StopOnError="True")
    assert run(path, script=lambda _: Answer(500), expect=99).targets == ["/a"]


def test_expected_and_ignored_statuses_are_no_failures(run: Any, tmp_path: Path) -> None:
    items = request("/a", ExpectedHttpStatusCode="404") + request("/b", IgnoreHttpStatusCode="True")
    assert run(write(tmp_path, items), script=lambda _: Answer(404)).targets == ["/a", "/b"]
    ran = run(write(tmp_path, request("/a", ExpectedHttpStatusCode="404")), expect=99)
    assert "HTTP status 200" in ran.failures[0]


def test_loops_count_and_cap_and_conditions_branch(run: Any, tmp_path: Path) -> None:
    def loop(kind: str, items: str, attributes: str = "", **values: str) -> str:
        rule = f'<ConditionalRule Classname="{RULES}{kind}" {attributes}>{parameters(**values)}</ConditionalRule>'
        return f"<Loop>{rule}<Items>{items}</Items></Loop>"

    counting = {"ContextParameterName": "i", "InitialValue": "1", "TerminatingValue": "2.5", "IncrementValue": "0.5"}
    items = loop("ForLoopRule", request("/for/{{i}}"), ComparisonOperator="&lt;=", **counting)
    items += loop(
        "CountingLoopRule", request("/count/{{n}}"), 'MaxIterations="2"', ContextParameterName="n", IterationsCount="9"
    )
    rule = parameters(ComparisonOperator="Equals", ResponseCode="200 - Ok")
    items += f'<Condition><ConditionalRule Classname="{RULES}LastResponseCodeRule">{rule}</ConditionalRule>'
    items += f"<Then><Items>{request('/then')}</Items></Then><Else><Items>{request('/else')}</Items></Else></Condition>"
    assert run(write(tmp_path, items)).targets == [
        *("/for/1", "/for/1.5", "/for/2", "/for/2.5"),
        *("/count/1", "/count/2"),
        "/then",
    ]


def test_conditions_look_at_the_cookies_of_the_user(run: Any, tmp_path: Path) -> None:
    def branch(kind: str, path: str, **values: str) -> str:
        rule = f'<ConditionalRule Classname="{RULES}{kind}">{parameters(**values)}</ConditionalRule>'
        return f"<Condition>{rule}<Then><Items>{request(path)}</Items></Then></Condition>"

    items = branch("CookieExistenceRule", "/too-early", CookieName="session")
    items += request("/login")
    items += branch("CookieExistenceRule", "/there", CookieName="session", CookieDomainName="shop.example")
    items += branch("CookieExistenceRule", "/gone", CookieName="other", CheckForExistence="False")
    items += branch("CookieComparisonRule", "/same", CookieName="session", CookieValue="ABC", ComparisonOperator="==")
    items += branch(
        "CookieComparisonRule", "/differs", CookieName="session", CookieValue="abc", ComparisonOperator="!="
    )
    ran = run(write(tmp_path, items), script=lambda _: Answer(200, (("Set-Cookie", "session=abc; Path=/"),)))
    assert ran.targets == ["/login", "/there", "/gone", "/same"]


def test_transactions_are_groups_and_included_tests_too(run: Any, tmp_path: Path) -> None:
    write(tmp_path, request("/login/{{who}}"), name="Login.webtest")
    items = f'<TransactionTimer Name="Buy"><Items>{request("/buy")}</Items></TransactionTimer>'
    items += '<IncludedWebTest Name="Login" Path="login.webtest" Id="a" InheritWebTestSettings="True" />'
    context = '<ContextParameters><ContextParameter Name="who" Value="ann" /></ContextParameters>'
    ran = run(write(tmp_path, items, context))
    assert ran.targets == ["/buy", "/login/ann"]
    assert {group["name"] for group in ran.summary["groups"]} == {"Buy", "Login"}


def test_a_parameter_on_the_command_line_wins_over_the_file(run: Any, tmp_path: Path) -> None:
    context = '<ContextParameters><ContextParameter Name="who" Value="ann" /></ContextParameters>'
    assert run(write(tmp_path, request("/{{who}}"), context), "who=bob").targets == ["/bob"]


@pytest.mark.parametrize(
    ("method", "targets"),
    [
        ("Sequential", ["/a", "/b", "/c", "/a"]),
        ("DoNotMoveCursor", ["/a", "/a", "/a", "/a"]),
        ("Unique", ["/a", "/b", "/c"]),
    ],
)
def test_rows_come_as_the_access_method_says(run: Any, tmp_path: Path, method: str, targets: list[str]) -> None:
    (tmp_path / "users.csv").write_text("name\na\nb\nc\n")
    path = write(tmp_path, request("/{{Data.users#csv.name}}"), source("users#csv", method))
    assert run(path, "--iterations", "4").targets == targets


def test_columns_are_found_in_any_case_of_letters(run: Any, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("Name,Age\nann,3\n")
    path = write(
        tmp_path, request("/{{data.users#CSV.NAME}}/{{Data.users#csv.Age}}"), source("users#csv", "Sequential")
    )
    assert run(path).targets == ["/ann/3"]


def test_a_load_of_unique_rows_uses_each_once_over_all_agents_and_then_ends(run: Any, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name\n" + "".join(f"n{number}\n" for number in range(25)))
    path = write(tmp_path, request("/{{Data.users#csv.name}}"), source("users#csv", "Unique"))
    ran = run(path, "--users", "4", "--duration", "30s", "--agents", "2")
    assert sorted(ran.targets) == sorted(f"/n{number}" for number in range(25))
    assert ran.summary["run"]["duration_s"] < 20, "nobody waits for the end of a load that has nothing left to do"


def test_a_loop_may_advance_the_cursor(run: Any, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name\na\nb\nc\n")
    rule = parameters(ContextParameterName="i", IterationsCount="2")
    items = (
        f'<Loop><ConditionalRule Classname="{RULES}CountingLoopRule" AdvanceDataCursors="True">{rule}</ConditionalRule>'
    )
    items += f"<Items>{request('/{{Data.users#csv.name}}')}</Items></Loop>"
    path = write(tmp_path, items, source("users#csv", "Sequential"))
    assert run(path, "--iterations", "2").targets == ["/a", "/b", "/c", "/a"]


def test_a_database_stands_in_for_a_data_source(run: Any, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table Users (Name text, Age integer)")
        connection.executemany("insert into Users values (?, ?)", [("ann", 3), ("bob", None)])
    connection.close()
    path = write(
        tmp_path,
        request("/{{Data.Users.Name}}/{{Data.Users.Age}}"),
        source("Users", "Sequential", provider="System.Data.SqlClient"),
    )
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    assert run(path, "--iterations", "2", "--data-source", f"Data={url}").targets == ["/ann/3", "/bob/"]


def test_a_csv_file_stands_in_for_a_data_source(run: Any, tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text("Name\nzoe\n")
    path = write(tmp_path, request("/{{Data.Users.Name}}"), source("Users", "Sequential", provider="System.Data.OleDb"))
    assert run(path, "--data-source", f"Data={tmp_path / 'export.csv'}").targets == ["/zoe"]


PLUGINS = """
from penstock.script.plugins import ExtractionRule, RequestPlugin, ValidationRule, WebTestPlugin, ConditionalRule

class Login(WebTestPlugin):
    def pre_web_test(self, context):
        context["session"] = self.parameters["Prefix"] + "-1"
    def pre_request(self, context, request):
        request.headers["X-Session"] = context["session"]

class Sign(RequestPlugin):
    def pre_request(self, context, request):
        request.url += "?signed=" + context["session"]
    def post_request(self, context, response):
        context["after"] = str(response.status)

class Upper(ExtractionRule):
    def extract(self, context, response):
        return response.text.upper()

class Never(ValidationRule):
    def validate(self, context, response):
        return "because " + self.parameters["Reason"]

class Signed(ConditionalRule):
    def is_met(self, context):
        return context.get("after") == "200"
"""


def test_python_classes_stand_for_compiled_ones(run: Any, tmp_path: Path, penstock: Command) -> None:
    (tmp_path / "shop_plugins.py").write_text(PLUGINS)
    mapping = tmp_path / "penstock-plugins.toml"
    names = ("Login", "Sign", "Upper", "Never", "Signed")
    mapping.write_text("[classes]\n" + "".join(f'"Shop.Tests.{name}" = "shop_plugins:{name}"\n' for name in names))
    sign = '<RequestPlugins><RequestPlugin Classname="Shop.Tests.Sign, Shop" /></RequestPlugins>'
    items = request("/a", sign + extraction("Shop.Tests.Upper, Shop", "upper"))
    items += '<Condition><ConditionalRule Classname="Shop.Tests.Signed, Shop" />'
    judged = request("/{{upper}}", validation("Shop.Tests.Never", Reason="{{session}}"))
    items += f"<Then><Items>{judged}</Items></Then></Condition>"
    login = f'<WebTestPlugin Classname="Shop.Tests.Login">{parameters(Prefix="p")}</WebTestPlugin>'
    plugin = f"<WebTestPlugins>{login}</WebTestPlugins>"
    path = write(tmp_path, items, plugin)
    assert "Shop.Tests.Login" in penstock("check", path, expect=104).stdout
    ran = run(path, "--plugins", mapping, script=lambda _: Answer(200, body=b"ok"), expect=99)
    assert ran.targets == ["/a?signed=p-1", "/OK"]
    assert [asked.header("x-session") for asked in ran.requests] == ["p-1", "p-1"]
    assert ran.failures == ["ValidationRuleError: Shop.Tests.Never: because p-1"]
    with Recorder(lambda _: Answer(200, body=b"ok")) as target:
        recorded = penstock("trial", path, "--plugins", mapping, "--base-url", target.url, "-o", "-", expect=99).json()
    assert [entry["url"] for entry in recorded["entries"]] == [
        "http://shop.example/a?signed=p-1",
        "http://shop.example/OK",
    ]


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("[classes", "not valid TOML"),
        ("[other]\n", "write a table [classes]"),
        ('[classes]\n"A.B" = "nowhere"\n', "write the Python class like module:Class"),
        ('[classes]\n"A.B" = "no_such_module:C"\n', "ModuleNotFoundError"),
        ('[classes]\n"A.B" = "json:JSONDecoder"\n', "no class derived from"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(penstock: Command, tmp_path: Path, mapping: str, reason: str) -> None:
    (tmp_path / "m.toml").write_text(mapping)
    path = write(tmp_path, request("/a"))
    ended = penstock("check", path, "--plugins", tmp_path / "m.toml", expect=None)
    assert ended.code != 0
    assert reason in ended.stderr


def test_environment_variables_of_the_test_runner_set_parameters(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("Test.who", "env")
    context = '<ContextParameters><ContextParameter Name="who" Value="ann" /></ContextParameters>'
    assert run(write(tmp_path, request("/{{who}}"), context)).targets == ["/env"]


def test_what_belongs_to_a_page_is_made_from_what_the_page_gave(run: Any, tmp_path: Path) -> None:
    page = b'<html><script src="/app.js"></script><input type="hidden" name="key" value="k7"></html>'
    dependents = request("/data/{{$HIDDEN1.key}}") + request("/none/{{$HIDDEN1.none}}")
    inner = extraction(RULES + "ExtractHiddenFields", "1") + f"<DependentRequests>{dependents}</DependentRequests>"
    items = request("/page", inner, ParseDependentRequests="True") + request("/next")
    ran = run(
        write(tmp_path, items),
        script=lambda asked: Answer(200, (("Content-Type", "text/html"),), page if asked.path == "/page" else b""),
        expect=99,
    )
    assert ran.targets[0] == "/page"
    assert sorted(ran.targets[1:3]) == ["/app.js", "/data/k7"]
    assert ran.targets[3:] == ["/next"]
    assert "Context parameter '$HIDDEN1.none' not found in test context" in "\n".join(ran.failures)
    pages = {row["name"]: row for row in ran.summary["pages"]}
    assert pages["http://shop.example/page"]["count"] == 1
    assert pages["http://shop.example/page"]["failed"] == 1


def test_a_page_over_its_goal_fails_where_a_rule_says_so(run: Any, tmp_path: Path) -> None:
    rule = validation(RULES + "ValidationRuleResponseTimeGoal", Tolerance="0")
    rule = rule.replace("Level", 'ExectuionOrder="AfterDependents" Level')
    items = request("/page", rule, ParseDependentRequests="True", ResponseTimeGoal="0.3")
    items += request("/page", rule, ParseDependentRequests="True", ResponseTimeGoal="30")

    def slow(asked: Request) -> Answer:
        if asked.path == "/slow.css":
            time.sleep(0.4)
            return Answer(200, (("Content-Type", "text/css"),))
        return Answer(200, (("Content-Type", "text/html"),), b'<link rel="stylesheet" href="/slow.css">')

    ran = run(write(tmp_path, items), script=slow, expect=99)
    assert ran.targets == ["/page", "/slow.css", "/page", "/slow.css"]
    assert len(ran.failures) == 1
    assert "ValidationRuleError: ValidationRuleResponseTimeGoal: the page took 0." in ran.failures[0]
    assert "more than the goal of 0.3 s" in ran.failures[0]
