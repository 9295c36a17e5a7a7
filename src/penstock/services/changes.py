"""What a caller changes about a test without editing its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from penstock.importers.base import ReadTable
from penstock.model import Connections, Goal, HttpVersion, NetworkProfile, Phase, SourcesBy
from penstock.model.load import Spacing, Thinks
from penstock.runs.transport import TargetPolicy


@dataclass(frozen=True, slots=True)
class Pool:
    """A CSV file for a data pool: `id` says which pool of the test (None: the next without a file)."""

    id: str | None
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LoadChanges:
    """What is to be different about the load; None means: as it is.

    `rate` is iterations started a second, `requests_rate` requests sent a second; `spacing` also makes the levels of
    `phases` a rate of starts. `iterations` is a number a user, `total_iterations` one of all users together.

    The load that is left by then is cut after `longest_s`, and done `copies` times, by as many agents.
    """

    users: int | None = None
    rate: float | None = None
    spacing: Spacing | None = None
    max_users: int | None = None
    requests_rate: float | None = None
    phases: tuple[Phase, ...] | None = None
    duration_s: float | None = None
    ramp_up_s: float | None = None
    iterations: int | None = None
    total_iterations: int | None = None
    pacing_s: float | None = None
    warm_up_s: float | None = None
    cool_down_s: float | None = None
    thinks: Thinks | None = None
    think_deviation: float | None = None
    without_pauses: bool = False
    new_users: float | None = None
    goal: Goal | None = None
    copies: int = 1
    longest_s: float | None = None

    @property
    def says_how_many(self) -> bool:
        """Whether it says how many users there are, or that they come by themselves."""
        return any(one is not None for one in (self.users, self.rate, self.phases, self.goal))

    @property
    def says_how_much(self) -> bool:
        """Whether it says how much load there is, in whatever way."""
        given = (self.users, self.rate, self.requests_rate, self.phases, self.goal)
        return any(one is not None for one in given)


@dataclass(frozen=True, slots=True)
class TransportChanges:
    """How requests travel; None, and empty, means: as it is.

    Files are names. `proxy` is a URL, `env`, or empty for none; `hosts` pairs of name and address.
    """

    proxy: str | None = None
    no_proxy: tuple[str, ...] | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    ca_file: str | None = None
    http_version: HttpVersion | None = None
    hosts: tuple[tuple[str, str], ...] = ()
    source_addresses: tuple[str, ...] = ()
    source_addresses_by: SourcesBy | None = None
    connections: Connections | None = None
    pool_size: int | None = None
    dns_lifetime_s: float | None = None
    max_body_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """None means: as the file says.

    `thresholds` are added to the file's own. `base_url` re-points every request of an imported test, and resolves
    relative URLs of a flow.py; `target_overrides` (as `services.target_overrides` reads them) re-point those to single
    origins, or to all others. `max_failures` is a share (0 to 1) of iterations. `run_settings` names one of several
    sets of run settings in the file, `test_settings` is a settings file (name, content). With `skip_unsupported` a mix
    goes on without the tests that cannot run here, with `ignore_plugins` tests run without their compiled plug-ins.
    `fails_on` is the level of violated threshold rules on counters that fails the run.
    `policy` says which addresses may be connected to; None: all. `plugins` is a mapping file of the caller's own Python
    classes: they are trusted. `tables` read a table, by its name, of a data source, by the name of that. A test that
    `is_confined`, since others sent it, may name no file outside of its folder. `networks` are the lines of all users,
    in place of the test's own. `counters` are the full names of those that can be read of servers under test. What
    `runs_elsewhere` has agents on other machines than this one.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    pools: tuple[Pool, ...] = ()
    load: LoadChanges = LoadChanges()
    thresholds: tuple[str, ...] = ()
    max_failures: float | None = None
    stop_on_errors: str | None = None
    tags: tuple[str, ...] = ()
    unwanted_tags: tuple[str, ...] = ()
    base_url: str | None = None
    target_overrides: tuple[tuple[str, str], ...] = ()
    verify_tls: bool = True
    run_settings: str | None = None
    test_settings: tuple[str, bytes] | None = None
    skip_unsupported: bool = False
    ignore_plugins: bool = False
    parameter_files: tuple[tuple[str, bytes], ...] = ()
    is_inline: bool = False
    pick: Literal["random", "sequential"] = "random"
    fails_on: Literal["critical", "warning"] | None = None
    transport: TransportChanges = TransportChanges()
    policy: TargetPolicy | None = None
    plugins: Path | None = None
    tables: tuple[tuple[str, ReadTable], ...] = ()
    counters: tuple[str, ...] = ()
    is_confined: bool = False
    networks: tuple[NetworkProfile, ...] = ()
    runs_elsewhere: bool = False
