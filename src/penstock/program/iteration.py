"""What the compiled steps of one iteration share: its state, how a step says what comes next, how it fails.

A compiled step is a function of the `Iteration`. One that hands operations to the loop is a generator function
(`Waits`), one that only computes is a plain one (`Acts`). Both end with an outcome:

    None       go on with the next step
    END        the iteration is over, well or not: a failure is recorded where it is seen
    0, 1, …    go on at that position of the journey's own list of steps

What fails before a request is sent raises `StepFailed`: no exchange is to blame, so the iteration is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from penstock.program.values import Variables
from penstock.script import binding
from penstock.script.operations import SLEEP

Outcome = int | None
END: Final = -1

Operations = Generator[tuple[Any, ...], Any, Outcome]

TURN: Final = (SLEEP, 0.0)
"""Gives the loop a turn. It also ends the exchange before it, so that what is recorded next is not its fault."""

PATIENCE: Final = 1_000
"""Rounds after which a circle of steps lets the loop turn, so that one without requests can still be stopped."""


class Iteration:
    """One pass of one user. `started` is the number of the last request that was begun."""

    __slots__ = ("started", "variables")

    def __init__(self, variables: Variables) -> None:
        self.variables = variables
        self.started = 0


Waits = Callable[[Iteration], Operations]
Acts = Callable[[Iteration], Outcome]
Step = tuple[bool, Callable[[Iteration], Any]]
"""Whether the function is a `Waits`, and the function."""


class StepFailed(Exception):
    """A step cannot be done; ends the iteration. Never leaves the journey."""


def blame_iteration(failure: StepFailed) -> Operations:
    """Record a failure that no exchange is to blame for."""
    yield TURN
    binding.recorder.fail("expression", str(failure))
    return END
