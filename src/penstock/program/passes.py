"""From the steps of a journey to the function that gives one pass of a user: how it begins, and the pause behind it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import coroutine
from typing import Any, Final

from penstock.program.compiled import JourneyFunction
from penstock.program.iteration import MAKE, TURN, Ends, Iteration, Operation, Step, StepFailed, Waits
from penstock.program.sequence import strict
from penstock.program.values import Variables, Who
from penstock.script import User, binding

Know = Callable[[Variables, Who], None] | None
"""Sets the built-in variables about the user."""

Prepare = Callable[[Variables, User], None] | None
"""Adds to the variables of an iteration what is known of its user."""

Pass = Generator[Operation, Any, float | None]

_LEFT: Final = "variables that on_start left"
_KEPT: Final = "variables that live as long as the user"


def beginning(known: Variables, body: Waits, know: Know) -> JourneyFunction:
    """Return the journey that users do once; what it leaves in its variables, the others start from."""

    @coroutine
    def journey(user: User) -> Pass:
        variables = known.copy()
        if know is not None:
            know(variables, user)
        user.state[_LEFT] = variables  # also where it fails: what it got so far is what the user has
        yield from body(Iteration(variables))
        return None

    return journey


def keeping(known: Variables, body: Waits, know: Know) -> JourneyFunction:
    """Return the journey whose variables are the user's: what one iteration leaves in them, the next one finds."""

    @coroutine
    def journey(user: User) -> Pass:
        variables = user.state.get(_KEPT)
        if variables is None:
            variables = user.state[_KEPT] = known.copy()
        if know is not None:
            know(variables, user)
        yield from body(Iteration(variables))
        return None

    return journey


def around(body: Waits, known: Variables, prepare: Prepare, pauses_s: tuple[float, ...]) -> JourneyFunction:
    """Return the journey whose body is more than its steps, or that says how long the pause behind it is."""

    @coroutine
    def journey(user: User) -> Pass:
        variables = known.copy()
        if prepare is not None:
            prepare(variables, user)
        iteration = Iteration(variables)
        yield from body(iteration)
        return (pauses_s[iteration.started] or None) if pauses_s else None

    return journey


def steps_alone(steps: list[Step], known: Variables, prepare: Prepare) -> JourneyFunction:
    """Return the journey that is its steps and nothing else; a generator around them would cost at each request."""
    if all(ends is not None for _, _, ends, _ in steps):
        return _requests_alone(steps, known, prepare)
    run = coroutine(strict(steps, end=None))

    def journey(user: User) -> Any:
        variables = known.copy()
        if prepare is not None:
            prepare(variables, user)
        return run(Iteration(variables))

    return journey


def _requests_alone(steps: list[Step], known: Variables, prepare: Prepare) -> JourneyFunction:
    """Return the journey of nothing but requests, as most loads are: no other step looks at its iteration."""
    rows: list[tuple[Operation | None, Any, Ends]] = [
        (None, does, ends) if kind == MAKE else (does, None, ends) for kind, does, ends, _ in steps
    ]

    @coroutine
    def journey(user: User) -> Pass:
        variables = known.copy()
        if prepare is not None:
            prepare(variables, user)
        try:
            for operation, make, ends in rows:
                response = yield make(variables) if operation is None else operation
                if not (response.ok and ends(variables, response)):
                    return None
        except StepFailed as failure:
            yield TURN
            binding.recorder.fail("expression", str(failure))
        return None

    return journey


def preparing(know: Know, *, may_be_left: bool) -> Prepare:
    """Return what adds the variables that `on_start` left, if there may be any, and the built-ins about the user."""
    if not may_be_left:
        return know

    def prepare(variables: Variables, user: User) -> None:
        variables.update(user.state.get(_LEFT, ()))
        if know is not None:
            know(variables, user)

    return prepare
