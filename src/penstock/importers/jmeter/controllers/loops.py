"""Controllers that do what stands below them again: Loop, While, ForEach, Runtime."""

from __future__ import annotations

from penstock.importers.jmeter.conditions import while_test
from penstock.importers.jmeter.controllers.walk import Walk
from penstock.importers.jmeter.expressions import assign, assigns, call, expression, until_done
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import Scope
from penstock.model import Assign, Literal, Loop, Step, Test, Text, Variable

FOR_EVER = 1_000_000_000

_END = "ForeachController.endIndex"


def compile_loop(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return a Loop Controller; how often may be computed when the loop begins."""
    work = walk.work
    body, again = _body(walk, node, scope)
    written = node.text("LoopController.loops", "1")
    known = work.texts.settled(written, node.origin)
    before, counting = _index(walk, node, always=False)
    if known is None:
        left = work.name("loops")
        begin = assign(left, work.texts.parse(written, node.origin), node.origin)
        one_less = assign(left, call("less", Variable(left)), node.origin)
        test = Test(call("is_left", Variable(left)))
        steps = (*again, *before, begin, Loop((one_less, *body, *counting), FOR_EVER, node.origin, test))
        return _done_for_good(walk, node, steps)
    times = FOR_EVER if _is_endless(node, known) else _whole(known, walk, node)
    if times <= 0 or not body:
        return ()
    return _done_for_good(walk, node, (*again, *before, Loop((*body, *counting), times, node.origin)))


def _done_for_good(walk: Walk, node: Node, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps of a loop; one that is not written to begin anew is done but once by each user.

    JMeter's own panels write all loops below a thread group so that they begin anew.
    """
    if node.flag("LoopController.continue_forever"):
        return steps
    return until_done(walk.work.name("loop"), steps, node.origin)


def compile_while(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return a While Controller."""
    body, again = _body(walk, node, scope)
    test = while_test(node, walk.work.texts, walk.work.findings)
    before, counting = _index(walk, node, always=True)
    loop = None if test is None else Loop((*body, *counting), FOR_EVER, node.origin, test)
    return () if loop is None else (*again, *before, loop, *before)


def compile_for_each(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return a ForEach Controller: for `input_1`, `input_2` and so on, as long as there are any."""
    work = walk.work
    output = work.texts.settled(node.text("ForeachController.returnVal"), node.origin) or ""
    if not output:
        message = "the output variable has no name that is known before the run; the loop is left out"
        work.findings.error("no-name", message, node.origin.at("returnVal"), "write a name")
        return ()
    work.texts.sets(output)
    body, again = _body(walk, node, scope)
    place = work.name("each")
    prefix = expression(work.parse(node, "ForeachController.inputVal"))
    joint = "_" if node.flag("ForeachController.useSeparator", default=True) else ""
    start = expression(work.parse(node, "ForeachController.startIndex"))
    end = expression(work.parse(node, _END))
    if node.has(_END) and not node.text(_END).strip():
        end = Literal("0")  # no end is one that is not written at all
    test = Test(call("each_left", prefix, joint, Variable(place), end))
    before, counting = _index(walk, node, always=False)
    take = assigns(
        {output: call("each", prefix, joint, Variable(place)), place: call("more", Variable(place))}, node.origin
    )
    begin = assign(place, call("sum_whole", start, "1"), node.origin)
    loop = Loop((take, *body, *counting), FOR_EVER, node.origin, test)
    first = call("each_again", prefix, joint, call("sum_whole", start, "1"), Variable(output))
    return (*again, *before, begin, loop, assign(output, first, node.origin))  # it is left with the first value


def compile_runtime(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return a Runtime Controller: again and again for so many seconds; the last pass is finished."""
    body, again = _body(walk, node, scope)
    if not body:
        return ()
    began = walk.work.name("began")
    seconds = expression(walk.work.parse(node, "RunTime.seconds", "1"))
    test = Test(call("within", Variable(began), seconds))
    return (*again, assign(began, call("clock"), node.origin), Loop(body, FOR_EVER, node.origin, test))


def _body(walk: Walk, node: Node, scope: Scope) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return a pass of the loop, and what must be forgotten before its first one."""
    walk.loops.append([])
    body = walk.inside(node, scope)
    once = walk.loops.pop()
    return body, tuple(assign(name, Text(), node.origin) for name in once)


def _index(walk: Walk, node: Node, *, always: bool) -> tuple[tuple[Assign, ...], tuple[Assign, ...]]:
    """Return what sets and counts the variable with the number of the pass, where the plan reads it."""
    name = f"__jm__{node.name}__idx"
    walk.work.texts.sets(name)
    if not always and not walk.work.mentions(name):
        return (), ()
    count = assign(name, call("more", Variable(name)), node.origin)
    return (assign(name, Text.constant("0"), node.origin),), (count,)


def _is_endless(node: Node, written: str) -> bool:
    return written.strip() == "-1" or (not written.strip() and node.flag("LoopController.continue_forever"))


def _whole(written: str, walk: Walk, node: Node) -> int:
    try:
        return max(0, min(int(written.strip() or 1), FOR_EVER))
    except ValueError:
        message = f"loops is {written[:60]!r}, which is not a whole number"
        walk.work.findings.error("invalid-value", message, node.origin.at("loops"), "write a number, like 1")
        return 1
