"""What is fuzzed: for each reader what it is handed, what it may raise, and where it begins.

Whatever a file holds, an importer answers with findings or a `PenstockError`; a scenario that it gives back can be
written and read. Anything else is a failure, as are slowness and memory, which the fuzzer watches itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from penstock.errors import PenstockError
from penstock.importers import registry
from penstock.importers.base import Files, Findings, Overrides
from penstock.importers.opening import entry_of
from penstock.importers.vstest.settings import ROOTS, compile_settings_file
from penstock.importers.xmlfile import read_xml
from penstock.model import codec

_NAMESPACE = b'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'
_WEB_TYPE = b"Microsoft.VisualStudio.TestTools.WebStress.DeclarativeWebTestElement, X"
_RULES = b"Microsoft.VisualStudio.TestTools.WebTesting.Rules."

WEB_TEST = (
    b'<WebTest Name="a" Id="1" Proxy="default" StopOnError="False" ' + _NAMESPACE + b'><Items><Request Method="POST" '
    b'Url="http://h/{{p}}" ThinkTime="1" Timeout="300" Cache="False" ParseDependentRequests="True" Encoding="utf-8" '
    b'ExpectedHttpStatusCode="0"><Headers><Header Name="X" Value="{{DataSource1.t#csv.c}}"/></Headers>'
    b'<ExtractionRules><ExtractionRule Classname="' + _RULES + b'ExtractText, X" VariableName="v"><RuleParameters>'
    b'<RuleParameter Name="StartsWith" Value="a"/><RuleParameter Name="UseRegularExpression" Value="True"/>'
    b'</RuleParameters></ExtractionRule></ExtractionRules><StringHttpBody ContentType="text/plain">aABpAA=='
    b'</StringHttpBody></Request><TransactionTimer Name="t"><Items><Comment CommentText="c"/></Items>'
    b'</TransactionTimer><Loop><ConditionalRule Classname="' + _RULES + b'ForLoopRule, X" MaxIterations="-1" '
    b'AdvanceDataCursors="True"><RuleParameters><RuleParameter Name="ContextParameterName" Value="i"/>'
    b'<RuleParameter Name="ComparisonOperator" Value="&lt;"/><RuleParameter Name="TerminatingValue" Value="3"/>'
    b'</RuleParameters></ConditionalRule><Items/></Loop><IncludedWebTest Name="b" Path="b.webtest" Id="2"/></Items>'
    b'<DataSources><DataSource Name="DataSource1" Provider="Microsoft.VisualStudio.TestTools.DataSource.CSV" '
    b'Connection="|DataDirectory|\\t.csv"><Tables><DataSourceTable Name="t#csv" AccessMethod="Sequential"/></Tables>'
    b'</DataSource></DataSources><ContextParameters><ContextParameter Name="p" Value="1"/></ContextParameters>'
    b"</WebTest>"
)
LOAD_TEST = (
    b'<LoadTest Name="l" CurrentRunConfig="r" ' + _NAMESPACE + b'><Scenarios><Scenario Name="s" DelayStartTime="1" '
    b'TestMixType="UserPacing" PercentNewUsers="5" MaxTestIterations="9"><ThinkProfile Value="0.2" '
    b'Pattern="NormalDistribution"/><LoadProfile Pattern="Step" InitialUsers="1" MaxUsers="9" StepUsers="2" '
    b'StepDuration="10" StepRampTime="2"/><TestMix><TestProfile Name="a" Path="a.webtest" Id="1" Percentage="60" '
    b'Type="' + _WEB_TYPE + b'"/></TestMix><BrowserMix><BrowserProfile Percentage="100"><Browser Name="b" '
    b'MaxConnections="6"><Headers><Header Name="A" Value="b"/></Headers></Browser></BrowserProfile></BrowserMix>'
    b'<NetworkMix><NetworkProfile Percentage="100"><Network Name="DSL" BandwidthInKbps="NaN" '
    b'NetworkProfileConfigurationXml="&lt;Emulation&gt;&lt;LinkRule dir=&quot;upstream&quot;&gt;&lt;Bandwidth&gt;'
    b'&lt;Speed unit=&quot;kbps&quot;&gt;9&lt;/Speed&gt;&lt;/Bandwidth&gt;&lt;/LinkRule&gt;&lt;/Emulation&gt;"/>'
    b'</NetworkProfile></NetworkMix></Scenario></Scenarios><CounterSets><CounterSet CounterSetType="LoadTest">'
    b'<CounterCategories><CounterCategory Name="LoadTest:Page"><Counters><Counter Name="Avg. Page Time">'
    b'<ThresholdRules><ThresholdRule Classname="R.ThresholdRuleCompareConstant, X"><RuleParameters><RuleParameter '
    b'Name="WarningThreshold" Value="1"/></RuleParameters></ThresholdRule></ThresholdRules></Counter></Counters>'
    b'</CounterCategory></CounterCategories></CounterSet></CounterSets><RunConfigurations><RunConfiguration Name="r" '
    b'RunDuration="60" WarmupTime="5" CoolDownTime="5" SampleRate="5" ValidationLevel="High" '
    b'UseTestIterations="false"/>'
    b"</RunConfigurations></LoadTest>"
)
SETTINGS = (
    b"<TestSettings " + _NAMESPACE + b'><Deployment><DeploymentItem filename="t.csv"/></Deployment><Scripts '
    b'setupScript="s.bat"/><Execution location="Remote"><Timeouts runTimeout="5"/><TestTypeSpecific>'
    b'<WebTestRunConfiguration iterationCount="2" simulateThinkTimes="true"><Browser name="b" MaxConnections="6"/>'
    b"</WebTestRunConfiguration></TestTypeSpecific></Execution></TestSettings>"
)
CONFIGURATION = (
    b'{"duration": 60000, "parameters": [{"a": "${__random_uuid}"}], "requests": [{"method": "POST", "url": '
    b'"http://h/${a}", "extract": [{"b": {"jsonPath": "$.a[0]"}}], "assert": [{"check": "b", "matches": "^a+$"}], '
    b'"postData": {"mimeType": "text/plain", "text": "${a + b}"}}]}'
)
SCENARIO = (
    b'{"version": 1, "name": "s", "dialect": "loadmill", "journeys": [{"name": "j", "steps": [{"type": "think", '
    b'"duration": 1.0, "nominal_s": 1.0, "origin": {"file": "f"}}], "origin": {"file": "f"}}], "populations": [{'
    b'"name": '
    b'"p", "load": {"phases": [{"start": 1.0, "end": 1.0, "duration_s": 5.0}]}}], "origin": {"file": "f"}}'
)
RECORDING = (
    b'{"log": {"pages": [{"id": "p", "title": "t"}], "entries": [{"pageref": "p", "_resourceType": "document", '
    b'"startedDateTime": "2026-01-01T00:00:00.000Z", "time": 5, "request": {"method": "GET", "url": "http://h/", '
    b'"headers": [{"name": "Cookie", "value": "a=b"}]}, "response": {"status": 302, "redirectURL": "/a#b", "headers": '
    b'[{"name": "Set-Cookie", "value": "token=c%2Bd"}], "content": {"mimeType": "text/html", "text": '
    b'"<input type=hidden name=f value=1>"}}}, {"startedDateTime": "2026-01-01T00:00:01+01:00", "time": 1, "request": '
    b'{"method": "POST", "url": "http://h/a?x=token-12345", "postData": {"mimeType": "application/json", "text": '
    b'"{\\"f\\": 1}"}}, "response": {"status": 200, "content": {"mimeType": "application/json", "encoding": "base64", '
    b'"text": "eyJ0IjogMTIzNDV9"}}}]}}'
)
TEST_PLAN = (
    b'<jmeterTestPlan version="1.2"><hashTree><TestPlan testname="p"><boolProp name="TestPlan.serialize_threadg'
    b'roups">true</boolProp><elementProp name="TestPlan.user_defined_variables" elementType="Arguments"><collec'
    b'tionProp name="Arguments.arguments"><elementProp name="a" elementType="Argument"><stringProp name="Argume'
    b'nt.name">a</stringProp><stringProp name="Argument.value">${__P(a,1)}</stringProp></elementProp></collecti'
    b'onProp></elementProp></TestPlan><hashTree><ThreadGroup testname="g"><stringProp name="ThreadGroup.num_thr'
    b'eads">${__P(n,2)}</stringProp><stringProp name="ThreadGroup.ramp_time">1</stringProp><elementProp name="T'
    b'hreadGroup.main_controller" elementType="LoopController"><stringProp name="LoopController.loops">2</strin'
    b'gProp></elementProp></ThreadGroup><hashTree><ConstantTimer testname="t"><stringProp name="ConstantTimer.d'
    b'elay">1</stringProp></ConstantTimer><hashTree/><LoopController testname="l"><stringProp name="LoopControl'
    b'ler.loops">${a}</stringProp></LoopController><hashTree><HTTPSamplerProxy testname="h"><stringProp name="H'
    b'TTPSampler.domain">h</stringProp><stringProp name="HTTPSampler.path">/p?${x}</stringProp><stringProp name'
    b'="HTTPSampler.method">POST</stringProp><elementProp name="HTTPsampler.Arguments" elementType="Arguments">'
    b'<collectionProp name="Arguments.arguments"><elementProp name="q" elementType="HTTPArgument"><boolProp nam'
    b'e="HTTPArgument.always_encode">true</boolProp><stringProp name="Argument.name">q</stringProp><stringProp '
    b'name="Argument.value">${__time(yyyy)}</stringProp></elementProp></collectionProp></elementProp></HTTPSamp'
    b'lerProxy><hashTree/></hashTree><OpenModelThreadGroup testname="o"><stringProp name="OpenModelThreadGroup.'
    b'schedule">rate(1/s) even_arrivals(1 min)</stringProp></OpenModelThreadGroup><hashTree/></hashTree></hashT'
    b"ree></hashTree></jmeterTestPlan>"
)
_BESIDE = {"a.webtest": WEB_TEST, "b.webtest": b"<WebTest><Items/></WebTest>", "t.csv": b"c,d\n1,2\n"}


@dataclass(frozen=True, slots=True)
class Target:
    """A reader that is handed any bytes. `words` are what a mutation may put in."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()


