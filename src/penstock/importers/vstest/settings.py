"""Test settings (`.testsettings`, before 2010 `.testrunconfig`): what runs need of them, and what has no meaning.

Most of such a file is about the machines of a test rig. The options of a web test run alone do not apply to load tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from penstock.errors import InvalidInput
from penstock.importers.base import Files, Findings, Overrides
from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.vstest.loadtest.browsers import compile_browser
from penstock.importers.vstest.loadtest.networks import compile_network
from penstock.importers.vstest.places import resolve
from penstock.importers.xmlfile import Element, read_xml
from penstock.model import BrowserProfile, NetworkProfile, Origin

ENDINGS = (".testsettings", ".testrunconfig")
ROOTS = ("TestSettings", "TestRunConfiguration")

_RIG = {
    "Hosts": "hosts of the test process",
    "Buckets": "how tests are divided among the agents of a rig",
    "Plugins": "plug-ins of the agents",
    "RemoteController": "the controller of a rig",
}
_QUIET = frozenset(
    {
        *("Description", "Deployment", "Execution", "Properties", "NamingScheme", "Scripts", "AgentRule", "Timeouts"),
        *("TestTypeSpecific", "UnitTestRunConfig", "WebTestRunConfiguration", "DataCollectors", "Hosts", "Buckets"),
    }
)
_MOST_ITERATIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class AloneSettings:
    """How a web test is run alone. Without a settings file: once, without think times."""

    iterations: int = 1
    once_a_row: bool = False
    thinks: bool = False
    decompresses: bool = True
    browser: BrowserProfile | None = None
    network: NetworkProfile | None = None


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """One settings file. `deployed` are files that its deployment items name and that are there."""

    name: str
    alone: AloneSettings
    deployed: tuple[str, ...] = ()


def find_settings(files: Files, entry: str, overrides: Overrides, findings: Findings) -> SettingsFile | None:
    """Return the settings that hold for a test: those that were given, else the only ones beside it or above.

    Raises `InvalidInput` for a file that was given and is none.
    """
    if overrides.test_settings is not None:
        name, content = overrides.test_settings
        root = read_xml(content, name)
        if root.name not in ROOTS:
            raise InvalidInput(f"{name}: the root element is {root.name}; test settings begin with TestSettings")
        return compile_settings_file(root, name, files, findings)
    found = [name for name in files.names if name.lower().endswith(ENDINGS)]
    near = [name for name in found if PurePosixPath(entry).is_relative_to(PurePosixPath(name).parent)]
    if len(near) > 1:
        message = f"there are several settings files ({', '.join(near)}); none is taken"
        findings.note("test-settings", message, Origin(entry), "choose one with --settings FILE", "needs attention")
        return None
    if not near:
        return None
    try:
        root = read_xml(files.read(near[0]), near[0])
    except InvalidInput as error:
        message = f"the settings file {near[0]} cannot be read and is left out: {error}"
        findings.warn("test-settings", message, Origin(near[0]), effect="dropped")
        return None
    return compile_settings_file(root, near[0], files, findings) if root.name in ROOTS else None


def compile_settings_file(root: Element, name: str, files: Files, findings: Findings) -> SettingsFile:
    """Return what a settings file says; what has no meaning here is a finding at its place."""
    attributes = Attributes(findings)
    elements = {element.name: element for element in reversed(list(root.walk()))}
    _report_scripts(elements.get("Scripts"), findings)
    _report_timeouts(elements.get("Timeouts"), attributes)
    _report_rig(root, elements, findings)
    deployed = _deployed(elements.get("Deployment"), name, files, attributes)
    return SettingsFile(name, _alone(elements.get("WebTestRunConfiguration"), attributes), deployed)


def _alone(element: Element | None, attributes: Attributes) -> AloneSettings:
    if element is None:
        return AloneSettings()
    iterations = attributes.whole(element, "iterationCount", 1, most=_MOST_ITERATIONS)
    if iterations < 1:
        attributes.findings.error("invalid-value", "iterationCount=0: there is nothing to run", element.origin)
    if attributes.truth(element, "stepping", default=False):
        message = "stepping through a web test is not available; it runs through"
        attributes.findings.note("test-settings", message, element.origin)
    browser, network = element.first("Browser"), element.first("Network")
    return AloneSettings(
        iterations=max(1, iterations),
        once_a_row=attributes.truth(element, "runUntilDataExhausted", default=False),
        thinks=attributes.truth(element, "simulateThinkTimes", default=False),
        decompresses=attributes.truth(element, "AutomaticallyDecompressResponse", default=True),
        browser=None if browser is None else compile_browser(browser, 1.0, attributes),
        network=None if network is None else compile_network(network, 1.0, attributes.findings),
    )


def _deployed(element: Element | None, name: str, files: Files, attributes: Attributes) -> tuple[str, ...]:
    if element is None or not attributes.truth(element, "enabled", default=True):
        return ()
    found: list[str] = []
    for item in element.all("DeploymentItem"):
        path = item.get("filename")
        folder = _folder(path, files)
        file = resolve(files, name, path)
        if file is not None:
            found.append(file)
        elif folder:
            found += folder
        else:
            message = f"the deployment item {path} is not among the files; it is missed only if a test names it"
            attributes.findings.note("deployment", message, item.origin)
    return tuple(dict.fromkeys(found))


def _folder(path: str, files: Files) -> list[str]:
    wanted = path.replace("\\", "/").strip("/").removeprefix("./").lower()
    return [name for name in files.names if wanted and f"/{name.lower()}".find(f"/{wanted}/") >= 0]


def _report_scripts(element: Element | None, findings: Findings) -> None:
    for attribute, when in (("setupScript", "before"), ("cleanupScript", "after")):
        script = element.get(attribute).strip() if element else ""
        if element is not None and script:
            message = f"the script {script} ran on the agents {when} the test; batch files cannot run here"
            findings.warn("script", message, element.origin, "do what it does before you start the run", "dropped")


def _report_timeouts(element: Element | None, attributes: Attributes) -> None:
    if element is not None and attributes.whole(element, "runTimeout", 0):
        seconds = attributes.whole(element, "runTimeout", 0) / 1000
        message = f"runTimeout is {seconds:g} s: a run is not ended for that here; give --duration"
        attributes.findings.note("test-settings", message, element.origin)


def _report_rig(root: Element, elements: dict[str, Element], findings: Findings) -> None:
    execution = elements.get("Execution")
    if execution is not None and execution.get("location").lower() == "remote":
        message = "the tests ran on the agents of a rig; here on this machine, or with --agents on several cores"
        findings.note("test-settings", message, execution.origin)
    for name, what in _RIG.items():
        element = elements.get(name)
        if element is not None and (element.children or name == "RemoteController"):
            findings.note("test-settings", f"this is about {what} and means nothing here", element.origin)
    for collector in (each for each in root.walk() if each.name == "DataCollector"):
        called = collector.get("friendlyName") or collector.get("uri")
        findings.note("data-collector", f"the data collector {called} is one of Windows", collector.origin)
    for child in root.children:
        if child.name not in _QUIET and child.name not in _RIG:
            message = f"the element {child.name} is not known and has no effect"
            findings.note("unknown-element", message, child.origin)
