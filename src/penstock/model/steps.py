"""What one virtual user does, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.checks import Check
from penstock.model.data import CsvData
from penstock.model.expr import Expr, Text, Variable
from penstock.model.extracts import Extract
from penstock.model.origin import Origin
from penstock.model.requests import Request
from penstock.model.scripts import Code
from penstock.model.sockets import SocketClose, SocketOpen, SocketSend, SocketWait


@dataclass(frozen=True, slots=True)
class Test:
    """The truth of a value, in the dialect's sense; `negate` turns it round."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    subject: Expr
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Think:
    """A pause of the user.

    `duration` is seconds, or a variable that holds so many times `unit_s` (bounded by `least_s` and `most_s`: below is
    raised to the least, above fails the iteration). `nominal_s` is what the step counts for where skipped
    think time is made up at the end of an iteration (`Journey.makes_up_thinks`).
    """

    duration: float | Variable
    nominal_s: float
    origin: Origin
    least_s: float = 0.0
    most_s: float = 86_400.0
    unit_s: float = 0.001


@dataclass(frozen=True, slots=True)
class Group:
    """Steps timed together under one name."""

    name: str
    steps: tuple[Step, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeat while `condition` holds (tested before each round), `times` rounds at most.

    With `advances_data`, each round but the first takes the next rows of the journey's own data.
    """

    steps: tuple[Step, ...]
    times: int
    origin: Origin
    condition: Test | None = None
    advances_data: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """Either the one or the other."""

    condition: Test
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Label:
    """A place that a `Jump` can go to; only in a journey's own list of steps, not inside groups."""

    name: str


@dataclass(frozen=True, slots=True)
class Jump:
    """When `condition` holds, go on at the label `to`, backward or forward; `None` ends the iteration well.

    Stands in a journey's own list of steps. A label that does not exist fails the iteration.
    """

    condition: Test
    to: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Leave:
    """When `condition` holds (None: always), leave something, which then counts as done well.

    `pass`: go on with the next pass of the innermost loop; `loop`: go on behind that loop; `iteration`: end it; `user`:
    end this user for good; `test`: that, and start no iteration of any journey in this agent any more. Outside of a
    loop, `pass` and `loop` end the iteration.
    """

    what: Literal["pass", "loop", "iteration", "user", "test"]
    origin: Origin
    condition: Test | None = None


@dataclass(frozen=True, slots=True)
class TakeRow:
    """The next row of data becomes the variables of its columns; equal data in several places has one cursor."""

    data: CsvData
    origin: Origin


@dataclass(frozen=True, slots=True)
class Assignment:
    """`variable` becomes one of the texts, drawn at random each time when there are several."""

    variable: str
    choices: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """Assignments that all see the variables as they were before the step."""

    assignments: tuple[Assignment, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Script:
    """Code as a step of its own; it sees no response."""

    code: Code
    name: str = ""


@dataclass(frozen=True, slots=True)
class Examine:
    """A look at the response before this step: extracts, then the script, then checks, as those of a request."""

    name: str
    origin: Origin
    extracts: tuple[tuple[Extract, ...], ...] = ()
    checks: tuple[Check, ...] = ()
    script: Code | None = None


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that is there without a server having set it: for a host and those below it, from a path on."""

    name: str
    value: str
    domain: str
    path: str = "/"


@dataclass(frozen=True, slots=True)
class AddCookies:
    """Put cookies into the user's jar, beside those that are there."""

    cookies: tuple[Cookie, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Omitted:
    """A step that is written but not done, since it is switched off; it keeps its place in what is recorded."""

    name: str
    origin: Origin


SocketStep = SocketOpen | SocketSend | SocketWait | SocketClose

Step = (
    Request
    | Think
    | Group
    | Loop
    | Branch
    | Label
    | Jump
    | Leave
    | Assign
    | TakeRow
    | Script
    | Examine
    | AddCookies
    | Omitted
    | SocketStep
)
