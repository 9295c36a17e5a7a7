"""What the compiled steps of one iteration share: its state, how a step says what comes next, how it fails.

A compiled step is a row of `sequence`: a request that is handed to the loop and a function that looks at its
response, a generator function that hands over operations of its own (`Waits`), or a plain function (`Acts`). It
ends with an outcome:

    None       go on with the next step
    END        the iteration is over, well or not: a failure is recorded where it is seen
    NEXT_PASS, LEAVE_LOOP, LEAVE_ITERATION
               a step says so that leaves the pass of a loop, the loop, the iteration, whatever failures end
    0, 1, …    go on at that position of the journey's own list of steps

What fails before a request is sent raises `StepFailed`: no exchange is to blame, so the iteration is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from penstock.program.values import Variables
from penstock.script import Response
from penstock.script.operations import SLEEP

Outcome = int | None
END: Final = -1
NEXT_PASS: Final = -2
LEAVE_LOOP: Final = -3
LEAVE_ITERATION: Final = -4

Operation = tuple[Any, ...]
Operations = Generator[Operation, Any, Outcome]

TURN: Final = (SLEEP, 0.0)
"""Gives the loop a turn. It also ends the exchange before it, so that what is recorded next is not its fault."""

PATIENCE: Final = 1_000
"""Rounds after which a circle of steps lets the loop turn, so that one without requests can still be stopped."""


class Iteration:
    """One pass of one user. `started` is the number of the last request that was begun.

    `response` is the last one, in journeys that look back. `sockets` are the open WebSockets by what steps call them.
    """

    __slots__ = ("_sockets", "response", "started", "variables")

    def __init__(self, variables: Variables) -> None:
        self.variables = variables
        self.started = 0
        self.response: Response | None = None
        self._sockets: dict[str, Any] | None = None

    @property
    def sockets(self) -> dict[str, Any]:
        """Few journeys have any: made when one is asked for."""
        if self._sockets is None:
            self._sockets = {}
        return self._sockets


class StepFailed(Exception):
    """A step cannot be done; ends the iteration. Never leaves the journey."""


Waits = Callable[[Iteration], Operations]
Acts = Callable[[Iteration], Outcome]
Makes = Callable[[Variables], Operation]
Ends = Callable[[Variables, Response], bool]
"""Looks at the response of a request; whether the iteration goes on."""

SEND: Final = 0
MAKE: Final = 1
WAIT: Final = 2
ACT: Final = 3

Step = tuple[int, Any, Any, int]
"""(SEND, operation, Ends, number of the request), (MAKE, Makes, Ends, number), (WAIT, Waits, None, 0) or
(ACT, Acts, None, 0): plain tuples, since they are looked at for every request of the load."""


def asking(exchange: Operation | Makes, ends: Ends, number: int) -> Step:
    """Return the step that sends one request and looks at its response, when there is a good one."""
    return (MAKE if callable(exchange) else SEND, exchange, ends, number)


def waiting(function: Waits) -> Step:
    """Return the step that a generator function does."""
    return (WAIT, function, None, 0)


def acting(function: Acts) -> Step:
    """Return the step that a plain function does."""
    return (ACT, function, None, 0)
