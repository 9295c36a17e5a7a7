"""One execution of a scenario, from its making to its end."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import NewType

from penstock.runs.state import TRANSITIONS, IllegalTransition, RunState

RunId = NewType("RunId", str)


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A run became something else. `why` is a sentence where the state alone does not say it."""

    before: RunState
    after: RunState
    at: datetime.datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run and how it came to be where it is; times are UTC.

    `version` counts the changes, so that whoever stores runs can refuse a change made on an old copy.
    """

    id: RunId
    name: str
    created: datetime.datetime
    history: tuple[StateChanged, ...] = ()

    @property
    def state(self) -> RunState:
        """Where it is now."""
        return self.history[-1].after if self.history else RunState.CREATED

    @property
    def version(self) -> int:
        """How often it changed."""
        return len(self.history)

    @property
    def why(self) -> str:
        """Why it is where it is; may be empty."""
        return self.history[-1].why if self.history else ""

    def to(self, state: RunState, at: datetime.datetime, why: str = "") -> Run:
        """Return the run in another state.

        Raises `IllegalTransition` where the table has no such step, `ValueError` for a time without a zone.
        """
        if state not in TRANSITIONS[self.state]:
            raise IllegalTransition(self.state, state)
        if at.tzinfo is None:
            raise ValueError("the time of a change needs a time zone")
        change = StateChanged(self.state, state, at.astimezone(datetime.UTC), why)
        return replace(self, history=(*self.history, change))
