"""Result Status Action Handlers: what is done behind a sample that failed, by its status or by an assertion."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.jmeter.controllers.walk import LAST_OK, Walk
from penstock.importers.jmeter.expressions import call
from penstock.importers.jmeter.parse import Node
from penstock.model import Branch, Leave, Step, Test, Variable


def compile_handlers(walk: Walk, post_processors: Sequence[Node]) -> tuple[Step, ...]:
    """Return what the handlers among the post-processors of a sampler do behind it."""
    return tuple(step for node in post_processors if node.kind == "ResultAction" for step in _handler(walk, node))


def _handler(walk: Walk, node: Node) -> tuple[Step, ...]:
    action = (walk.work.texts.settled(node.text("OnError.action"), node.origin) or "0").strip()
    failed = Test(call("is", Variable(LAST_OK), "false"))
    match action:  # as JMeter numbers them
        case "0":
            return ()
        case "1":
            return (Leave("user", node.origin, failed),)
        case "2" | "3":
            return (Branch(failed, walk.stop(node), (), node.origin),)
        case "4":
            return (Leave("iteration", node.origin, failed),)
        case "5":
            return (Leave("pass" if walk.loops else "iteration", node.origin, failed),)
        case "6":
            return (Leave("loop" if walk.loops else "user", node.origin, failed),)
    message = f"the action {action[:20]!r} of the handler is not known"
    walk.work.findings.error(
        "invalid-value", message, node.origin.at("action"), "choose one in JMeter and save it again"
    )
    return ()