def _imported(name: str) -> Callable[[bytes], object]:
    def read(content: bytes) -> None:
        files = Files.from_dict({**_BESIDE, name: content})
        imported = registry.compile(files, name, Overrides(skip_unsupported=bool(content[-1:] == b"\n")))
        if imported.scenario is not None and not any(one.severity == "error" for one in imported.findings):
            assert codec.decode(codec.encode(imported.scenario)) == imported.scenario
        assert all(one.count >= 0 for one in imported.fidelity)

    return read


def _data(content: bytes) -> None:
    """Read a web test whose data are any bytes."""
    registry.compile(Files.from_dict({**_BESIDE, "t.csv": content, "x.webtest": WEB_TEST}), "x.webtest")


def _settings(content: bytes) -> None:
    root = read_xml(content, "x.testsettings")
    if root.name in ROOTS:
        compile_settings_file(root, "x.testsettings", Files.from_dict(_BESIDE), Findings())


def _archive(content: bytes) -> None:
    files = Files.from_zip(content)
    entry = entry_of(files, "x.zip")
    registry.compile(files, entry)


def _packed() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("l.loadtest", LOAD_TEST)
        archive.writestr("a.webtest", WEB_TEST)
    return packed.getvalue()


_XML = (
    b'="-1"',
    b'="NaN"',
    b'="true"',
    b"&amp;",
    b"<!DOCTYPE a [",
    b"{{",
    b"}}",
    b"$HIDDEN1.",
    b"<Items>",
    b"</Items>",
)
_JSON = (b"null", b"-1", b"1e999", b"[]", b"{}", b'"\\ud800"', b"${", b"__add", b'"$ref"', b"NaN")

