"""Steps one after the other: the inner loop of every journey."""

from __future__ import annotations

from penstock.program.iteration import (
    ACT,
    END,
    NEXT_PASS,
    PATIENCE,
    SEND,
    TURN,
    Iteration,
    Operations,
    Outcome,
    Step,
    StepFailed,
    Waits,
)
from penstock.script import binding


def sequence(steps: list[Step], *, goes_on: bool = False) -> Waits:
    """Return what does the steps in order, until one says otherwise.

    With `goes_on` a step that fails is followed by the next one; a step that leaves, leaves.
    """
    return _persistent(steps) if goes_on else strict(steps)


def strict(steps: list[Step], end: Outcome = END) -> Waits:
    """Return what does the steps until one ends the iteration, and gives `end` then."""

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        rest, jumps = steps, 0
        try:
            while True:
                for kind, does, ends, number in rest:
                    if ends is not None:
                        iteration.started = number
                        response = yield does if kind == SEND else does(variables)
                        if response.ok and ends(variables, response):
                            continue
                        return end
                    outcome: Outcome = does(iteration) if kind == ACT else (yield from does(iteration))
                    if outcome is not None:
                        break
                else:
                    return None
                if outcome < 0:
                    return end if outcome == END or end is None else outcome
                jumps += 1
                if not jumps % PATIENCE:
                    yield TURN
                rest = steps[outcome:]
        except StepFailed as failure:
            yield TURN
            binding.recorder.fail("expression", str(failure))
            return end

    return run


def _persistent(steps: list[Step]) -> Waits:
    """Return what does all the steps; a response is looked at also when the exchange failed."""

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        for kind, does, ends, number in steps:
            try:
                if ends is not None:
                    iteration.started = number
                    ends(variables, (yield does if kind == SEND else does(variables)))
                else:
                    outcome: Outcome = does(iteration) if kind == ACT else (yield from does(iteration))
                    if outcome is not None and outcome <= NEXT_PASS:
                        return outcome
            except StepFailed as failure:
                yield TURN
                binding.recorder.fail("expression", str(failure))
        return None

    return run
