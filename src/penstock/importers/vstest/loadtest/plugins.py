"""Plug-ins of a load test: compiled classes that no other machine can run."""

from __future__ import annotations

from penstock.importers.base import Findings
from penstock.importers.xmlfile import Element


def report_plugins(root: Element, findings: Findings, *, ignored: bool) -> None:
    """Find the plug-ins: errors, or warnings where the caller wants to do without them."""
    holder = root.first("LoadTestPlugins")
    for element in holder.all("LoadTestPlugin") if holder else ():
        holder_of_values = element.first("RuleParameters")
        values = holder_of_values.all("RuleParameter") if holder_of_values else []
        given = ", ".join(f"{each.get('Name')}={each.get('Value')}"[:80] for each in values[:8])
        _report(element.get("Classname"), f" (with {given})" if given else "", element, findings, ignored=ignored)
    if root.get("LoadTestPluginClass"):
        _report(root.get("LoadTestPluginClass"), "", root, findings, ignored=ignored)


def _report(classname: str, given: str, element: Element, findings: Findings, *, ignored: bool) -> None:
    name = classname.partition(",")[0].strip() or "without a class"
    message = f"the load-test plug-in {name}{given} is compiled .NET code and cannot run here"
    if ignored:
        findings.warn("custom-plugin", f"{message}; it is ignored", element.origin, effect="dropped")
    else:
        advice = "say what it does by the load and its parameters instead, or go on without it with --ignore-plugins"
        findings.error("custom-plugin", message, element.origin, advice)
