"""A web test as a journey, with the tests that it includes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from penstock.importers.base import Files, Findings, ReadTable
from penstock.importers.vstest import places
from penstock.importers.vstest.bodies import Bodies
from penstock.importers.vstest.items import Items
from penstock.importers.vstest.reading import flag, number, report_unknown
from penstock.importers.vstest.requests import Requests
from penstock.importers.vstest.rules import LEVELS, Rules
from penstock.importers.vstest.sources import Sources, with_other_spellings
from penstock.importers.vstest.texts import Texts
from penstock.importers.vstest.transport import compile_credentials, compile_proxy
from penstock.importers.xmlfile import Element, read_xml
from penstock.model import Assign, Assignment, CsvData, File, Group, Journey, Rule, Step, Text

_DESIGN_TIME = frozenset({"CorrelationExtractionRules"})
_ATTRIBUTES = frozenset(
    {
        "CredentialPassword",
        "CredentialUserName",
        "CssIteration",
        "CssProjectStructure",
        "DeploymentItemsEditable",
        "Description",
        "Enabled",
        "Id",
        "Name",
        "Owner",
        "PreAuthenticate",
        "Priority",
        "Proxy",
        "RecordedResultFile",
        "ResultsLocale",
        "StopOnError",
        "Timeout",
        "WorkItemIds",
    }
)
_CHILDREN = frozenset({"ContextParameters", "DataSources", "Items", "ValidationRules", "WebTestPlugins"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What surrounds a web test: values that win over its own, the level of validation, Python classes, data.

    `parameters` are context parameters; `plugins` the .NET classes that the user has Python classes for; `tables` give
    a table of a data source by its name. `caches`: whether what pages embed may come from the browser's cache, as it
    may in a load test.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    validation_level: str = "High"
    plugins: frozenset[str] = frozenset()
    ignore_plugins: bool = False
    tables: Mapping[str, ReadTable] = field(default_factory=dict)
    caches: bool = False


@dataclass(frozen=True, slots=True)
class WebTest:
    """The journey, the files that it uploads, and its elements, for those who count them."""

    journey: Journey
    files: tuple[File, ...]
    elements: tuple[Element, ...]


def compile_webtest(
    files: Files, entry: str, settings: Settings, findings: Findings, name: str | None = None
) -> WebTest:
    """Compile the web test in the file `entry`; `name` is the journey's, if not that of the test.

    Raises `InvalidInput` for what is not well formed, `UnreadableFile`.
    """
    return _Compiler(files, settings, findings).compile(entry, name)


class _Compiler:
    """Compiles one web test and what it includes: all share the context, the cookies and the iteration."""

    def __init__(self, files: Files, settings: Settings, findings: Findings) -> None:
        self.files = files
        self.settings = settings
        self.findings = findings
        self.texts = Texts(findings)
        self.rules = Rules(
            findings,
            self.texts,
            settings.plugins,
            settings.ignore_plugins,
            LEVELS.get(settings.validation_level.strip().lower(), LEVELS["high"]),
        )
        self.parameters: dict[str, Text] = {}
        self.data: list[CsvData] = []
        self.plugins: list[Rule] = []
        self.elements: list[Element] = []
        self.uploads: dict[str, bytes] = {}
        self.open: list[str] = []  # the files that are being compiled, outermost first

    def compile(self, entry: str, name: str | None) -> WebTest:
        root = read_xml(self.files.read(entry), entry, without=_DESIGN_TIME)
        for key, value in dict(self.settings.parameters).items():
            self._set(key, Text.constant(value))
        called = name or root.get("Name").strip() or PurePosixPath(entry).stem
        steps = self._test(root, entry, None)
        stops = flag(root, "StopOnError", self.findings, default=False)
        data = tuple(with_other_spellings(each, self.texts) for each in self.data)
        self.texts.report_unset()
        journey = Journey(
            called,
            (*self._assignments(root), *steps),
            root.origin,
            goes_on_after_failures=not stops,
            data=data,
            plugins=tuple(self.plugins),
        )
        files = tuple(File(each, content) for each, content in self.uploads.items())
        return WebTest(journey, files, tuple(self.elements))

    def _set(self, name: str, value: Text) -> None:
        """Set a context parameter, unless it is set: who comes first wins."""
        if name not in self.parameters:
            self.parameters[name] = value
            self.texts.known.add(name)
            if not value.holes:
                self.texts.constants[name] = value.source

    def _assignments(self, root: Element) -> tuple[Step, ...]:
        """Return constant parameters first, which are there from the start, then those that read others."""
        constant = [Assignment(name, (value,)) for name, value in self.parameters.items() if not value.holes]
        bound = [
            Assign((Assignment(name, (value,)),), root.origin) for name, value in self.parameters.items() if value.holes
        ]
        return (*((Assign(tuple(constant), root.origin),) if constant else ()), *bound)

    def _test(self, root: Element, entry: str, caller: Requests | None) -> tuple[Step, ...]:
        self.open.append(entry)
        report_unknown(root, _ATTRIBUTES, _CHILDREN, self.findings)
        self.elements += [element for element in root.walk() if element is not root]
        if number(root, "Timeout", self.findings) > 0:
            message = "the timeout of the whole test has no effect; those of its requests have"
            self.findings.warn("test-timeout", message, root.origin.at("Timeout"), effect="dropped")
        self._parameters(root)
        self.data += Sources(self.files, entry, self.findings, self.texts, self.settings.tables).of(root)
        self._find_assignments(root)
        plugins = root.first("WebTestPlugins")
        for each in plugins.children if plugins is not None else []:
            plugin = self.rules.plugin(each, "web test plug-in")
            if plugin is not None:
                self.plugins.append(plugin)
        rules = root.first("ValidationRules")
        requests = Requests(
            self.findings,
            self.texts,
            self.rules,
            Bodies(self.files, entry, self.findings, self.texts, self.uploads),
            tuple(rules.all("ValidationRule")) if rules is not None else (),
            caches=self.settings.caches,
        )
        if caller is not None:
            requests.credentials, requests.proxy = caller.credentials, caller.proxy
        else:
            requests.credentials = compile_credentials(root, self.settings.parameters, self.texts)
            requests.proxy = compile_proxy(root, self.texts)
        items = Items(requests, lambda item: self._included(item, entry, requests))
        steps = items.steps(root.first("Items"))
        self.open.pop()
        return steps

    def _parameters(self, root: Element) -> None:
        parameters = root.first("ContextParameters")
        for each in parameters.all("ContextParameter") if parameters is not None else []:
            self._set(each.get("Name"), self.texts.parse(each.get("Value"), each.origin))

    def _find_assignments(self, root: Element) -> None:
        """Find what rules set, before names are made of what is constant."""
        for element in root.walk():
            if element.name == "ExtractionRule":
                self.texts.constants.pop(element.get("VariableName"), None)
            elif element.name in ("ConditionalRule", "WebTestPlugin", "RequestPlugin"):
                self.texts.constants.pop(self.rules.parameter(element, "ContextParameterName"), None)

    def _included(self, item: Element, entry: str, caller: Requests) -> tuple[Step, ...]:
        path, name = item.get("Path"), item.get("Name")
        if flag(item, "IsCodedWebTest", self.findings, default=False):
            message = f"the included test {name!r} ({path}) is compiled .NET code and cannot run here"
            self.findings.error("compiled-code", message, item.origin, "include the .webtest it was generated from")
            return ()
        found = places.resolve(self.files, entry, path, item.get("Id"))
        if found is None:
            message = f"the included test {path!r} is missing; looked {places.searched(entry, path)}"
            self.findings.error("file-missing", message, item.origin, "put it beside the test")
            return ()
        if found in self.open:
            circle = " -> ".join([*self.open[self.open.index(found) :], found])
            message = f"the test includes itself: {circle}"
            self.findings.error("include-cycle", message, item.origin, "take one of them out")
            return ()
        root = read_xml(self.files.read(found), found, without=_DESIGN_TIME)
        inherits = flag(item, "InheritWebTestSettings", self.findings, default=False)
        if not inherits and flag(root, "StopOnError", self.findings, default=False):
            message = "StopOnError of an included test has no effect; that of the test that includes it has"
            self.findings.warn("stop-on-error", message, item.origin)
        steps = self._test(root, found, caller if inherits else None)
        return (Group(name or root.get("Name") or PurePosixPath(found).stem, steps, item.origin),)
