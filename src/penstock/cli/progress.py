"""What a person sees while a run goes on: one line, redrawn in place, or a line now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from penstock.cli.process import Process
from penstock.metrics import numbers
from penstock.runs.plan import Plan

if TYPE_CHECKING:
    from penstock.metrics.series import Timeline
    from penstock.runs.events import Event

_LOG_EVERY_S = 5.0


class Progress:
    """Shows elapsed and total time, users, rate, failures and p95 of the last second; silent when `quiet`."""

    def __init__(self, process: Process, plan: Plan, *, quiet: bool) -> None:
        self._process = process
        self._plan = plan
        self._quiet = quiet
        self._started = time.monotonic()
        self._shown_s = 0.0
        self._drawn = False
        self.hint = ""
        """What stands at the end of the line: the keys that may be pressed."""
        self.is_paused: Callable[[], bool] = lambda: False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._process.stderr.write("\r\x1b[2K")
            self._process.stderr.flush()

    def begin(self) -> None:
        """Count from now on: the agents have begun, which on a cluster takes some seconds."""
        self._started = time.monotonic()

    def update(self, timeline: Timeline) -> None:
        """Show the newest state."""
        if self._quiet:
            return
        if self._process.interactive:
            line = f"{self._line(timeline)}  {self.hint}"
            self._process.stderr.write(f"\r\x1b[2K{line[: self._process.columns - 1]}")
            self._process.stderr.flush()
            self._drawn = True
            return
        elapsed_s = time.monotonic() - self._started
        if elapsed_s - self._shown_s >= _LOG_EVERY_S:
            self._shown_s = elapsed_s
            self._process.say(self._line(timeline))

    def say(self, text: str) -> None:
        """Write a line that stays, above the one that is redrawn."""
        if self._quiet:
            return
        if self._drawn:
            self._process.stderr.write("\r\x1b[2K")
            self._drawn = False
        self._process.say(text)

    def tell(self, event: Event) -> None:
        """Write what happened to the run."""
        self.say(f"{numbers.span(event.at_s)}  {event.who}: {event.what}")

    def _line(self, timeline: Timeline) -> str:
        """Describe the last full second."""
        elapsed_s = time.monotonic() - self._started
        length_s = self._plan.duration_s
        total = "" if length_s > 30 * 86_400 else f"/{numbers.span(length_s)}"
        point = timeline.latest()
        if point is None:
            return f"{numbers.span(elapsed_s)}{total}  starting"
        share = point.failed / point.count if point.count else 0.0
        paused = "paused  " if self.is_paused() else ""
        return (
            f"{numbers.span(elapsed_s)}{total}  {paused}"
            f"users {point.users:.0f}/{max(self._plan.peak, round(point.users)):,}  "
            f"{numbers.count(point.rate)} req/s  "
            f"failed {numbers.share(share)}  "
            f"p95 {numbers.latency(point.p95_s)}"
        )
