"""All that an agent needs to do its share of a run; the same for every agent but for the segment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from penstock.model import Connections, HttpVersion, Population, Scenario, SourcesBy, Threshold
from penstock.model.retargeting import Retargeting
from penstock.runs.applications import Application
from penstock.runs.segment import Segment
from penstock.runs.transport import ProxySettings, TargetPolicy


@dataclass(frozen=True, slots=True)
class ScenarioWork:
    """An imported test; what it says of load is already in the plan.

    `plugins` is the absolute path of a mapping file with the user's own Python classes, which every agent loads; a plan
    that comes from elsewhere has none.
    """

    scenario: Scenario
    plugins: str | None = None


@dataclass(frozen=True, slots=True)
class FlowWork:
    """A user's own Python file, by absolute path; every agent loads it itself.

    Tasks with one of `tags` are wanted (empty: all), those with one of `unwanted_tags` are not.
    """

    path: str
    tags: tuple[str, ...] = ()
    unwanted_tags: tuple[str, ...] = ()


Work = ScenarioWork | FlowWork


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What holds for all requests of the run unless they say otherwise.

    `base_url` resolves relative URLs. `target_overrides` are pairs of origins (scheme, host, port): requests to the
    first go to the second; `retarget` (an origin) is where all other requests go. Certificates are PEM
    texts (`client_certificate` with its key); `hosts` are pairs of name and address; of `source_addresses` each
    connection, or each user, takes the next. Names are resolved again after `dns_lifetime_s` (None: never). Without a
    `policy` every address may be connected to.
    """

    base_url: str | None = None
    retarget: str | None = None
    target_overrides: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 30.0
    max_redirects: int = 10
    user_agent: str = "penstock"
    accept_encoding: str = "gzip, deflate, br"
    cookies: Literal["off", "iteration", "user"] = "user"
    verify_tls: bool = True
    max_body_bytes: int = 100 * 1024 * 1024
    counts_redirects: bool = False
    http_version: HttpVersion = "auto"
    proxy: ProxySettings | None = None
    certificate_authorities: str | None = None
    client_certificate: str | None = None
    hosts: tuple[tuple[str, str], ...] = ()
    source_addresses: tuple[str, ...] = ()
    source_addresses_by: SourcesBy = "connection"
    connections: Connections = "user"
    pool_size: int = 50
    dns_lifetime_s: float | None = None
    policy: TargetPolicy | None = None

    @property
    def retargeting(self) -> Retargeting:
        """Where requests go instead of where they are addressed to."""
        return Retargeting(self.retarget, self.target_overrides)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, how much of it, and what must hold.

    `constants` are variables that the runner gives to all users (run id, start time). `max_failures` is the share
    of failed iterations allowed. `seed` is where the engine's own chance comes from. Warm-up and cool-down are those of
    `Scenario`. With `copies` above 1 so many agents each do the whole test, with all rows of its data; populations are
    those of all of them together. `stop_rule` (over windows) ends a run that fails anyway; it is no threshold of the
    test. Counters of `applications` are read beside the run.
    """

    name: str
    work: Work
    populations: tuple[Population, ...]
    http: HttpSettings = HttpSettings()
    thresholds: tuple[Threshold, ...] = ()
    max_failures: float = 0.0
    constants: tuple[tuple[str, str], ...] = ()
    warm_up_s: float = 0.0
    cool_down_s: float | None = None
    seed: int = 0
    copies: int = 1
    stop_rule: Threshold | None = None
    applications: tuple[Application, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds from the start to the end of the load, warm-up included."""
        return max(population.load.duration_s for population in self.populations)

    @property
    def peak(self) -> int:
        """The most users there can be."""
        return sum(population.load.peak for population in self.populations)

    def stands_by(self, segment: Segment) -> bool:
        """Whether an agent has no user as the load is planned, but some when a person or a goal raises it.

        Loads that end by a number of iterations are excepted: their agents leave when they have done their share.
        """
        loads = [population.load for population in self.populations]
        if any(segment.share(math.ceil(load.top) if load.model == "users" else load.peak) for load in loads):
            return False
        return any(
            load.model == "users" and load.iterations_per_user is None and load.iterations_total is None
            for load in loads
        )

    @property
    def counters(self) -> tuple[str, ...]:
        """The counters from elsewhere that thresholds and goals ask for, by name."""
        asked = [measure for one in self.thresholds for measure in (one.measure, one.against) if measure is not None]
        asked += [population.load.goal.measure for population in self.populations if population.load.goal is not None]
        return tuple(sorted({measure.name for measure in asked if measure.kind == "counter"}))

    @property
    def is_sensitive(self) -> bool:
        """Whether bodies are left out of what is kept of failed exchanges."""
        return isinstance(self.work, ScenarioWork) and self.work.scenario.is_sensitive

    @property
    def once(self) -> frozenset[str]:
        """The journeys that users do once, before their first or after their last iteration."""
        return frozenset(name for one in self.populations for name in (one.on_start, one.on_stop) if name is not None)
