"""The time, so that a test can set it."""

from __future__ import annotations

import datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime.datetime:
        """Return the time, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime.datetime:
        """See `Clock`."""
        return datetime.datetime.now(datetime.UTC)
