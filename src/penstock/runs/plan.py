"""All that an agent needs to do its share of a run; the same for every agent but for the segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model import Load, Scenario, Threshold


@dataclass(frozen=True, slots=True)
class ScenarioWork:
    """An imported test. With `without_thinks`, think times and pauses between iterations are left out."""

    scenario: Scenario
    without_thinks: bool = False


@dataclass(frozen=True, slots=True)
class FlowWork:
    """A user's own Python file, by absolute path; every agent loads it itself."""

    path: str
    without_thinks: bool = False


Work = ScenarioWork | FlowWork


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What holds for all requests of the run unless they say otherwise.

    `base_url` resolves relative URLs; `retarget` (an origin) replaces scheme, host and port of every URL.
    """

    base_url: str | None = None
    retarget: str | None = None
    timeout_s: float = 30.0
    max_redirects: int = 10
    user_agent: str = "penstock"
    accept_encoding: str = "gzip, deflate, br"
    cookies: Literal["off", "iteration", "user"] = "user"
    verify_tls: bool = True
    max_body_bytes: int = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, how much of it, and what must hold.

    `constants` are variables that the runner gives to all users (run id, start time). `max_failures` is the share
    of failed iterations allowed.
    """

    name: str
    work: Work
    load: Load
    http: HttpSettings = HttpSettings()
    thresholds: tuple[Threshold, ...] = ()
    max_failures: float = 0.0
    constants: tuple[tuple[str, str], ...] = ()
