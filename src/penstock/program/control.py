"""Steps about steps: groups, loops, branches, jumps."""

from __future__ import annotations

from penstock.model import Branch, Group, Jump, Loop
from penstock.program.context import CompileStep, Context
from penstock.program.iteration import END, PATIENCE, TURN, Acts, Iteration, Operations, Outcome, StepFailed, Waits
from penstock.program.sequence import sequence
from penstock.script import binding


def compile_group(group: Group, context: Context, compile_step: CompileStep) -> Waits:
    """Compile a group; it ends, and counts, when a step inside fails."""
    body = sequence([each for step in group.steps for each in compile_step(step, context)])
    name = group.name

    def run(iteration: Iteration) -> Operations:
        binding.recorder.enter_group(name)
        outcome = yield from body(iteration)
        binding.recorder.exit_group()
        return outcome

    return run


def compile_loop(loop: Loop, context: Context, compile_step: CompileStep) -> Waits:
    """Compile a loop."""
    holds = None if loop.condition is None else context.test(loop.condition, "compute loop condition")
    body = sequence([each for step in loop.steps for each in compile_step(step, context)])
    times = loop.times

    def run(iteration: Iteration) -> Operations:
        turn = 0
        while turn < times and (holds is None or holds(iteration.variables)):
            outcome = yield from body(iteration)
            if outcome is not None:
                return outcome
            turn += 1
            if not turn % PATIENCE:
                yield TURN
        return None

    return run


def compile_branch(branch: Branch, context: Context, compile_step: CompileStep) -> Waits:
    """Compile a branch."""
    holds = context.test(branch.condition, "compute skip condition")
    then = sequence([each for step in branch.then for each in compile_step(step, context)])
    otherwise = sequence([each for step in branch.otherwise for each in compile_step(step, context)])

    def run(iteration: Iteration) -> Operations:
        return (yield from (then if holds(iteration.variables) else otherwise)(iteration))

    return run


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
