"""Run configurations: which one holds, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.importers.base import Findings
from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.xmlfile import Element
from penstock.model.chosen import ChosenApplication, ChosenCounter
from penstock.model.limits import LONGEST_S
from penstock.model.transport import Connections

_VALIDATION_LEVELS = {"High": "High", "Medium": "Medium", "Low": "Low"}
_CONNECTIONS: dict[str, Connections] = {
    "ConnectionPerUser": "user",
    "ConnectionPerTestIteration": "iteration",
    "ConnectionPool": "pool",
}

_OWN_RESULTS = (
    *("ResultsStoreType", "TimingDetailsStorage", "SaveTestLogsOnError", "SaveTestLogsFrequency", "MaxErrorDetails"),
    *("MaxErrorsPerType", "MaxRequestUrlsReported", "RunUnitTestsInAppDomain", "AgentDiagnosticsLevel"),
    "ResourcesRetentionTimeInMinutes",
)
_USUAL = {
    "ResultsStoreType": ("Database",),
    "TimingDetailsStorage": ("AllIndividualDetails", "None", "StatisticsOnly"),
    "SaveTestLogsOnError": ("true",),
    "SaveTestLogsFrequency": ("0", "1"),
    "MaxErrorDetails": ("100", "200"),
    "MaxErrorsPerType": ("1000",),
    "MaxRequestUrlsReported": ("1000",),
    "RunUnitTestsInAppDomain": ("true",),
    "AgentDiagnosticsLevel": ("Warning", "None"),
    "ResourcesRetentionTimeInMinutes": ("0", "60"),
}
_SERVICE = ("UseMultipleIPs", "TestAgentConfiguration", "RigType")
_SERVICE_PARAMETERS = {
    "UseStaticLoadAgents": "asked the cloud service for the team's own machines",
    "StaticAgentsGroupName": "named a group of the team's own machines to the cloud service",
    "ResourcesRetentionTimeInMinutes": "told the cloud service how long to keep its machines",
}
"""Context parameters that the cloud service itself read."""

_USUAL_SERVICE = ("false", "default", "")
_READ = frozenset(
    {
        *("Name", "Description", "RunDuration", "WarmupTime", "CoolDownTime", "UseTestIterations", "TestIterations"),
        *("SampleRate", "MaxThresholdViolations", "WebTestConnectionModel", "WebTestConnectionPoolSize"),
        *("ValidationLevel", "CoreCount", "SqlTracingEnabled", "SqlTracingConnectString", "SqlTracingDirectory"),
        *("SqlTracingConnectStringDisplayValue", "SqlTracingFileCount", "SqlTracingRolloverEnabled"),
        *("SqlTracingMinimumDuration", *_OWN_RESULTS, *_SERVICE),
    }
)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What one run configuration says. With `iterations` the run ends by their number and has no times of its own."""

    element: Element | None
    name: str = ""
    run_s: float = 600.0
    warm_up_s: float = 0.0
    cool_down_s: float = 0.0
    iterations: int | None = None
    sample_s: float = 5.0
    most_violations: int = 1000
    connections: Connections = "user"
    pool_size: int = 50
    validation_level: str = "High"
    parameters: tuple[tuple[str, str], ...] = ()
    applications: tuple[ChosenApplication, ...] = ()


def compile_settings(root: Element, wanted: str | None, findings: Findings) -> RunSettings:
    """Return the run settings that were asked for, else the current ones, else the first."""
    element = _chosen(root, wanted, findings)
    if element is None:
        return RunSettings(None)
    attributes = Attributes(findings)
    settings = _times(element, attributes)
    _report_others(element, attributes)
    holder = element.first("ContextParameters")
    return RunSettings(
        element,
        name=element.get("Name"),
        applications=_applications(element),
        run_s=settings[0],
        warm_up_s=settings[1],
        cool_down_s=settings[2],
        iterations=settings[3],
        sample_s=max(1.0, attributes.number(element, "SampleRate", 5.0, most=3600)),
        most_violations=attributes.whole(element, "MaxThresholdViolations", 1000),
        connections=attributes.word(element, "WebTestConnectionModel", _CONNECTIONS, "ConnectionPerUser"),
        pool_size=max(1, attributes.whole(element, "WebTestConnectionPoolSize", 50, most=65_535)),
        validation_level=attributes.word(element, "ValidationLevel", _VALIDATION_LEVELS, "High"),
        parameters=tuple(
            (each.get("Name"), each.get("Value")) for each in (holder.all("ContextParameter") if holder else ())
        ),
    )


def _chosen(root: Element, wanted: str | None, findings: Findings) -> Element | None:
    holder = root.first("RunConfigurations")
    found = holder.all("RunConfiguration") if holder else []
    names = ", ".join(f'"{each.get("Name")}"' for each in found)
    if wanted is not None:
        for each in found:
            if each.get("Name").lower() == wanted.lower():
                return each
        there = f"there are {names}" if found else "there are none at all"
        findings.error("unknown-run-settings", f'no run settings are called "{wanted}"; {there}', root.origin)
        return found[0] if found else None
    if not found:
        message = "the load test has no run settings; it runs for 10 minutes, as a new one of Visual Studio does"
        findings.warn("no-run-settings", message, root.origin)
        return None
    current = root.get("CurrentRunConfig")
    chosen = next((each for each in found if each.get("Name") == current), None)
    if chosen is None:
        if current:
            message = (
                f'CurrentRunConfig="{current}" names no run settings; the first are taken, "{found[0].get("Name")}"'
            )
            findings.warn("unknown-run-settings", message, root.origin)
        chosen = found[0]
    if len(found) > 1:
        message = f'of the run settings {names} it runs with "{chosen.get("Name")}"; choose with --run-settings NAME'
        findings.note("run-settings", message, chosen.origin, effect="needs attention")
    return chosen


