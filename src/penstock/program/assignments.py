"""Variables set by the scenario itself."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from penstock.model import Assign, Text
from penstock.program.context import Context
from penstock.program.iteration import Acts, Iteration, StepFailed
from penstock.program.values import EvaluationFailed, Variables


def constants_of(step: Assign) -> Variables | None:
    """Return what the step always assigns, None if that depends on anything."""
    if any(len(each.choices) != 1 or each.choices[0].holes for each in step.assignments):
        return None
    return {each.variable: each.choices[0].source for each in step.assignments}


def compile_assign(step: Assign, context: Context) -> Acts:
    """Compile assignments that all see the variables as they were before the step."""
    fixed = constants_of(step)
    if fixed is not None:
        return lambda iteration: iteration.variables.update(fixed)
    computed = [(each.variable, _choice(each.choices, context)) for each in step.assignments]

    def run(iteration: Iteration) -> None:
        variables = iteration.variables
        try:
            variables.update([(variable, value(variables)) for variable, value in computed])
        except EvaluationFailed as error:
            raise StepFailed(str(error)) from None

    return run


def _choice(choices: tuple[Text, ...], context: Context) -> Callable[[Variables], str]:
    values = [context.dialect.text(choice) for choice in choices]
    if len(values) == 1:
        return values[0]
    return _draw(values, context.random)


def _draw(values: list[Callable[[Variables], str]], random: Random) -> Callable[[Variables], str]:
    if not values:
        return lambda _: ""
    return lambda variables: random.choice(values)(variables)
