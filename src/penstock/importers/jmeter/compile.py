"""A test plan as a scenario: a journey and a population for each thread group."""

from __future__ import annotations

from pathlib import PurePosixPath

from penstock.importers.base import NO_OVERRIDES, Files, Findings, Imported, Overrides, invalid, without_collection
from penstock.importers.jmeter import groups
from penstock.importers.jmeter.controllers.kinds import KINDS
from penstock.importers.jmeter.elements import report_elements
from penstock.importers.jmeter.filefunctions import FileFunctions
from penstock.importers.jmeter.journeys import Journeys
from penstock.importers.jmeter.parse import ROOT, parse
from penstock.importers.jmeter.properties import properties_of, report_unread
from penstock.importers.jmeter.settings import compile_defaults
from penstock.importers.jmeter.texts import Texts, changes_properties
from penstock.importers.jmeter.variables import UserDefined
from penstock.importers.jmeter.work import Work
from penstock.importers.xmlfile import looks_like_xml, root_name
from penstock.model import File, Scenario

_HEAD_BYTES = 16 * 1024


def recognises(content: bytes) -> bool:
    """Whether a content is XML with the root of a test plan, or means to be and is damaged before it."""
    if not looks_like_xml(content):
        return False
    return root_name(content) == ROOT or b"<jmeterTestPlan" in content[:_HEAD_BYTES].replace(b"\0", b"")


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile a test plan.

    Raises `InvalidInput` for what is not well formed and for a plan in which nothing runs, `UnreadableFile`.
    """
    with without_collection():
        return _compile(files, entry, overrides)


def _compile(files: Files, entry: str, overrides: Overrides) -> Imported:
    findings = Findings()
    content = files.read(entry)
    plan = parse(content, entry)
    properties = properties_of(files, entry, overrides.parameters, findings)
    texts = Texts(
        findings,
        properties,
        properties_change=changes_properties(content),
        plan_name=PurePosixPath(entry).name,
        files=FileFunctions(files, entry),
    )
    work = Work(files, entry, content, plan, findings, texts, overrides.skip_unsupported)
    if overrides.pools:
        advice = "put the file beside the plan, where its CSV Data Set finds it"
        findings.error("not-available", "a test plan takes no data pools", plan.origin, advice)
    report_unread(files, entry, overrides.parameters, findings)
    elements = report_elements(plan, work, KINDS)
    own = UserDefined(plan, work, dict(overrides.parameters))
    journeys = Journeys(work, own)
    for node in plan.enabled():
        if node.kind in groups.KINDS:
            journeys.add(node)
    if not journeys.populations and not findings.errors():
        message = "no thread group of the plan is switched on, has threads and has something to do: nothing would run"
        raise invalid(plan.origin, message)
    work.texts.report_unset()
    scenario = None
    if journeys.populations:
        made, populations = journeys.finished()
        scenario = Scenario(
            name=plan.name or PurePosixPath(entry).stem,
            dialect="jmeter",
            journeys=made,
            populations=populations,
            origin=plan.origin,
            defaults=compile_defaults(plan, journeys.lives, overrides, work, reconnects=journeys.reconnects),
            files=tuple(File(name, held) for name, held in work.uploads.items()),
            max_failures=1.0,  # JMeter judges no run
        )
    known = frozenset(name for name, _ in overrides.parameters)
    return Imported(scenario, findings.all(), findings.fidelity(elements), known_parameters=known)
