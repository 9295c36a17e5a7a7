"""Load tests of Visual Studio, run from the command line against a real server: what is sent, and what is told."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from penstock.importers import registry
from penstock.importers.base import Files
from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command
from tests.imports.vs_samples import MISSING, SAMPLES, load_tests, original_name, with_its_tests
from tests.unit.importers.vstest.loadtests import loadtest, profile, scenario

pytestmark = pytest.mark.e2e

NAMESPACE = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'


def web_test(name: str, *paths: str, attributes: str = "", more: str = "") -> str:
    requests = "".join(
        f'<Request Method="GET" Version="1.1" Url="{{{{Host}}}}{path}" ThinkTime="30" Timeout="20" {attributes}'
        f' ParseDependentRequests="False" FollowRedirects="True" RecordResult="True" Encoding="utf-8"/>'
        for path in paths
    )
    return (
        f'<WebTest Name="{name}" Id="{name}" Proxy="" StopOnError="False" {NAMESPACE}><Items>{requests}{more}</Items>'
        '<ContextParameters><ContextParameter Name="Host" Value="http://original.example"/></ContextParameters></WebTest>'
    )


def folder(place: Path, content: bytes, **web_tests: str) -> Path:
    (place / "test").mkdir()
    (place / "test" / "Load.loadtest").write_bytes(content)
    for name, text in web_tests.items():
        (place / "test" / f"{name}.webtest").write_text(text)
    return place / "test"


def run(penstock: Command, place: Path, *arguments: str | Path, expect: int | None = 0) -> Any:
    ended = penstock("run", place, *arguments, "--json", "-", expect=expect)
    return json.loads(ended.stdout)


def counters(summary: Any) -> dict[tuple[str, str, str], float]:
    return {(one["category"], one["counter"], one["instance"]): one["value"] for one in summary["counters"]["totals"]}


def test_a_mix_sends_its_tests_by_their_shares(penstock: Command, tmp_path: Path) -> None:
    tests = profile("Browse", percentage="75") + profile("Buy", percentage="25")
    load = 'Pattern="Constant" InitialUsers="4"'
    parameters = (
        '<ContextParameters><ContextParameter Name="Host" Value="http://of-the-run.example"/></ContextParameters>'
    )
    content = loadtest(
        scenario(tests, load=load),
        'UseTestIterations="true" TestIterations="40"',
        inside_run=parameters,
    )
    place = folder(tmp_path, content, Browse=web_test("Browse", "/a", "/b"), Buy=web_test("Buy", "/buy"))
    with Recorder() as target:
        summary = run(penstock, place, "--base-url", target.url, "--no-think")
        paths = Counter(request.path for request in target.requests)
    assert paths == {"/a": 30, "/b": 30, "/buy": 10}
    found = counters(summary)
    assert found["LoadTest:Test", "Total Tests", "_Total"] == 40
    assert found["LoadTest:Test", "Total Tests", "Browse"] == 30
    assert found["LoadTest:Request", "Total Requests", "_Total"] == 70
    assert found["LoadTest:Page", "Total Pages", "_Total"] == 70


def test_users_send_the_headers_of_their_browser(penstock: Command, tmp_path: Path) -> None:
    header = '<Header Name="User-Agent" Value="{0}"/><Header Name="Accept-Language" Value="{{{{$IEAcceptLanguage}}}}"/>'
    browsers = "".join(
        f'<BrowserProfile Percentage="50"><Browser Name="{name}" MaxConnections="6"><Headers>{header.format(name)}'
        "</Headers></Browser></BrowserProfile>"
        for name in ("Tried/1", "Tried/2")
    )
    content = loadtest(
        scenario(load='Pattern="Constant" InitialUsers="4"', more=f"<BrowserMix>{browsers}</BrowserMix>"),
        'UseTestIterations="true" TestIterations="60"',
    )
    place = folder(tmp_path, content, a=web_test("a", "/a"))
    with Recorder() as target:
        run(penstock, place, "--base-url", target.url, "--no-think")
        sent = target.requests
    agents = Counter(request.header("user-agent") for request in sent)
    assert set(agents) == {"Tried/1", "Tried/2"}
    assert min(agents.values()) >= 10
    assert {request.header("accept-language") for request in sent} == {"en-US"}


def test_tests_done_once_a_user_are_no_tests_of_the_mix(penstock: Command, tmp_path: Path) -> None:
    once = f"<InitializeTest>{profile('Login')}</InitializeTest>"
    content = loadtest(
        scenario(profile("Browse"), load='Pattern="Constant" InitialUsers="3"', more=once),
        'UseTestIterations="true" TestIterations="12"',
    )
    place = folder(tmp_path, content, Browse=web_test("Browse", "/a"), Login=web_test("Login", "/login"))
    with Recorder() as target:
        summary = run(penstock, place, "--base-url", target.url, "--no-think")
        paths = Counter(request.path for request in target.requests)
    assert paths["/a"] == 12
    assert 1 <= paths["/login"] <= 3
    assert counters(summary)["LoadTest:Test", "Total Tests", "_Total"] == 12


SET = (
    '<CounterSets><CounterSet Name="LoadTest" CounterSetType="LoadTest"><CounterCategories>'
    '<CounterCategory Name="LoadTest:Errors"><Counters><Counter Name="Http Errors"><ThresholdRules>'
    '<ThresholdRule Classname="Microsoft.VisualStudio.TestTools.WebStress.Rules.ThresholdRuleCompareConstant, X">'
    '<RuleParameters><RuleParameter Name="AlertIfOver" Value="True"/><RuleParameter Name="WarningThreshold" Value="0"/>'
    '<RuleParameter Name="CriticalThreshold" Value="1"/></RuleParameters></ThresholdRule></ThresholdRules></Counter>'
    "</Counters></CounterCategory></CounterCategories></CounterSet></CounterSets>"
)


@pytest.mark.parametrize(("option", "code"), [((), 0), (("--fail-on", "critical"), 99)], ids=["told", "failing"])
def test_threshold_rules_are_told_and_fail_the_run_where_that_is_asked_for(
    option: tuple[str, ...], code: int, penstock: Command, tmp_path: Path
) -> None:
    content = loadtest(
        scenario(load='Pattern="Constant" InitialUsers="2"'),
        'UseTestIterations="true" TestIterations="6" SampleRate="5"',
        more=SET,
    )
    place = folder(tmp_path, content, a=web_test("a", "/ok", "/gone"))

    def half(request: Request) -> Answer:
        return Answer(404 if request.path == "/gone" else 200)

    with Recorder(half) as target:
        ended = penstock(
            "run", place, "--base-url", target.url, "--no-think", "--csv", tmp_path / "out", *option, expect=code
        )
    assert "LoadTest:Errors: Http Errors was 6, over 1" in ended.stderr
    assert "HttpError 404 - NotFound: 6" in ended.stderr
    with (tmp_path / "out" / "violations.csv").open() as file:
        assert [row["level"] for row in csv.DictReader(file)] == ["critical"]


def test_the_warm_up_is_in_no_counter(penstock: Command, tmp_path: Path) -> None:
    content = loadtest(
        scenario(load='Pattern="Constant" InitialUsers="2"'), 'RunDuration="2" WarmupTime="2" SampleRate="1"'
    )
    place = folder(tmp_path, content, a=web_test("a", "/a"))

    def slow(_: Request) -> Answer:
        return Answer()

    with Recorder(slow) as target:
        summary = run(penstock, place, "--base-url", target.url, "--no-think")
        total = len(target.requests)
    counted = counters(summary)["LoadTest:Request", "Total Requests", "_Total"]
    assert 0 < counted < total
    assert {sample["second"] for sample in summary["counters"]["samples"]} <= {2, 3, 4}


def test_transactions_have_a_time_with_and_one_without_thinking(penstock: Command, tmp_path: Path) -> None:
    inner = (
        '<TransactionTimer Name="Buy"><Items><Request Method="GET" Url="{{Host}}/buy" ThinkTime="1" Timeout="20"'
        ' ParseDependentRequests="False"/></Items></TransactionTimer>'
    )
    content = loadtest(
        scenario(load='Pattern="Constant" InitialUsers="1"', think='Pattern="On"'),
        'UseTestIterations="true" TestIterations="1"',
    )
    place = folder(tmp_path, content, a=web_test("a", more=inner))
    with Recorder() as target:
        found = counters(run(penstock, place, "--base-url", target.url))
    assert 1.0 <= found["LoadTest:Transaction", "Avg. Transaction Time", "Buy"] < 1.3
    assert found["LoadTest:Transaction", "Avg. Response Time", "Buy"] < 0.5
    assert found["LoadTest:Test", "Avg. Test Time", "a"] >= 1.0


def test_only_compiled_tests_are_refused_by_name(penstock: Command, tmp_path: Path) -> None:
    tests = profile("Login", "unit", "50") + profile("Buy", "coded", "50")
    place = folder(tmp_path, loadtest(scenario(tests)))
    ended = penstock("check", place, expect=104)
    assert "a unit test (Login in bin\\debug\\tests.dll) is compiled .NET code and cannot run here" in ended.stdout
    assert "a coded web test (Buy in bin\\debug\\tests.dll) is compiled .NET code" in ended.stdout
    assert "imported 0 of 2 tests, 2 not importable" in ended.stdout
    report = penstock("check", place, "--json", expect=104).json()
    assert (report["tests"], report["imported_tests"], report["runnable"]) == (2, 0, False)
    assert {finding["code"] for finding in report["findings"]} == {"unit-test", "coded-web-test", "nothing-left"}
    assert all(finding["line"] and finding["path"] for finding in report["findings"])


def test_a_mix_goes_on_without_the_rest_with_skip_unsupported(penstock: Command, tmp_path: Path) -> None:
    tests = profile("a", percentage="50") + profile("Buy", "coded", "50")
    content = loadtest(
        scenario(tests, load='Pattern="Constant" InitialUsers="1"'), 'UseTestIterations="true" TestIterations="3"'
    )
    place = folder(tmp_path, content, a=web_test("a", "/a"))
    penstock("run", place, "--no-think", expect=104)
    told = penstock("check", place, "--skip-unsupported")
    assert "imported 1 of 2 tests, 1 not importable" in told.stdout
    with Recorder() as target:
        run(penstock, place, "--base-url", target.url, "--no-think", "--skip-unsupported")
        assert len(target.requests) == 3


def test_what_was_converted_sends_what_the_load_test_sends(penstock: Command, tmp_path: Path) -> None:
    tests = profile("a") + profile("b")
    content = loadtest(
        scenario(tests, load='Pattern="Constant" InitialUsers="1"', TestMixType="Sequential"),
        'UseTestIterations="true" TestIterations="4"',
    )
    place = folder(tmp_path, content, a=web_test("a", "/a?x=1"), b=web_test("b", "/b"))
    penstock("convert", place, "-o", "scenario.json")
    sent = []
    for file in (place, tmp_path / "scenario.json"):
        with Recorder() as target:
            run(penstock, file, "--base-url", target.url, "--no-think")
            sent.append([(request.method, request.target) for request in target.requests])
    with Recorder() as target:
        penstock("convert", place, f"Host={target.url}", "-o", "flow.py")
        penstock("run", "flow.py", "--no-think")
        sent.append([(request.method, request.target) for request in target.requests])
    assert sent[0] == 2 * [("GET", "/a?x=1"), ("GET", "/b")]
    assert sent[1] == sent[0]
    assert sent[2] == sent[0]


def runnable() -> list[Path]:
    if not SAMPLES.is_dir():
        return []
    found = []
    for path in load_tests():
        contents, name = with_its_tests(path)
        imported = registry.compile(Files.from_dict(contents), name)
        if not any(finding.severity == "error" for finding in imported.findings):
            found.append(path)
    return found


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=MISSING)
@pytest.mark.parametrize("path", runnable(), ids=original_name)
def test_a_real_load_test_runs_against_a_local_server(path: Path, penstock: Command, tmp_path: Path) -> None:
    contents, name = with_its_tests(path)
    for each, content in contents.items():
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).write_bytes(content)
    with Recorder() as target:
        ended = penstock(
            *("run", name, "--base-url", target.url, "--no-think", "--duration", "1.5s", "--users", "4"),
            *("--total-iterations", "20", "--warm-up", "0s", "--json", "-"),
        )
        assert target.requests
        assert all(request.header("host") == target.url.removeprefix("http://") for request in target.requests)
    summary = json.loads(ended.stdout)
    assert summary["totals"]["requests"]["count"] > 0
    assert summary["counters"]["totals"]
