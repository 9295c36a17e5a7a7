"""What came of a suite: flow by flow, attempt by attempt."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

from penstock.model import Finding, Flow, Journey, Suite
from penstock.runs.recording import RecordedRequest, Recording

FlowResultStatus = Literal["passed", "failed", "flaky", "stopped", "error", "not run"]
"""`flaky`: passed, but not at the first attempt; `error`: it could not be done, which says nothing of the system under
test; `not run`: the suite ended before its turn."""

SuiteStatus = Literal["passed", "failed", "stopped"]

Kind = Literal["before all", "flow", "after all"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that a flow was done: its steps, and those after it. `error` says why it could not be done."""

    recording: Recording | None
    after: Recording | None = None
    error: str = ""

    @property
    def has_passed(self) -> bool:
        """Whether nothing failed."""
        return (
            not self.error
            and self.recording is not None
            and self.recording.has_passed
            and (self.after is None or self.after.has_passed)
        )

    @property
    def is_stopped(self) -> bool:
        """Whether it was interrupted."""
        return any(each is not None and not each.is_complete for each in (self.recording, self.after))

    @property
    def reason(self) -> str:
        """Why it did not pass, in words."""
        if self.error:
            return self.error
        for each in (self.recording, self.after):
            if each is not None and not each.has_passed:
                return each.first_failure
        return ""

    @property
    def duration_s(self) -> float:
        """Seconds that the recorded steps took."""
        return sum(each.duration_s for each in (self.recording, self.after) if each is not None)

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """All exchanges."""
        return tuple(request for each in (self.recording, self.after) if each is not None for request in each.requests)


@dataclass(frozen=True, slots=True)
class FlowResult:
    """One flow, with one row of its data (`row` counts from 1; None without data).

    `counts` is false for flows that are still being evaluated: their failures fail nothing.
    """

    kind: Kind
    id: str
    name: str
    journey: Journey
    status: FlowResultStatus
    attempts: tuple[Attempt, ...] = ()
    row: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    flow: Flow | None = None
    counts: bool = True

    @property
    def has_passed(self) -> bool:
        """Whether it passed, perhaps not at once."""
        return self.status in ("passed", "flaky")

    @property
    def last(self) -> Attempt | None:
        """The last attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def title(self) -> str:
        """The name, with the row of data."""
        return self.name if self.row is None else f"{self.name} [row {self.row}]"


@dataclass(frozen=True, slots=True)
class SuiteReport:
    """A suite that was run. `description` is its name with what the caller added."""

    suite: Suite
    run_id: str
    description: str
    file: str
    started: datetime.datetime
    ended: datetime.datetime
    results: tuple[FlowResult, ...]
    status: SuiteStatus
    findings: tuple[Finding, ...] = ()
    arguments: tuple[str, ...] = ()
    launched_by: str = ""
    version: str = ""
    base_url: str | None = None
    target_overrides: tuple[tuple[str, str], ...] = ()
    not_selected: int = field(default=0)
    url: str = ""
    """Where a browser finds it; empty where it is nowhere."""

    @property
    def flows(self) -> tuple[FlowResult, ...]:
        """The flows, without what was done before and after all of them."""
        return tuple(result for result in self.results if result.kind == "flow")

    @property
    def mean_response_s(self) -> float:
        """The mean service latency of all successful exchanges of last attempts."""
        times = [
            request.elapsed_s
            for result in self.results
            if result.last is not None
            for request in result.last.requests
            if not request.failures
        ]
        return sum(times) / len(times) if times else 0.0


def judge(results: tuple[FlowResult, ...], *, is_stopped: bool) -> SuiteStatus:
    """Return the status of a suite. An error of a flow is a failure of the suite: nobody knows that it would pass."""
    if any(not result.has_passed and result.counts and result.status in ("failed", "error") for result in results):
        return "failed"
    if is_stopped or any(result.status == "stopped" for result in results):
        return "stopped"
    return "passed"
