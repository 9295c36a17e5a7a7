"""Steps one after the other: the inner loop of every journey."""

from __future__ import annotations

from penstock.program.iteration import (
    ACT,
    END,
    PATIENCE,
    SEND,
    TURN,
    WAIT,
    Iteration,
    Operations,
    Outcome,
    Step,
    StepFailed,
    Waits,
)
from penstock.script import binding


def sequence(steps: list[Step]) -> Waits:
    """Return what does the steps in order, until one says otherwise."""
    count = len(steps)

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        position = turns = 0
        outcome: Outcome
        try:
            while position < count:
                kind, does, ends, number = steps[position]
                if kind < WAIT:
                    iteration.started = number
                    response = yield does if kind == SEND else does(variables)
                    outcome = ends(variables, response) if response.ok else END
                elif kind == ACT:
                    outcome = does(iteration)
                else:
                    outcome = yield from does(iteration)
                position += 1
                if outcome is None:
                    continue
                if outcome == END:
                    return END
                if outcome < position:
                    turns += 1
                    if not turns % PATIENCE:
                        yield TURN
                position = outcome
        except StepFailed as failure:
            yield TURN
            binding.recorder.fail("expression", str(failure))
            return END
        return None

    return run
