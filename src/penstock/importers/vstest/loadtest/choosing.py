"""A load test with values and run settings written into it, for whoever runs it from the file alone.

The vendor's own client did the same before it uploaded a load test: its service takes neither in a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from lxml import etree

from penstock.errors import InvalidInput
from penstock.importers.base import Findings
from penstock.importers.vstest.loadtest.runsettings import compile_settings
from penstock.importers.xmlfile import read_xml


def with_choices(content: bytes, name: str, parameters: Sequence[tuple[str, str]], run_settings: str | None) -> bytes:
    """Return a .loadtest whose run settings set these context parameters, and of which those of that name are current.

    Raises `InvalidInput` for what is not well formed, for run settings that are not there, and for parameters where
    there are no run settings to hold them.
    """
    findings = Findings()
    chosen = compile_settings(read_xml(content, name), run_settings, findings)
    for finding in findings.all():
        if finding.severity == "error":
            raise InvalidInput(f"{name}: {finding.message}")
    if chosen.element is None:
        raise InvalidInput(f"{name}: it has no run settings that could hold parameters; add some")
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    if run_settings is not None:
        root.set("CurrentRunConfig", chosen.name)
    settings = next(each for each in root.iter("{*}RunConfiguration") if each.get("Name", "") == chosen.name)
    namespace = str(settings.tag).removesuffix("RunConfiguration")
    holder = settings.find(f"{namespace}ContextParameters")
    if parameters and holder is None:
        holder = etree.SubElement(settings, f"{namespace}ContextParameters")
    for key, value in parameters:
        _set(cast("etree._Element", holder), namespace, key, value, name)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="utf-8")


def _set(holder: etree._Element, namespace: str, key: str, value: str, name: str) -> None:
    tag = f"{namespace}ContextParameter"
    there = [each for each in holder.findall(tag) if each.get("Name") == key]
    try:
        for element in there or [etree.SubElement(holder, tag, Name=key)]:
            element.set("Value", value)
    except ValueError as error:
        raise InvalidInput(f"{name}: the parameter {key!r} cannot stand in XML: {error}") from None
