"""Steps one after the other: the inner loop of every journey."""

from __future__ import annotations

from types import coroutine
from typing import cast

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


def sequence(steps: list[Step], *, goes_on: bool = False) -> Waits:
    """Return what does the steps in order, until one says otherwise.

    With `goes_on` a step that fails is followed by the next one.
    """
    return _persistent(steps) if goes_on else _strict(steps)


def whole(steps: list[Step]) -> Waits:
    """Return what does the steps of a whole iteration in order, and gives nothing: a coroutine that a loop can step."""
    return cast("Waits", coroutine(_strict(steps, end=None)))


def _strict(steps: list[Step], end: Outcome = END) -> Waits:
    """Return what does the steps until one ends the iteration, and gives `end` then."""
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
                    return end
                if outcome < position:
                    turns += 1
                    if not turns % PATIENCE:
                        yield TURN
                position = outcome
        except StepFailed as failure:
            yield TURN
            binding.recorder.fail("expression", str(failure))
            return end
        return None

    return run


def _persistent(steps: list[Step]) -> Waits:
    """Return what does all the steps; a response is looked at also when the exchange failed."""

    def run(iteration: Iteration) -> Operations:
        variables = iteration.variables
        for kind, does, ends, number in steps:
            try:
                if kind < WAIT:
                    iteration.started = number
                    ends(variables, (yield does if kind == SEND else does(variables)))
                elif kind == ACT:
                    does(iteration)
                else:
                    yield from does(iteration)
            except StepFailed as failure:
                yield TURN
                binding.recorder.fail("expression", str(failure))
        return None

    return run
