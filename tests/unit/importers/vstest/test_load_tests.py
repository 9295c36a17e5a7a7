"""What a load test says: mixes, pace, run settings, lines, plug-ins; and what cannot run."""

from __future__ import annotations

import pytest

from penstock.importers.base import Overrides
from penstock.importers.vstest.loadtest.compile import TestContext
from penstock.model import BrowserHeader, BrowserProfile, NetworkProfile, Share
from tests.unit.importers.vstest.loadtests import (
    WEB_TEST,
    compile_plain,
    loadtest,
    population,
    profile,
    scenario,
    texts,
)

TWO = profile("a", percentage="80") + profile("b", percentage="40")


@pytest.mark.parametrize(
    ("mix", "rule", "weights"),
    [
        ("PercentageOfTestsStarted", "tests", (80.0, 40.0)),
        ("PercentageOfUsersRunning", "users", (80.0, 40.0)),
        ("UserPacing", "pace", (80.0, 40.0)),
        ("Sequential", "sequential", (1.0, 1.0)),
        ("sequential", "sequential", (1.0, 1.0)),
    ],
)
def test_a_mix_keeps_its_rule_and_its_weights(mix: str, rule: str, weights: tuple[float, float]) -> None:
    imported = compile_plain(loadtest(scenario(TWO, TestMixType=mix)), b_webtest=WEB_TEST)
    assert not texts(imported, "error")
    assert imported.scenario is not None
    (found,) = imported.scenario.populations
    assert found.mix == rule
    assert found.shares == (Share("a", weights[0]), Share("b", weights[1]))
    assert (imported.tests, imported.imported_tests) == (2, 2)


def test_a_sequence_may_hold_a_test_twice_and_compiles_it_once() -> None:
    tests = profile("a") + profile("b") + profile("a")
    imported = compile_plain(loadtest(scenario(tests, TestMixType="Sequential")), b_webtest=WEB_TEST)
    assert imported.scenario is not None
    assert [share.journey for share in imported.scenario.populations[0].shares] == ["a", "b", "a"]
    assert [journey.name for journey in imported.scenario.journeys] == ["a", "b"]


def test_a_test_of_two_scenarios_is_two_journeys() -> None:
    imported = compile_plain(loadtest(scenario() + scenario(name="Second")))
    assert imported.scenario is not None
    assert [journey.name for journey in imported.scenario.journeys] == ["a", "Second / a"]


def test_a_test_without_a_share_is_never_started_and_that_is_said() -> None:
    imported = compile_plain(loadtest(scenario(profile("a") + profile("b", percentage="0.0"))), b_webtest=WEB_TEST)
    assert imported.scenario is not None
    assert imported.scenario.populations[0].shares == (Share("a", 100.0),)
    assert any("never started" in text for text in texts(imported, "note"))


@pytest.mark.parametrize(
    ("tests", "reason"),
    [("", "the test mix is empty"), (profile(percentage="0"), "all percentages of the mix are 0")],
)
def test_a_mix_that_starts_nothing_is_an_error(tests: str, reason: str) -> None:
    errors = texts(compile_plain(loadtest(scenario(tests))), "error")
    assert any(reason in error for error in errors)


@pytest.mark.parametrize(
    ("spread", "expected"), [({}, 0.2), ({"ApplyDistributionToPacingDelay": "false"}, 0.0)], ids=["spread", "fixed"]
)
def test_a_pace_is_spread_or_fixed(spread: dict[str, str], expected: float) -> None:
    found = population(loadtest(scenario(TestMixType="UserPacing", DelayBetweenIterations="5", **spread)))
    assert found.pace_spread == expected
    assert found.load.pause_s == 0, "a pace has no pause"


@pytest.mark.parametrize(
    ("think", "rule", "deviation"),
    [
        ('Pattern="Off" Value="0.2"', "off", 0.2),
        ('Pattern="On" Value="0"', "on", 0.0),
        ('Pattern="NormalDistribution" Value="0.35"', "normal", 0.35),
    ],
)
def test_think_profiles(think: str, rule: str, deviation: float) -> None:
    load = population(loadtest(scenario(think=think))).load
    assert (load.thinks, load.think_deviation) == (rule, deviation)


def test_users_pause_and_are_new_and_end_as_the_scenario_says() -> None:
    found = population(
        loadtest(scenario(DelayBetweenIterations="3", PercentNewUsers="40", MaxTestIterations="500"))
    ).load
    assert (found.pause_s, found.new_users, found.iterations_total) == (3.0, 0.4, 500)


