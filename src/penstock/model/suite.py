"""API tests: flows that are each done once, and looked at one by one, rather than again and again under load.

before all ─▶ ┌ flow: steps ─▶ after each ┐  once each, or once a row of data; failed ones again ─▶ after all
              └────────────────────────────┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.data import CsvData
from penstock.model.load import Load
from penstock.model.origin import Origin
from penstock.model.scenario import Defaults, Dialect, Journey
from penstock.model.steps import Assign, Assignment

FlowStatus = Literal["disabled", "draft", "evaluating", "active"]
"""How ready a flow is. Runs of a build take those that are `active`, and `evaluating` ones whose failures do not
count; people run all but `disabled` ones."""

Mode = Literal["independent", "dependent"]
"""`independent`: flows know nothing of each other and all run, whatever becomes of one; failed ones are repeated.
`dependent`: one after the other, with the cookies and variables of those before; the first failure ends the suite, and
it is the suite that is repeated."""


_DEFAULTS = Defaults()


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """Variables that are assigned together: none of them sees the new value of another."""

    assignments: tuple[Assignment, ...]
    origin: Origin

    def as_step(self) -> Assign:
        """Return the step that assigns them."""
        return Assign(self.assignments, self.origin)


@dataclass(frozen=True, slots=True)
class Flow:
    """One test of a suite.

    `journey` holds its steps with those that log in and prepare, in one row; `after` is done when they are over,
    well or not, with their variables. `parameters` are assigned after those of the suite. With `data` (names of tables
    of the suite) the flow is done once a row. `load` is what it would be under load. A flow that is `blocked` (the text
    says why) holds what cannot be run here: it is not done, and told as an error.
    """

    id: str
    name: str
    journey: Journey
    load: Load
    origin: Origin
    status: FlowStatus = "active"
    labels: tuple[str, ...] = ()
    parameters: tuple[ParameterSet, ...] = ()
    after: Journey | None = None
    data: tuple[str, ...] = ()
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """Flows in the order in which they run, and what holds for all of them.

    `parameters` are the variables that every flow begins with, `overrides` the caller's, assigned last. With
    `parameter_scope` `suite` they are assigned once, and a flow sees what the flows before it left; likewise
    `cookie_scope`. `before_all` and `after_all` are done once; what `before_all` sets is there in all flows.
    A failed flow is repeated `retries` times, `retry_delay_s` apart. With `is_sensitive`, bodies and values are left
    out of all that is kept.
    """

    name: str
    dialect: Dialect
    flows: tuple[Flow, ...]
    origin: Origin
    id: str = ""
    parameters: tuple[ParameterSet, ...] = ()
    overrides: tuple[ParameterSet, ...] = ()
    before_all: Journey | None = None
    after_all: Journey | None = None
    mode: Mode = "independent"
    parameter_scope: Literal["flow", "suite"] = "flow"
    cookie_scope: Literal["off", "flow", "suite"] = "off"
    retries: int = 0
    retry_delay_s: float = 0.0
    data: tuple[CsvData, ...] = ()
    defaults: Defaults = _DEFAULTS
    is_sensitive: bool = False
