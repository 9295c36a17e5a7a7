"""Pauses of the user."""

from __future__ import annotations

import math

from penstock.model import Think, Variable
from penstock.program.context import Context
from penstock.program.iteration import Iteration, Operations, StepFailed, Waits
from penstock.script.operations import THINK


def compile_think(think: Think, context: Context) -> Waits:
    """Compile a pause; one that is too long fails the iteration when it is reached, as does one that is no number."""
    context.thinks.append((context.requests, think.nominal_s))
    least_s, most_s, unit_s = think.least_s, think.most_s, think.unit_s
    too_long = f"Invalid Request Delay: Cannot be more than {round(most_s * 1000)}"
    if isinstance(think.duration, Variable):
        number = context.number(think.duration, "compute request delay")

        def run(iteration: Iteration) -> Operations:
            count = number(iteration.variables)
            if count is None or not math.isfinite(count):
                raise StepFailed("Invalid Request Delay: Must be an integer")
            seconds = max(least_s, round(count * unit_s, 3))
            if seconds > most_s:
                raise StepFailed(too_long)
            yield (THINK, seconds)
            return None

        return run
    fits = think.duration <= most_s
    operation = (THINK, max(least_s, think.duration))

    def wait(_: Iteration) -> Operations:
        if not fits:
            raise StepFailed(too_long)
        yield operation
        return None

    return wait
