"""Steps about steps: groups, loops, branches, jumps."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from penstock.model import Branch, Group, Jump, Leave, Loop, Step, Test
from penstock.program.context import CompileStep, Context
from penstock.program.iteration import (
    END,
    LEAVE_ITERATION,
    LEAVE_LOOP,
    NEXT_PASS,
    PATIENCE,
    TURN,
    Acts,
    Iteration,
    Operation,
    Operations,
    Outcome,
    StepFailed,
    Waits,
)
from penstock.program.names import names_in
from penstock.program.sequence import sequence
from penstock.script import binding
from penstock.script.operations import COOKIES
from penstock.script.users import StopUser


def compile_group(group: Group, context: Context, compile_step: CompileStep) -> Waits:
    """Compile a group; it ends, and counts, when a step inside fails."""
    body = _body(group.steps, context, compile_step)
    name = group.name

    def run(iteration: Iteration) -> Operations:
        binding.recorder.enter_group(name)
        outcome = yield from body(iteration)
        binding.recorder.exit_group()
        return outcome

    return run


def compile_loop(loop: Loop, context: Context, compile_step: CompileStep) -> Waits:
    """Compile a loop."""
    holds = None if loop.condition is None else _asking(loop.condition, "compute loop condition", context)
    body = _body(loop.steps, context, compile_step)
    times = loop.times
    advance = context.advance if loop.advances_data else None

    def run(iteration: Iteration) -> Operations:
        turn = 0
        while turn < times and (holds is None or (yield from holds(iteration))):
            if advance is not None and turn:
                advance(iteration.variables)
            outcome = yield from body(iteration)
            if outcome == LEAVE_LOOP:
                return None
            if outcome is not None and outcome != NEXT_PASS:
                return outcome
            turn += 1
            if not turn % PATIENCE:
                yield TURN
        return None

    return run


def compile_branch(branch: Branch, context: Context, compile_step: CompileStep) -> Waits:
    """Compile a branch."""
    holds = _asking(branch.condition, "compute skip condition", context)
    then = _body(branch.then, context, compile_step)
    otherwise = _body(branch.otherwise, context, compile_step)

    def run(iteration: Iteration) -> Operations:
        return (yield from (then if (yield from holds(iteration)) else otherwise)(iteration))

    return run


def _body(steps: tuple[Step, ...], context: Context, compile_step: CompileStep) -> Waits:
    return sequence([each for step in steps for each in compile_step(step, context)], goes_on=context.goes_on)


def _asking(test: Test, what: str, context: Context) -> Callable[[Iteration], Generator[Operation, Any, bool]]:
    """Return what tells whether a test holds; where failures end nothing, one that cannot be computed counts as no."""
    holds = context.test(test, what)
    goes_on = context.goes_on
    cookies = context.dialect.cookies_variable()
    reads_cookies = cookies is not None and cookies in names_in(test)

    def ask(iteration: Iteration) -> Generator[Operation, Any, bool]:
        if reads_cookies and cookies is not None:
            lines = yield (COOKIES, None)
            iteration.variables[cookies] = "\n".join(lines or ())
        try:
            return holds(iteration.variables)
        except StepFailed as failure:
            if not goes_on:
                raise
            yield TURN
            binding.recorder.fail("condition", str(failure))
            return False

    return ask


def compile_jump(jump: Jump, context: Context) -> Acts:
    """Compile a jump, or the early end of an iteration. Labels are looked up when all are known: when it jumps."""
    target, labels = jump.to, context.labels
    holds = context.test(jump.condition, f"compute {'stop' if target is None else 'skip'} condition")

    def run(iteration: Iteration) -> Outcome:
        if not holds(iteration.variables):
            return None
        if target is None:
            return END
        if target not in labels:
            raise StepFailed(f"there is no label {target!r}")
        return labels[target]

    return run


_OUTCOMES: Final = {"pass": NEXT_PASS, "loop": LEAVE_LOOP, "iteration": LEAVE_ITERATION}


def compile_leave(leave: Leave, context: Context) -> Acts:
    """Compile what leaves a pass, a loop, the iteration; what ends the user, or with it all users of this agent."""
    holds = None if leave.condition is None else context.test(leave.condition, "compute whether to leave")
    what, journeys = leave.what, context.journeys
    if what in _OUTCOMES:
        outcome = _OUTCOMES[what]
        return lambda iteration: outcome if holds is None or holds(iteration.variables) else None

    def run(iteration: Iteration) -> Outcome:
        if holds is not None and not holds(iteration.variables):
            return None
        if what == "test":
            for name in journeys:
                binding.recorder.retire(name)
        raise StopUser

    return run
