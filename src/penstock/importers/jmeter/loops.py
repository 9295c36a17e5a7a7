"""Loop, While and ForEach Controllers."""

from __future__ import annotations

from penstock.importers.jmeter.conditions import while_test
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work, assign, call, when
from penstock.model import Loop, Step, Text, Variable

FOR_EVER = 1_000_000_000


def compile_loop(node: Node, body: tuple[Step, ...], work: Work) -> tuple[Step, ...]:
    """Return a Loop Controller; how often may be computed when the loop begins."""
    if node.flag("LoopController.continue_forever") and not node.text("LoopController.loops").strip("-1 "):
        return (Loop(body, FOR_EVER, node.origin),)
    written = node.text("LoopController.loops", "1")
    known = work.texts.settled(written, node.origin)
    if known is not None:
        times = _whole(known, node, work)
        return (Loop(body, FOR_EVER if times < 0 else times, node.origin),) if times else ()
    left = work.name("loops")
    before = assign(left, work.texts.parse(written, node.origin), node.origin)
    first = assign(left, call("less", Variable(left)), node.origin)
    return (before, Loop((first, *body), FOR_EVER, node.origin, when(call("is_left", Variable(left)))))


def compile_while(node: Node, body: tuple[Step, ...], work: Work) -> tuple[Step, ...]:
    """Return a While Controller."""
    test = while_test(node, work.texts, work.findings)
    if test is None:
        return ()
    index = f"__jm__{node.name}__idx"
    work.texts.sets(index)
    before = assign(index, Text.constant("0"), node.origin)
    after = assign(index, call("more", Variable(index)), node.origin)
    return (before, Loop((*body, after), FOR_EVER, node.origin, test))


def _whole(written: str, node: Node, work: Work) -> int:
    try:
        return max(-1, min(int(written.strip() or 1), FOR_EVER))
    except ValueError:
        message = f"loops is {written[:60]!r}, which is not a whole number"
        work.findings.error("invalid-value", message, node.origin.at("loops"), "write a number, like 1")
        return 1
