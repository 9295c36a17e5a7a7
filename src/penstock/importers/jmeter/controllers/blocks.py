"""Controllers that do what stands below them once, or only sometimes."""

from __future__ import annotations

from penstock.importers.jmeter.controllers.walk import Walk
from penstock.importers.jmeter.expressions import call, expression, until_done
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import TIMERS, Scope
from penstock.importers.jmeter.work import shown_name
from penstock.model import Branch, Expr, Group, Step, Test

_BY_PERCENT = "1"


def compile_plain(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return what a Simple or Recording Controller holds together."""
    return walk.inside(node, scope)


def compile_transaction(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return a group; its time leaves pauses out.

    Of one that is a parent sample, only the group itself has a row in the results.
    """
    if node.flag("TransactionController.includeTimers", default=True):
        has_timers = bool(scope.timers) or any(each.kind in TIMERS | {"TestAction"} for each in node.walk())
        if has_timers:
            message = "the time of the transaction leaves out its timers"
            walk.work.findings.note("timers-in-group", message, node.origin, effect="approximated")
    is_inside = walk.is_in_parent
    walk.is_in_parent = is_inside or node.flag("TransactionController.parent")
    steps = walk.inside(node, scope)
    walk.is_in_parent = is_inside
    return steps if is_inside else (Group(shown_name(node, walk.work), steps, node.origin),)


def compile_critical(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return the steps without the lock."""
    message = "the section is not locked: several users may be in it at a time"
    walk.work.findings.warn("no-lock", message, node.origin)
    return walk.inside(node, scope)


def compile_once(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return what is done in a user's first iteration, or in the first pass of the loop around it."""
    done = walk.work.name("once")
    if walk.loops:
        walk.loops[-1].append(done)
    return until_done(done, walk.inside(node, scope), node.origin)


def compile_share(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return what a Throughput Controller lets through: a percentage of the passes, or so many of them."""
    work = walk.work
    name = work.name("share")
    whose = "own" if node.flag("ThroughputController.perThread") else "all"
    if node.text("ThroughputController.style", _BY_PERCENT).strip() == _BY_PERCENT:
        percent = expression(work.parse(node, "ThroughputController.percentThroughput", "100"))
        return _when(call("percent", name, whose, percent), walk.inside(node, scope), node)
    most = expression(work.parse(node, "ThroughputController.maxThroughput", "1"))
    return _when(call("quota", name, whose, most), walk.inside(node, scope), node)


def _when(condition: Expr, steps: tuple[Step, ...], node: Node) -> tuple[Step, ...]:
    return (Branch(Test(condition), steps, (), node.origin),) if steps else ()
