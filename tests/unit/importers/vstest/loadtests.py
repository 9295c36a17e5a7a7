"""Load tests in a few words, and web tests that need no file, for tests of what the load test itself says."""

from __future__ import annotations

from penstock.importers.base import Files, Findings, Imported, Overrides
from penstock.importers.vstest.loadtest.compile import TestContext, compile_with
from penstock.importers.vstest.loadtest.journeys import CompileTest
from penstock.model import Journey, Origin, Population, Request, Text

TYPES = {
    "web": "Microsoft.VisualStudio.TestTools.WebStress.DeclarativeWebTestElement, Some.Assembly, Version=10.0.0.0",
    "coded": "Microsoft.VisualStudio.TestTools.WebStress.CodedWebTestElement, Some.Assembly",
    "unit": "Microsoft.VisualStudio.TestTools.TestTypes.Unit.UnitTestElement, Some.Assembly",
    "generic": "Microsoft.VisualStudio.TestTools.TestTypes.Generic.GenericTest, Some.Assembly",
    "ordered": "Microsoft.VisualStudio.TestTools.TestTypes.Ordered.OrderedTest, Some.Assembly",
}
WEB_TEST = b'<WebTest Name="a" Id="11111111-2222-3333-4444-555555555555"/>'


def profile(name: str = "a", kind: str = "web", percentage: str = "100", path: str | None = None, id_: str = "") -> str:
    where = path if path is not None else f"{name}.webtest" if kind == "web" else r"bin\debug\tests.dll"
    return f'<TestProfile Name="{name}" Path="{where}" Id="{id_}" Percentage="{percentage}" Type="{TYPES[kind]}"/>'


def scenario(
    inside: str | None = None,
    *,
    name: str = "Scenario1",
    load: str = 'Pattern="Constant" InitialUsers="10"',
    think: str = 'Value="0.2" Pattern="NormalDistribution"',
    more: str = "",
    **attributes: str,
) -> str:
    given = "".join(f' {key}="{value}"' for key, value in attributes.items())
    tests = profile() if inside is None else inside
    return (
        f'<Scenario Name="{name}"{given}><ThinkProfile {think}/><LoadProfile {load}/>{more}'
        f"<TestMix>{tests}</TestMix></Scenario>"
    )


def loadtest(
    scenarios: str | None = None, run: str = 'RunDuration="60"', *, inside_run: str = "", more: str = "", **root: str
) -> bytes:
    given = "".join(f' {key}="{value}"' for key, value in root.items())
    runs = f'<RunConfiguration Name="Run Settings1" {run}>{inside_run}</RunConfiguration>'
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<LoadTest Name="Test" CurrentRunConfig="Run Settings1"{given} '
        'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">\n'
        f"<Scenarios>{scenario() if scenarios is None else scenarios}</Scenarios>\n{more}"
        f"<RunConfigurations>{runs}</RunConfigurations></LoadTest>"
    ).encode()


def compile_plain(
    content: bytes, overrides: Overrides | None = None, seen: list[TestContext] | None = None, **others: bytes
) -> Imported:
    """Compile a load test beside the web test a; the tests in it ask one request each."""

    def compiler(context: TestContext) -> CompileTest:
        if seen is not None:
            seen.append(context)
        return one_request

    named = {name.replace("__", "/").replace("_webtest", ".webtest"): value for name, value in others.items()}
    files = Files.from_dict({"l.loadtest": content, "a.webtest": WEB_TEST, **named})
    return compile_with(files, "l.loadtest", overrides or Overrides(), compiler)


def one_request(file: str, name: str, findings: Findings) -> Journey | None:
    """Compile a web test to one request; one whose file says so cannot run."""
    if "broken" in file:
        findings.error("custom-plugin", "a plug-in", Origin(file))
    return Journey(name, (Request(f"GET /{file}", "GET", Text.constant("http://h/"), Origin(file)),), Origin(file))


def population(content: bytes) -> Population:
    """Return the only population; nothing may be wrong."""
    imported = compile_plain(content)
    assert not [finding for finding in imported.findings if finding.severity == "error"], imported.findings
    assert imported.scenario is not None
    (only,) = imported.scenario.populations
    return only


def texts(imported: Imported, severity: str) -> list[str]:
    return [str(finding) for finding in imported.findings if finding.severity == severity]