def _times(element: Element, attributes: Attributes) -> tuple[float, float, float, int | None]:
    run_s = attributes.number(element, "RunDuration", 600.0, most=LONGEST_S)
    warm_up_s = attributes.number(element, "WarmupTime", 0.0, most=LONGEST_S)
    cool_down_s = attributes.number(element, "CoolDownTime", 0.0, most=LONGEST_S)
    if attributes.truth(element, "UseTestIterations", default=False):
        iterations = attributes.whole(element, "TestIterations", 100)
        if iterations < 1:
            attributes.findings.error("invalid-value", "TestIterations=0: there is nothing to run", element.origin)
        if warm_up_s or cool_down_s:
            message = "a run by iterations has neither warm-up nor cool-down, in Visual Studio as here"
            attributes.findings.note("run-by-iterations", message, element.origin, effect="needs attention")
        return LONGEST_S, 0.0, 0.0, max(1, iterations)
    if run_s == 0:
        attributes.findings.error("invalid-value", "RunDuration=0: there is nothing to run", element.origin)
    if run_s + warm_up_s > LONGEST_S:
        attributes.findings.error("invalid-value", "the run is longer than 31 days", element.origin)
    return run_s or 1.0, warm_up_s, cool_down_s, None


def _applications(element: Element) -> tuple[ChosenApplication, ...]:
    """Return the applications whose counters are chosen, and which; the service's ids are KIND~NAME."""
    holder = element.first("Applications")
    chosen = holder.all("AutComponent") if holder is not None else ()
    named = ((one.get("Name").strip() or one.get("Id").rpartition("~")[2].strip(), one) for one in chosen)
    return tuple(ChosenApplication(name, _counters(one)) for name, one in named if name)


def _counters(application: Element) -> tuple[ChosenCounter, ...]:
    """Return the counters that are chosen. The newer ids end in METRIC~AGGREGATION, the older are one word."""
    holder = application.first("AutCounters")
    found = []
    for one in holder.all("AutCounter") if holder is not None else ():
        _, *parts = one.get("Id").split("~")
        metric, aggregation = parts[-2:] if len(parts) > 1 and "/" in parts[-2] else ("", "")
        found.append(ChosenCounter(one.get("Name").strip() or one.get("Id").strip(), metric, aggregation))
    return tuple(found)


def _report_others(element: Element, attributes: Attributes) -> None:
    findings = attributes.findings
    unusual = [
        name
        for name in _OWN_RESULTS
        if element.get(name) and element.get(name).lower() not in [word.lower() for word in _USUAL[name]]
    ]
    if unusual:
        message = f"{', '.join(unusual)}: results are kept in our own form, whole, and failed exchanges as samples"
        findings.note("results-storage", message, element.origin)
    if attributes.truth(element, "SqlTracingEnabled", default=False):
        message = "SQL tracing is not available; nothing is recorded in the database server"
        findings.warn("sql-tracing", message, element.origin, effect="dropped")
    cores = element.get("CoreCount").strip()
    if cores not in ("", "0"):
        message = f"CoreCount={cores} was the service's number of cores; say yours with --agents {cores}"
        findings.note("core-count", message, element.origin)
    for name in _SERVICE:
        if element.get(name).lower() not in _USUAL_SERVICE:
            message = f'{name}="{element.get(name)}" was an option of the cloud service and means nothing here'
            findings.note("service-option", message, element.origin)
    holder = element.first("ContextParameters")
    for one in holder.all("ContextParameter") if holder else ():
        if one.get("Name") in _SERVICE_PARAMETERS:
            what = _SERVICE_PARAMETERS[one.get("Name")]
            message = f"{one.get('Name')}={one.get('Value')} {what}; the load comes from where the agents run"
            findings.note("service-option", message, one.origin)
    for name in element.attributes.keys() - _READ:
        findings.note("unknown-attribute", f"the attribute {name} is not known and has no effect", element.origin)
    locations = element.first("LoadGeneratorLocations")
    places = [one.get("Location") for one in (locations.all("GeoLocation") if locations else ())]
    if any(place not in ("", "Default") for place in places):
        message = f"the load was generated from {', '.join(places)}; here from where the agents run"
        findings.note("geo-location", message, locations.origin if locations else element.origin)
    if names := list(dict.fromkeys(one.name for one in _applications(element))):
        holder = element.first("Applications")
        message = (
            f"counters of {', '.join(names)} are read where an application of that name is told of with its "
            "credentials: in a file (--counters), which says which, or on the server (penstock applications), where a "
            "run of this test then reads those that are chosen here and no others"
        )
        findings.note("application-insights", message, element.origin if holder is None else holder.origin)
    mappings = element.first("CounterSetMappings")
    for mapping in mappings.all("CounterSetMapping") if mappings else ():
        computer = mapping.get("ComputerName")
        if computer and not computer.startswith("["):
            message = f"counters of the machine {computer} are not read"
            findings.note("unavailable-counters", message, mapping.origin)
