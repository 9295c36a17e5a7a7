"""All that a report may say of one run. Whoever renders it reads this and nothing else."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from penstock.metrics.points import Point
from penstock.metrics.summary import Summary
from penstock.model import Finding
from penstock.runs.applications import Application
from penstock.runs.counters import CounterReport
from penstock.runs.events import Event
from penstock.runs.nodes import Spread
from penstock.runs.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the agents ran, unless `RunFacts.spread` says where; then where the run was started.

    `kernel` and `python` are versions as the system writes them.
    """

    cores: int
    kernel: str
    python: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One execution. Times are wall time in UTC; `arguments` is the command line behind the command's name.

    `end` says how it came to its end: all done, asked to stop, or the generator broke (`message` says how).
    """

    name: str
    file: str
    started: datetime.datetime
    ended: datetime.datetime
    arguments: tuple[str, ...]
    version: str
    workers: int
    machine: Machine
    end: Literal["finished", "stopped", "failed"] = "finished"
    message: str = ""
    workers_why: str = ""
    """Why there are so many agents, where nobody said; half a sentence."""
    under_way: bool = False
    """Whether the run goes on; `end` then says nothing yet."""
    spread: Spread | None = None
    """The nodes of the cluster that the agents ran on, where they ran on one."""

    @property
    def duration_s(self) -> float:
        """Wall time from start to end."""
        return (self.ended - self.started).total_seconds()


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """What was asked for, `load` in words. `duration_s` is None where only iterations limit the run.

    `journeys` are names; `target_overrides` pairs of origins: requests to the first went to the second. Results of
    `warm_up_s` and of `cool_down_s` (None: there was none) are left out.
    """

    users: int
    duration_s: float | None
    iterations_per_user: int | None
    journeys: tuple[str, ...]
    base_url: str | None = None
    target_overrides: tuple[tuple[str, str], ...] = ()
    load: str = ""
    iterations_total: int | None = None
    warm_up_s: float = 0.0
    cool_down_s: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One run: what was asked, what was measured, what is to be thought of it.

    `points` are the curves; `counters` are there where the test wants them; `events` say how it was changed while it
    went on, in the order of time. Counters of `applications` were read beside it.
    """

    run: RunFacts
    scenario: ScenarioFacts
    findings: tuple[Finding, ...]
    summary: Summary
    points: tuple[Point, ...]
    verdict: Verdict
    counters: CounterReport | None = None
    events: tuple[Event, ...] = ()
    applications: tuple[Application, ...] = ()