def test_tests_that_are_done_once_a_user_are_in_no_mix() -> None:
    once = f"<InitializeTest>{profile('a')}</InitializeTest><TerminateTest>{profile('b')}</TerminateTest>"
    imported = compile_plain(loadtest(scenario(more=once)), b_webtest=WEB_TEST)
    assert imported.scenario is not None
    (found,) = imported.scenario.populations
    assert (found.on_start, found.on_stop, found.stops_at_end) == ("a (initialize)", "b (terminate)", False)
    assert found.shares == (Share("a", 100.0),)


def test_web_tests_are_found_by_path_in_any_case_or_by_id() -> None:
    tests = profile("x", path=r"SUB\Deep\X.WebTest") + profile("y", path="gone.webtest", id_="AAAA-1")
    imported = compile_plain(
        loadtest(scenario(tests)), sub__deep__x_webtest=b"<WebTest/>", other_webtest=b'<WebTest Id="aaaa-1"/>'
    )
    assert not texts(imported, "error")
    assert imported.imported_tests == 2


COMPILED = [
    ("coded", "coded-web-test", r"a coded web test (a in bin\debug\tests.dll) is compiled .NET code"),
    ("unit", "unit-test", r"a unit test (a in bin\debug\tests.dll) is compiled .NET code"),
    ("generic", "generic-test", r"a generic test (a in bin\debug\tests.dll) starts a program"),
    ("ordered", "ordered-test", r"an ordered test (a in bin\debug\tests.dll) lists other tests"),
]


@pytest.mark.parametrize(("kind", "code", "text"), COMPILED, ids=[kind for kind, _, _ in COMPILED])
def test_a_test_that_cannot_run_is_named_with_what_to_do(kind: str, code: str, text: str) -> None:
    imported = compile_plain(loadtest(scenario(profile("a", kind))))
    first, second = (finding for finding in imported.findings if finding.severity == "error")
    assert (first.code, second.code) == (code, "nothing-left")
    place = 'l.loadtest:3: Scenarios / Scenario "Scenario1" / TestMix / TestProfile "a"'
    assert str(first).startswith(f"{place}: {text} and cannot run here; replace it by ")
    assert (imported.tests, imported.imported_tests, imported.scenario) == (1, 0, None)


def test_a_coded_test_names_the_web_test_it_came_from() -> None:
    imported = compile_plain(loadtest(scenario(profile("ACoded", "coded"))))
    assert "replace it by a.webtest, which looks like the web test it was generated from" in texts(imported, "error")[0]


MIXED = profile("a", percentage="50") + profile("u", "unit", "50")


def test_a_mix_stops_at_what_cannot_run() -> None:
    imported = compile_plain(loadtest(scenario(MIXED)))
    assert len(texts(imported, "error")) == 1
    assert "leave such tests out with --skip-unsupported" in texts(imported, "error")[0]
    assert (imported.tests, imported.imported_tests) == (2, 1)


def test_a_mix_goes_on_without_the_rest_where_that_is_asked_for() -> None:
    imported = compile_plain(loadtest(scenario(MIXED)), Overrides(skip_unsupported=True))
    assert not texts(imported, "error")
    assert any("it is left out" in text for text in texts(imported, "warning"))
    assert imported.scenario is not None
    assert imported.scenario.populations[0].shares == (Share("a", 50.0),)


def test_a_broken_web_test_is_left_out_with_its_findings_as_warnings() -> None:
    content = loadtest(scenario(profile("a") + profile("broken")))
    refused = compile_plain(content, broken_webtest=WEB_TEST)
    assert any("a plug-in" in text for text in texts(refused, "error"))
    skipped = compile_plain(content, Overrides(skip_unsupported=True), broken_webtest=WEB_TEST)
    assert not texts(skipped, "error")
    assert any("a plug-in" in text for text in texts(skipped, "warning"))
    assert any("broken.webtest cannot run here" in text for text in texts(skipped, "warning"))


def test_nothing_left_is_an_error_even_where_skipping_is_asked_for() -> None:
    imported = compile_plain(loadtest(scenario(profile("a", "unit"))), Overrides(skip_unsupported=True))
    assert texts(imported, "error") == [
        "l.loadtest:3: Scenarios: nothing is left to run: no scenario has a test that can run here"
    ]


def test_a_missing_web_test_says_where_it_was_looked_for() -> None:
    imported = compile_plain(loadtest(scenario(profile("x", path=r"sub\x.webtest", id_="ID-9"))))
    error = texts(imported, "error")[0]
    assert r"the web test sub\x.webtest is not among the files; looked beside l.loadtest" in error
    assert "for a web test with the Id ID-9" in error


RUNS = '<RunConfiguration Name="Short" RunDuration="5"/><RunConfiguration Name="Long" RunDuration="500"/>'


