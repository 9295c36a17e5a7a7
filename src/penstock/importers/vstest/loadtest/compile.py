"""A load test as a scenario: the document as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from penstock.importers.base import Files, Findings, Imported, Overrides
from penstock.importers.fidelity import Element as Counted
from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.vstest.loadtest.counters import compile_rules
from penstock.importers.vstest.loadtest.journeys import CompileTest, Tests
from penstock.importers.vstest.loadtest.plugins import report_plugins
from penstock.importers.vstest.loadtest.runsettings import RunSettings, compile_settings
from penstock.importers.vstest.loadtest.scenarios import compile_scenario
from penstock.importers.vstest.settings import find_settings
from penstock.importers.xmlfile import Element, read_xml
from penstock.model import CounterSettings, Defaults, Population, Scenario
from penstock.model.reshape import parted

TIMEOUT_S = 300.0
"""Of a request that says none."""

MAX_REDIRECTS = 50

_NO_SETTINGS = RunSettings(None)
_CHILDREN = frozenset({"Scenarios", "CounterSets", "RunConfigurations", "LoadTestPlugins"})


@dataclass(frozen=True, slots=True)
class TestContext:
    """What a load test says to the web tests in it: values that win over theirs, and which of their rules run."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    parameters: tuple[tuple[str, str], ...]
    validation_level: str


def compile_with(
    files: Files,
    entry: str,
    overrides: Overrides,
    compiler: Callable[[TestContext], CompileTest],
    elements_of_tests: Callable[[], Iterable[Counted]] = tuple,
) -> Imported:
    """Compile a load test with the web tests it names, each by what `compiler` gives.

    `elements_of_tests` are, afterwards, the elements of those web tests. Raises `InvalidInput` for what is not well
    formed, `UnreadableFile`.
    """
    findings = Findings()
    root = read_xml(files.read(entry), entry)
    attributes = Attributes(findings, overrides.counters)
    settings = compile_settings(root, overrides.run_settings, findings)
    parameters = (*settings.parameters, *overrides.parameters)
    compile_test = compiler(TestContext(parameters, settings.validation_level))
    tests = Tests(files, entry, findings, compile_test, overrides.skip_unsupported)
    populations = _populations(root, settings, tests, attributes)
    _report_others(root, findings)
    find_settings(files, entry, overrides, findings)
    report_plugins(root, findings, ignored=overrides.ignore_plugins)
    counters = CounterSettings(
        settings.sample_s, compile_rules(root.first("CounterSets"), findings), settings.most_violations
    )
    scenario = None
    if populations:
        scenario = Scenario(
            name=root.get("Name") or PurePosixPath(entry).stem,
            dialect="visualstudio",
            journeys=tuple(tests.journeys),
            populations=populations,
            origin=root.origin,
            defaults=defaults(settings),
            warm_up_s=settings.warm_up_s,
            cool_down_s=None if settings.iterations else settings.cool_down_s,
            max_failures=1.0,  # a load test of Visual Studio never failed for its tests
            counters=counters,
        )
    elements = [Counted(each.name, each.origin) for each in root.walk() if each is not root]
    fidelity = findings.fidelity([*elements, *elements_of_tests()])
    return Imported(scenario, findings.all(), fidelity, tests.asked, tests.imported, applications=settings.applications)


def defaults(settings: RunSettings = _NO_SETTINGS) -> Defaults:
    """Return what holds for all requests of a web test, under run settings or alone."""
    return Defaults(
        timeout_s=TIMEOUT_S,
        max_redirects=MAX_REDIRECTS,
        cookies="user",
        accept_encoding="gzip, deflate",
        counts_redirects=True,
        http_version="1.1",
        connections=settings.connections,
        pool_size=settings.pool_size,
    )


def _populations(root: Element, settings: RunSettings, tests: Tests, attributes: Attributes) -> tuple[Population, ...]:
    holder = root.first("Scenarios")
    scenarios = holder.all("Scenario") if holder else []
    findings = attributes.findings
    if not scenarios:
        findings.error("empty-load-test", "the load test has no scenario: there is nothing to run", root.origin)
        return ()
    parts = _parts(scenarios, settings, findings)
    compiled: list[Population] = []
    names: set[str] = set()
    for scenario, iterations in zip(scenarios, parts, strict=True):
        asked, imported = tests.asked, tests.imported
        population = compile_scenario(scenario, settings, iterations, tests, attributes)
        if population is None:
            if tests.asked > asked and tests.imported == imported:
                _report_idle(scenario, tests)
        elif population.name in names:
            message = f'there is another scenario of the name "{population.name}"'
            findings.error("same-name", message, scenario.origin, "give each scenario a name of its own")
        else:
            names.add(population.name)
            compiled.append(population)
    if not compiled and tests.skips_unsupported:
        message = "nothing is left to run: no scenario has a test that can run here"
        findings.error("nothing-left", message, (holder or root).origin)
    return tuple(compiled)


def _report_idle(scenario: Element, tests: Tests) -> None:
    """Say that a scenario runs nothing since none of its tests can run."""
    if tests.skips_unsupported:
        message = "nothing of the scenario is left to run; it is left out"
        tests.findings.warn("nothing-left", message, scenario.origin, effect="dropped")
    else:
        message = "nothing of the scenario can run here"
        tests.findings.error("nothing-left", message, scenario.origin, "see what is said of its tests")


def _parts(scenarios: list[Element], settings: RunSettings, findings: Findings) -> list[int | None]:
    """Divide the iterations that a run ends with among its scenarios, by their users."""
    if settings.iterations is None:
        return [None] * len(scenarios)
    if len(scenarios) == 1:
        return [settings.iterations]
    quiet = Attributes(Findings())  # what is wrong with these numbers is said where the load is compiled
    users = tuple(max(1.0, _first_users(scenario, quiet)) for scenario in scenarios)
    parts = parted(settings.iterations, users)
    message = (
        f"the {settings.iterations} iterations of the run are divided among its scenarios by their users "
        f"({', '.join(map(str, parts))}), not handed out to whichever comes first"
    )
    element = settings.element or scenarios[0]
    findings.warn("run-by-iterations", message, element.origin)
    return [max(1, part) for part in parts]


def _first_users(scenario: Element, attributes: Attributes) -> float:
    profile = scenario.first("LoadProfile")
    return attributes.number(profile, "InitialUsers", 1.0) if profile is not None else 1.0


def _report_others(root: Element, findings: Findings) -> None:
    items = [item.strip() for item in root.get("DeploymentItemsEditable").split(";") if item.strip()]
    if items:
        message = f"the files {', '.join(items)} are found beside the tests, if the tests name them"
        findings.note("deployment", message, root.origin, effect="needs attention")
    for child in root.children:
        if child.name not in _CHILDREN:
            message = f"the element {child.name} is not known and has no effect"
            findings.warn("unknown-element", message, child.origin, effect="dropped")
