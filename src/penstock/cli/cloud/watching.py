"""Following a run on a server: its states, its messages, and its numbers while they come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from penstock.cli.cloud.service import CloudService
from penstock.cli.process import Process
from penstock.metrics import numbers

OVER = ("completed", "aborted", "error")
_LOOK_EVERY_S = 1.0
_USERS, _REQUESTS, _RESPONSE, _ERRORS = "Els~-1828439162", "Els~1226640887", "Els~-1854500553", "Els~-1525400324"
"""The ids that these counters have in every run."""

_GRAVE = ("error", "critical")


class Watch:
    """Says what happens in a run. With `quiet` only messages of errors are said."""

    def __init__(self, service: CloudService, run: str, process: Process, *, quiet: bool) -> None:
        self._service = service
        self._run = run
        self._process = process
        self._quiet = quiet
        self._state = ""
        self._told: set[str] = set()
        self._since = dict.fromkeys((_USERS, _REQUESTS, _RESPONSE, _ERRORS), 1)
        self._drawn = False

    def to_the_end(self) -> dict[str, Any]:
        """Return the run when it is over. Raises as the calls of the service do."""
        try:
            while True:
                run = self._service.run(self._run)
                self._tell(run)
                if run["state"] in OVER:
                    return run
                time.sleep(_LOOK_EVERY_S)
        finally:
            self._clear()

    def _tell(self, run: Mapping[str, Any]) -> None:
        sub_state = run.get("subState", "none")
        state = run["state"] if sub_state == "none" else f"{run['state']}/{sub_state}"
        if state != self._state:
            self._state = state
            self._say(state)
        for message in self._service.messages(self._run):
            if message["messageId"] not in self._told:
                self._told.add(message["messageId"])
                self._say(f"{message['messageType']}: {message['message']}", is_grave=message["messageType"] in _GRAVE)
        if not self._quiet and run["state"] not in ("pending", "queued"):
            self._tell_numbers()

    def _tell_numbers(self) -> None:
        found = self._service.samples(self._run, self._since)
        values: dict[int, dict[str, float]] = {}
        for id, samples in found.items():
            for sample in samples:
                values.setdefault(sample["intervalNumber"], {})[id] = sample["computedValue"]
            if samples:
                self._since[id] = samples[-1]["intervalNumber"] + 1
        for number, of_interval in sorted(values.items()):
            self._draw(_line(number, of_interval))

    def _say(self, text: str, *, is_grave: bool = False) -> None:
        if is_grave or not self._quiet:
            self._clear()
            self._process.say(text)

    def _draw(self, line: str) -> None:
        """Show numbers: in place where a person watches, line by line in a log."""
        if not self._process.interactive:
            self._process.say(line)
            return
        self._process.stderr.write(f"\r\x1b[2K{line[: self._process.columns - 1]}")
        self._process.stderr.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._process.stderr.write("\r\x1b[2K")
            self._process.stderr.flush()
            self._drawn = False


def _line(number: int, values: Mapping[str, float]) -> str:
    errors = values.get(_ERRORS, 0)
    return (
        f"interval {number}  users {values.get(_USERS, 0):.0f}  {numbers.count(values.get(_REQUESTS, 0))} req/s  "
        f"avg {numbers.latency(values.get(_RESPONSE, 0))}" + (f"  {numbers.count(errors)} errors/s" if errors else "")
    )
