"""Module and Include Controllers: what stands elsewhere in the plan, or in another one."""

from __future__ import annotations

from dataclasses import replace

from penstock.errors import PenstockError
from penstock.importers.jmeter.controllers.walk import Walk
from penstock.importers.jmeter.parse import Node, parse
from penstock.importers.jmeter.places import find
from penstock.importers.jmeter.scopes import Scope
from penstock.model import Step

_PREFIX = "includecontroller.prefix"
_OUTER = ("TestPlan", "ThreadGroup", "SetupThreadGroup", "PostThreadGroup")


def compile_module(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return the steps of the controller that a Module Controller leads to; it may be switched off itself."""
    path = node.texts("ModuleController.node_path")
    target = _target(walk.work.plan, path)
    if target is None:
        shown = " / ".join(path)[-120:] or "nothing"
        message = f"the module {shown} is not in the plan"
        walk.work.findings.error("module-missing", message, node.origin, "choose it anew in JMeter")
        return ()
    if any(target is each for each in walk.inside_of):
        message = f"the module {target.name!r} leads into itself"
        walk.work.findings.error("module-cycle", message, node.origin, "take one of them out")
        return ()
    return (
        walk.steps(replace(target, is_enabled=True), scope) if target.kind in walk.kinds else walk.inside(target, scope)
    )


def _target(plan: Node, path: list[str]) -> Node | None:
    """Return the element at a path of names, which begins with the root of JMeter's tree and the plan."""
    for skipped in range(min(len(path), 3)):
        if path[skipped] == plan.name or not skipped:
            found = _below(plan, path[skipped + 1 :])
            if found is not None and path[skipped + 1 :]:
                return found
    return None


def _below(node: Node, path: list[str]) -> Node | None:
    if not path:
        return node
    for child in node.children:
        if child.name == path[0]:
            found = _below(child, path[1:])
            if found is not None:
                return found
    return None


def compile_include(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return the steps of the test fragments in another file."""
    work = walk.work
    written = node.text("IncludeController.includepath")
    path = f"{work.texts.properties.get(_PREFIX, '')}{work.texts.settled(written, node.origin) or written}"
    found = find(work.files, work.entry, path) if path.strip() else None
    if found is None:
        message = f"the included plan {path!r} is not beside the plan"
        work.findings.error("file-missing", message, node.origin, "put it beside the plan")
        return ()
    if found == work.entry or any(each.origin.file == found for each in walk.inside_of):
        message = f"the plan {found} includes itself"
        work.findings.error("include-cycle", message, node.origin, "take one of them out")
        return ()
    try:
        plan = parse(work.files.read(found), found)
    except PenstockError as error:
        work.findings.error("include", f"the included plan cannot be read: {error}", node.origin)
        return ()
    return walk.inside(_branch(plan), scope)


def _branch(plan: Node) -> Node:
    """Return what is included: the parts of the plan without the plan and its thread groups themselves."""
    parts = [part for child in plan.children for part in (child.children if child.kind in _OUTER else [child])]
    return replace(plan, children=parts)
