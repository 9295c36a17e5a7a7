"""What a `flow.py` says about its run; the command line overrides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Put `options = Options(...)` at the top of a flow.py.

    `duration` and `ramp_up` are texts like `30s` or `2m` or seconds; `iterations` is a number a user;
    `thresholds` are texts like `p95 < 800ms`; `max_failures` the share (0 to 1) of failed iterations allowed.
    """

    users: int = 1
    duration: str | float | None = None
    ramp_up: str | float = 0.0
    iterations: int | None = None
    base_url: str | None = None
    thresholds: tuple[str, ...] = ()
    max_failures: float = 0.0
    cookies: Literal["off", "iteration", "user"] = "user"
    timeout: float = 30.0
