"""A small load test of Visual Studio with its web test, for the server's tests."""

from __future__ import annotations

_XMLNS = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'
_WEB_TEST = "Microsoft.VisualStudio.TestTools.WebStress.DeclarativeWebTestElement, Some.Assembly"
_RULE = "Microsoft.VisualStudio.TestTools.WebStress.Rules.ThresholdRuleCompareConstant, Some.Assembly"


def web_test(*urls: str) -> bytes:
    """Return a web test of one request or several, without think times."""
    requests = "".join(
        f'<Request Method="GET" Version="1.1" Url="{url}" ThinkTime="0" Timeout="30" '
        'ParseDependentRequests="False" FollowRedirects="True" />'
        for url in urls
    )
    return (
        f'<?xml version="1.0"?><WebTest Name="Home" Id="11111111-2222-3333-4444-555555555555" {_XMLNS}>'
        f"<Items>{requests}</Items></WebTest>"
    ).encode()


def load_test(
    *, seconds: int = 3, sample_s: int = 1, users: int = 2, most_requests_a_second: float | None = None
) -> bytes:
    """Return a load test; with `most_requests_a_second` more of them are a critical violation of a threshold."""
    sets = ""
    if most_requests_a_second is not None:
        sets = (
            '<CounterSets><CounterSet Name="LoadTest" CounterSetType="LoadTest"><CounterCategories>'
            '<CounterCategory Name="LoadTest:Request"><Counters><Counter Name="Requests/Sec"><ThresholdRules>'
            f'<ThresholdRule Classname="{_RULE}"><RuleParameters>'
            '<RuleParameter Name="AlertIfOver" Value="True" />'
            f'<RuleParameter Name="WarningThreshold" Value="{most_requests_a_second}" />'
            f'<RuleParameter Name="CriticalThreshold" Value="{most_requests_a_second}" />'
            "</RuleParameters></ThresholdRule></ThresholdRules></Counter></Counters></CounterCategory>"
            "</CounterCategories></CounterSet></CounterSets>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><LoadTest Name="Home" CurrentRunConfig="Run" {_XMLNS}><Scenarios>'
        '<Scenario Name="Scenario1" DelayBetweenIterations="0.05" TestMixType="PercentageOfTestsStarted">'
        '<ThinkProfile Value="0" Pattern="Off" />'
        f'<LoadProfile Pattern="Constant" InitialUsers="{users}" /><TestMix>'
        f'<TestProfile Name="Home" Path="home.webtest" Percentage="100" Type="{_WEB_TEST}" />'
        f"</TestMix></Scenario></Scenarios>{sets}<RunConfigurations>"
        f'<RunConfiguration Name="Run" RunDuration="{seconds}" SampleRate="{sample_s}" CoolDownTime="0" />'
        "</RunConfigurations></LoadTest>"
    ).encode()