def with_runs(current: str) -> bytes:
    return (
        f'<LoadTest CurrentRunConfig="{current}"><Scenarios>{scenario()}</Scenarios>'
        f"<RunConfigurations>{RUNS}</RunConfigurations></LoadTest>"
    ).encode()


@pytest.mark.parametrize(
    ("current", "wanted", "seconds", "severity"),
    [
        ("Long", None, 500, "note"),
        ("Short", None, 5, "note"),
        ("Gone", None, 5, "warning"),
        ("Short", "long", 500, None),
        ("Short", "Nope", 5, "error"),
    ],
)
def test_the_run_settings_are_those_asked_for_or_the_current_ones(
    current: str, wanted: str | None, seconds: float, severity: str | None
) -> None:
    imported = compile_plain(with_runs(current), Overrides(run_settings=wanted))
    assert imported.scenario is not None
    assert imported.scenario.populations[0].load.duration_s == seconds
    said = [finding.severity for finding in imported.findings if "run settings" in finding.message]
    assert severity in said if severity else not said


def test_parameters_of_the_run_win_over_the_tests_and_the_callers_over_those() -> None:
    seen: list[TestContext] = []
    parameters = '<ContextParameters><ContextParameter Name="Host" Value="http://r"/></ContextParameters>'
    content = loadtest(run='RunDuration="5" ValidationLevel="Low"', inside_run=parameters)
    compile_plain(content, Overrides(parameters=(("Host", "http://c"),)), seen)
    assert seen == [TestContext((("Host", "http://r"), ("Host", "http://c")), "Low")]


def test_warm_up_and_cool_down_are_left_out_of_the_results() -> None:
    imported = compile_plain(loadtest(run='RunDuration="60" WarmupTime="20" CoolDownTime="30" SampleRate="15"'))
    assert imported.scenario is not None
    assert (imported.scenario.warm_up_s, imported.scenario.cool_down_s) == (20, 30)
    assert imported.scenario.counters is not None
    assert imported.scenario.counters.sample_s == 15


def test_iterations_that_run_at_the_end_are_cut_off_without_a_cool_down() -> None:
    imported = compile_plain(loadtest())
    assert imported.scenario is not None
    assert imported.scenario.cool_down_s == 0
    assert imported.scenario.populations[0].load.grace_s == 0


@pytest.mark.parametrize(
    ("model", "connections"),
    [("ConnectionPerUser", "user"), ("ConnectionPerTestIteration", "iteration"), ("ConnectionPool", "pool")],
)
def test_connections_belong_to_whom_the_run_settings_say(model: str, connections: str) -> None:
    run = f'RunDuration="5" WebTestConnectionModel="{model}" WebTestConnectionPoolSize="7"'
    imported = compile_plain(loadtest(run=run))
    assert imported.scenario is not None
    defaults = imported.scenario.defaults
    assert (defaults.connections, defaults.pool_size) == (connections, 7)


def browser(percentage: str = "100") -> str:
    return (
        f'<BrowserMix><BrowserProfile Percentage="{percentage}"><Browser Name="IE 9" MaxConnections="6"><Headers>'
        '<Header Name="User-Agent" Value="Mozilla"/><Header Name="Accept-Language" Value="{{$IEAcceptLanguage}}"/>'
        "</Headers></Browser></BrowserProfile></BrowserMix>"
    )


def test_browsers_send_their_headers() -> None:
    found = population(loadtest(scenario(more=browser("63"))))
    headers = (BrowserHeader("User-Agent", "Mozilla"), BrowserHeader("Accept-Language", "en-US"))
    assert found.browsers == (BrowserProfile("IE 9", 63.0, headers, 6),)


def line(up: str, down: str, extra: str = "") -> str:
    def rule(direction: str, kbps: str) -> str:
        return (
            f'<LinkRule dir="{direction}"><Bandwidth><Speed unit="kbps">{kbps}</Speed></Bandwidth>'
            f'<Latency><Fixed><Time unit="msec">150</Time></Fixed></Latency>{extra}</LinkRule>'
        )

    document = (
        f'<Emulation><VirtualChannel name="c"><VirtualLink instances="1">{rule("upstream", up)}'
        f"{rule('downstream', down)}</VirtualLink></VirtualChannel></Emulation>"
    )
    escaped = document.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return (
        '<NetworkMix><NetworkProfile Percentage="100"><Network Name="Cable" BandwidthInKbps="NaN" '
        f'NetworkProfileConfigurationXml="{escaped}"/></NetworkProfile></NetworkMix>'
    )


