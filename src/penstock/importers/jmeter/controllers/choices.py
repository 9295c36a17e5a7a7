"""Controllers that do one of what stands below them, or all of it in another order."""

from __future__ import annotations

from penstock.importers.jmeter.conditions import if_test
from penstock.importers.jmeter.controllers.walk import Walk
from penstock.importers.jmeter.expressions import assign, assigns, call, expression, one_of
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import Scope
from penstock.model import Branch, Loop, Step, Text, Variable

_IGNORES_BLOCKS = "0"
_HOLDERS = frozenset({"GenericController", "RecordingController"})


def compile_if(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return an If Controller; one that asks for all children asks before each of them."""
    test = if_test(node, walk.work.texts, walk.work.findings)
    first, children = walk.children(node, scope)
    if test is None or not (first or children):
        return ()
    if node.flag("IfController.evaluateAll"):
        return tuple(Branch(test, steps, (), node.origin) for steps in ((first,) if first else ()) + tuple(children))
    return (Branch(test, (*first, *(step for steps in children for step in steps)), (), node.origin),)


def compile_random(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return one child at random, in each pass."""
    first, children = _children(walk, node, scope)
    if not children:
        return first
    chosen = walk.work.name("random")
    drawn = assign(chosen, call("draw", str(len(children))), node.origin)
    return (*first, drawn, *one_of(chosen, children, node.origin))


def compile_interleave(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return one child in each pass, the next one each time."""
    first, children = _children(walk, node, scope)
    whose = "all" if node.flag("InterleaveControl.accrossThreads") else "own"
    return (*first, *_in_turn(walk, node, children, whose))


def _in_turn(walk: Walk, node: Node, children: list[tuple[Step, ...]], whose: str) -> tuple[Step, ...]:
    if not children:
        return ()
    chosen = walk.work.name("turn")
    turned = assign(chosen, call("turn", chosen, whose, str(len(children))), node.origin)
    return (turned, *one_of(chosen, children, node.origin))


def _children(walk: Walk, node: Node, scope: Scope) -> tuple[tuple[Step, ...], list[tuple[Step, ...]]]:
    """Return the children; where blocks are ignored, one that only holds others gives one of them each time."""
    if node.text("InterleaveControl.style", _IGNORES_BLOCKS).strip() != _IGNORES_BLOCKS:
        return walk.children(node, scope)
    for each in walk.named_children(node):
        if each.kind.endswith("Controller") and each.kind not in _HOLDERS:
            message = "a controller below is done as a whole when it is its turn, not one sampler of it each time"
            walk.work.findings.warn("sub-controllers", message, each.origin)
    return walk.children(node, scope, (), _HOLDERS, lambda inner, steps: _in_turn(walk, inner, steps, "own"))


def compile_random_order(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return all children, in another order each time."""
    first, children = walk.children(node, scope)
    if len(children) < 2:
        return (*first, *(step for each in children for step in each))
    order, chosen = walk.work.name("order"), walk.work.name("random")
    shuffled = assign(order, call("shuffle", str(len(children))), node.origin)
    taken = assigns({chosen: call("head", Variable(order)), order: call("tail", Variable(order))}, node.origin)
    body = (taken, *one_of(chosen, children, node.origin))
    return (*first, shuffled, Loop(body, len(children), node.origin))


def compile_switch(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return the child that a value names or counts; else one named `default`, if there is one."""
    work = walk.work
    first, children = walk.children(node, scope)
    named = walk.named_children(node)
    if len(named) != len(children):  # one that does nothing keeps its place, but has no steps
        steps_of = [walk.steps(each, scope.entered(node.enabled())) for each in named]
    else:
        steps_of = children
    if not steps_of:
        return first
    chosen = work.name("switch")
    names = [Text.constant(work.texts.settled(each.name, each.origin) or each.name) for each in named]
    value = expression(work.parse(node, "SwitchController.value"))
    found = call("choose", value, *(expression(name) for name in names))
    return (*first, assign(chosen, found, node.origin), *one_of(chosen, steps_of, node.origin))
