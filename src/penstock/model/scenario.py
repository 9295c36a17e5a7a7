"""The root: all that one test says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.counters import CounterSettings
from penstock.model.data import CsvData
from penstock.model.expr import Rule
from penstock.model.origin import Origin
from penstock.model.population import Population
from penstock.model.steps import Step
from penstock.model.thresholds import Threshold
from penstock.model.transport import Connections, HostOverride, HttpVersion, Proxy, SourcesBy

Dialect = Literal["jmeter", "loadmill", "visualstudio"]
"""Whose words the expressions, comparisons and extracts speak."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What one virtual user does, start to end; one pass is an iteration.

    With `makes_up_thinks`, an iteration that ends early is followed by a pause as long as the thinks behind
    the last request it started (so that failing users do not speed up). With `goes_on_after_failures`, a failed
    request or step fails the iteration, but the next step is done all the same.

    `data` is the journey's own, picked anew each iteration, behind the assignments that it begins with. `plugins` are
    the rules that are asked at the beginning and the end of an iteration, and around each of its requests.

    With `keeps_variables` the variables are the user's: an iteration finds what the one before left in them, and the
    assignments that the journey begins with happen once.
    """

    name: str
    steps: tuple[Step, ...]
    origin: Origin
    makes_up_thinks: bool = False
    goes_on_after_failures: bool = False
    data: tuple[CsvData, ...] = ()
    plugins: tuple[Rule, ...] = ()
    keeps_variables: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for all requests of the scenario unless they say otherwise.

    `cookies`: `off`, or a jar that lives for one `iteration` or as long as the `user`.
    `accept_encoding` is sent as it stands; empty: no such header. With `counts_redirects` each redirect that is
    followed counts as a request of its own, under the name of the request with ` (redirect)` behind it.

    `client_certificate` names a PEM file with the chain that users show to servers, `client_key` one with its key
    (None: in the same file), `ca_file` one with authorities that are trusted besides the machine's own; all lie beside
    the test. `source_addresses` are taken in turn by connections or by users. A pool has `pool_size` connections an
    agent. Names are resolved again after `dns_lifetime_s` (None: once a run).
    """

    timeout_s: float = 30.0
    max_redirects: int = 10
    cookies: Literal["off", "iteration", "user"] = "iteration"
    accept_encoding: str = "gzip, deflate, br"
    user_agent: str | None = None
    max_body_bytes: int = 100 * 1024 * 1024
    counts_redirects: bool = False
    http_version: HttpVersion = "auto"
    proxy: Proxy | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    ca_file: str | None = None
    hosts: tuple[HostOverride, ...] = ()
    source_addresses: tuple[str, ...] = ()
    source_addresses_by: SourcesBy = "connection"
    connections: Connections = "user"
    pool_size: int = 50
    dns_lifetime_s: float | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file that requests upload, shipped with the scenario; `name` is how requests call it (a path, say)."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that one test says.

    `max_failures` is the share of failed iterations (0 to 1) above which the run is failed. What the first `warm_up_s`
    seconds of the load give is left out of the results. With `cool_down_s`, iterations that run at the end of the load
    may go on for so long, and are left out as well; without, they are counted. `counters` are wanted where they are
    set.

    With `is_sensitive`, bodies are left out of the samples of failed exchanges.
    """

    name: str
    dialect: Dialect
    journeys: tuple[Journey, ...]
    populations: tuple[Population, ...]
    origin: Origin
    data: tuple[CsvData, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    defaults: Defaults = Defaults()
    max_failures: float = 0.0
    warm_up_s: float = 0.0
    cool_down_s: float | None = None
    is_sensitive: bool = False
    files: tuple[File, ...] = ()
    counters: CounterSettings | None = None