def test_the_emulation_document_says_the_line() -> None:
    found = population(loadtest(scenario(more=line("1500", "500"))))
    assert found.networks == (NetworkProfile("Cable", 100.0, 500.0, 1500.0, 150.0),)


@pytest.mark.parametrize(("up", "down"), [("0", "0"), ("1000000", "1000000")])
def test_a_line_without_limits_but_with_latency_keeps_that(up: str, down: str) -> None:
    assert population(loadtest(scenario(more=line(up, down)))).networks == (
        NetworkProfile("Cable", 100.0, None, None, 150.0),
    )


def test_a_local_network_is_no_line_at_all() -> None:
    network = '<Network Name="LAN" BandwidthInKbps="0"/>'
    lan = f'<NetworkMix><NetworkProfile Percentage="100">{network}</NetworkProfile></NetworkMix>'
    assert population(loadtest(scenario(more=lan))).networks == ()


def test_an_old_line_is_told_by_its_name() -> None:
    old = (
        '<NetworkMix><NetworkProfile Percentage="100"><Network Name="Dial-up 56k" BandwidthInKbps="NaN"/>'
        "</NetworkProfile></NetworkMix>"
    )
    assert population(loadtest(scenario(more=old))).networks == (NetworkProfile("Dial-up 56k", 100.0, 56.0, 56.0),)


def test_losses_cannot_be_reproduced_and_that_is_said() -> None:
    loss = "<Loss><Random><Rate>0.1</Rate></Random></Loss>"
    assert any(
        "Loss of the network 'Cable'" in text
        for text in texts(compile_plain(loadtest(scenario(more=line("1", "1", loss)))), "warning")
    )
    none = "<Loss><Random><Rate>0</Rate></Random></Loss>"
    assert not texts(compile_plain(loadtest(scenario(more=line("1", "1", none)))), "warning")


PLUGIN = '<LoadTestPlugins><LoadTestPlugin Classname="My.Plug, My, Version=1.0"/></LoadTestPlugins>'


def test_a_plug_in_forbids_the_run_unless_it_is_to_be_ignored() -> None:
    content = loadtest(more=PLUGIN)
    (error,) = texts(compile_plain(content), "error")
    assert "the load-test plug-in My.Plug is compiled .NET code" in error
    ignored = compile_plain(content, Overrides(ignore_plugins=True))
    assert not texts(ignored, "error")
    assert any("it is ignored" in text for text in texts(ignored, "warning"))


def test_an_old_file_names_its_plug_in_in_the_root() -> None:
    (error,) = texts(compile_plain(loadtest(LoadTestPluginClass="Old.Plug, Old")), "error")
    assert "Old.Plug" in error


NOTED = [
    ({"IPSwitching": "true"}, "", "IP switching is off"),
    ({"AllowedAgents": "AGENT1,AGENT2"}, "", "for the agents AGENT1, AGENT2"),
    ({"Surprise": "1"}, "", "the attribute Surprise is not known"),
    ({}, 'CoreCount="4"', "--agents 4"),
    ({}, 'RigType="Small"', "option of the cloud service"),
    ({}, 'SaveTestLogsOnError="false"', "results are kept in our own form"),
]


@pytest.mark.parametrize(("attributes", "run", "text"), NOTED, ids=[text for _, _, text in NOTED])
def test_what_means_nothing_here_is_a_note(attributes: dict[str, str], run: str, text: str) -> None:
    imported = compile_plain(loadtest(scenario(**attributes), f'RunDuration="5" {run}'))
    assert not texts(imported, "error")
    assert any(text in note for note in texts(imported, "note"))


def test_elements_that_are_not_known_are_warnings() -> None:
    imported = compile_plain(loadtest(scenario(more="<Surprise/>"), more="<Another/>"))
    assert len(texts(imported, "warning")) == 2


def test_what_became_of_each_element_is_counted() -> None:
    imported = compile_plain(
        loadtest(scenario(MIXED), more=PLUGIN), Overrides(skip_unsupported=True, ignore_plugins=True)
    )
    kinds = {one.kind: (one.mapped, one.approximated, one.dropped) for one in imported.fidelity}
    assert kinds["TestProfile"] == (1, 0, 1)
    assert kinds["LoadTestPlugin"] == (0, 0, 1)
    assert kinds["LoadProfile"] == (1, 0, 0)


def test_files_of_any_age_are_read() -> None:
    for namespace in ("", ' xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2006"'):
        content = f'<LoadTest{namespace} Name="x"><Scenarios>{scenario()}</Scenarios></LoadTest>'.encode()
        imported = compile_plain(content)
        assert not texts(imported, "error")
        assert any("no run settings" in text for text in texts(imported, "warning"))
