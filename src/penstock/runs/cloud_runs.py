"""Which runs of cloud load tests a list is to hold."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from penstock.runs.state import RunState


@dataclass(frozen=True, slots=True)
class CloudRunStage:
    """A part of the life of such a run: not launched, or not any more there, with one of `progress`, or in a state.

    `is_stopped`: whether a caller has asked for its end; None is both.
    """

    progress: frozenset[str] = frozenset()
    states: frozenset[RunState] = frozenset()
    is_stopped: bool | None = None


@dataclass(frozen=True, slots=True)
class CloudRunWish:
    """Which runs of cloud load tests are meant: those to which all that is said applies.

    `name` is the whole name, case ignored. `since` and `until` bound the last change of it or its execution. `stages`
    are alternatives; `created_by` are ids of users.
    """

    name: str = ""
    ids: frozenset[str] | None = None
    kind: str = ""
    source: str = ""
    retention: str = ""
    created_by: frozenset[str] | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    stages: tuple[CloudRunStage, ...] | None = None