TARGETS = {
    "webtest": Target(_imported("x.webtest"), (WEB_TEST,), _XML),
    "loadtest": Target(_imported("x.loadtest"), (LOAD_TEST,), _XML),
    "settings": Target(_settings, (SETTINGS,), _XML),
    "data": Target(_data, (b"c,d\n1,2\n", b'"c"\n"a\nb"\n', "c;d\nü;ß\n".encode("utf-16"))),
    "archive": Target(_archive, (_packed(),)),
    "loadmill": Target(_imported("x.json"), (CONFIGURATION,), _JSON),
    "scenario": Target(_imported("x.json"), (SCENARIO,), _JSON),
    "testplan": Target(_imported("x.jmx"), (TEST_PLAN,), (*_XML, b"${", b"}", b"<hashTree/>", b"-2")),
    "recording": Target(_imported("x.har"), (RECORDING,), _JSON),
}


def _together() -> Target:
    """All readers at once: the first byte says which one is handed the rest."""
    every = list(TARGETS.values())

    def read(content: bytes) -> None:
        if content:
            every[content[0] % len(every)].read(content[1:])

    seeds = tuple(bytes([place]) + seed for place, target in enumerate(every) for seed in target.seeds)
    return Target(read, seeds, _XML + _JSON)


TOGETHER = "together"


def target_named(name: str) -> Target:
    """Return one of the readers, or all at once."""
    return _together() if name == TOGETHER else TARGETS[name]


def run(target: Target, content: bytes) -> None:
    """Hand the bytes to a reader; what it refuses it may refuse."""
    try:
        target.read(content)
    except PenstockError as refusal:
        if not str(refusal):
            raise
