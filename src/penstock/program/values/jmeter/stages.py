"""Which stages of a plan are over: their users have been here, and have gone."""

from __future__ import annotations

import time
from collections import Counter

_SLACK_S = 0.2
"""How late the last user of a stage may come, and still be waited for."""


class Stages:
    """Counts the users of each stage in this agent; its clock starts with the first of them."""

    def __init__(self) -> None:
        self._here: Counter[str] = Counter()
        self._gone: Counter[str] = Counter()
        self._began: float | None = None
        self._stopped: str | None = None

    def stop(self, order: str) -> str:
        """Take note that a user of a group of this order (-1, 0, 1) has stopped the test."""
        self._stopped = self._stopped or order
        return ""

    def may_stay(self, order: str) -> bool:
        """Whether a group that waited may begin: the test goes on, or was stopped by one of this order."""
        return self._stopped in (None, order)

    def here(self, stage: str) -> str:
        """Count a user who has come."""
        self._start()
        self._here[stage] += 1
        return ""

    def gone(self, stage: str) -> str:
        """Count a user who has gone."""
        self._gone[stage] += 1
        return ""

    def is_over(self, table: str) -> bool:
        """Whether all stages of a table are over; it holds the seconds after which all users of each are there."""
        elapsed_s = time.monotonic() - self._start()
        for stage, seconds in enumerate(table.split(",")):
            if elapsed_s < float(seconds) + _SLACK_S or self._here[str(stage)] > self._gone[str(stage)]:
                return False
        return True

    def _start(self) -> float:
        if self._began is None:
            self._began = time.monotonic()
        return self._began
