"""A test plan as a scenario: a journey and a population for each thread group."""

from __future__ import annotations

from penstock.importers.base import NO_OVERRIDES, Files, Findings, Imported, Overrides, invalid
from penstock.importers.fidelity import Element
from penstock.importers.jmeter import groups
from penstock.importers.jmeter.controllers import Controllers
from penstock.importers.jmeter.parse import ROOT, Node, parse
from penstock.importers.jmeter.scopes import Scope
from penstock.importers.jmeter.texts import Texts
from penstock.importers.jmeter.work import Work
from penstock.importers.xmlfile import looks_like_xml, root_name
from penstock.model import Defaults, File, Journey, Population, Scenario, Share

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
    findings = Findings()
    plan = parse(files.read(entry), entry)
    work = Work(files, entry, findings, Texts(findings, dict(overrides.parameters)))
    level = [node for node in plan.enabled() if node.kind not in groups.KINDS]
    journeys: list[Journey] = []
    populations: list[Population] = []
    for node in (each for each in plan.enabled() if each.kind in groups.KINDS):
        controllers = Controllers(work)
        steps = controllers.inside(node, Scope(), level)
        name = _unique(node.name or node.kind, [journey.name for journey in journeys])
        journeys.append(Journey(name, steps, node.origin, goes_on_after_failures=True, data=tuple(controllers.data)))
        populations.append(Population(name, groups.compile_load(node, work), (Share(name),)))
    if not journeys:
        raise invalid(plan.origin, "there is no thread group in the plan that is switched on: nothing would run")
    work.texts.report_unset()
    scenario = Scenario(
        name=plan.name or entry,
        dialect="jmeter",
        journeys=tuple(journeys),
        populations=tuple(populations),
        origin=plan.origin,
        defaults=Defaults(cookies="off", timeout_s=overrides.timeout_s or 30.0),
        files=tuple(File(name, content) for name, content in work.uploads.items()),
    )
    return Imported(scenario, findings.all(), findings.fidelity(_counted(plan)))


def _counted(plan: Node) -> list[Element]:
    return [Element(node.kind, node.origin) for node in plan.walk()]


def _unique(name: str, taken: list[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique
