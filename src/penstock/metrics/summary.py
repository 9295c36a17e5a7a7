"""The run in numbers, as every report and every judgement reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.metrics.latency import Latency
from penstock.metrics.samples import Sample

RowKind = Literal["request", "group", "iteration"]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """How often a check held, and how often it did not; `series` is the request it was made on."""

    series: str
    name: str
    held: int
    missed: int

    @property
    def count(self) -> int:
        """How often it was made."""
        return self.held + self.missed

    @property
    def held_share(self) -> float:
        """Share (0 to 1) that held; 0 when it was never made."""
        return self.held / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Failures of one series for one reason, with the first of them as a sample if one was kept.

    `kind` is a word (`status`, `timeout`, `connect`, `check`, `script`, …), `share` is of all failures of the run.
    """

    series_kind: RowKind
    series: str
    kind: str
    message: str
    count: int
    share: float
    sample: Sample | None


@dataclass(frozen=True, slots=True)
class Row:
    """One request, one group, one journey's iterations, or (`Summary.total`) all requests together.

    `response` and `service` are over all exchanges, failed ones with the time waited for them; `successful_response`
    and `successful_service` only over those that succeeded. `rate` is per second of the run, `share` the part
    (0 to 1) of the counts of its kind. `connect` counts the exchanges that had to open a connection.
    """

    kind: RowKind
    name: str
    count: int
    failed: int
    rate: float
    share: float
    bytes_sent: int
    bytes_received: int
    statuses: tuple[tuple[str, int], ...]
    checks: tuple[CheckRow, ...]
    errors: tuple[ErrorRow, ...]
    response: Latency
    service: Latency
    successful_response: Latency
    successful_service: Latency
    connect: Latency

    @property
    def successful(self) -> int:
        """How many succeeded."""
        return self.count - self.failed

    @property
    def failed_share(self) -> float:
        """Share (0 to 1) that failed; 0 when there was none."""
        return self.failed / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Iterations:
    """Passes of users through their journeys. `failed` are among `finished`; `interrupted` ones never finished."""

    started: int
    finished: int
    failed: int
    interrupted: int

    @property
    def failed_share(self) -> float:
        """Share (0 to 1) of the finished that failed; 0 when none finished."""
        return self.failed / self.finished if self.finished else 0.0


@dataclass(frozen=True, slots=True)
class Users:
    """`peak` is the sum of every agent's own peak, `mean` over the whole run."""

    peak: int
    mean: float
    user_seconds: float


@dataclass(frozen=True, slots=True)
class SlowStep:
    """A line of user code that kept an agent from its work: how often for over 50 ms, and the longest."""

    where: str
    count: int
    longest_s: float


@dataclass(frozen=True, slots=True)
class AgentHealth:
    """One agent over the whole run. `cpu_share` is of one core; `busy_share` the part of its time above 90 % of it."""

    source: str
    wall_s: float
    cpu_share: float
    busy_share: float
    rss_bytes: int
    open_connections: int
    reconnects: int
    peak_users: int


@dataclass(frozen=True, slots=True)
class GeneratorHealth:
    """How well the generator itself kept up.

    `start_lateness`: how late users and iterations were started; `client_lag`: how long responses lay in the kernel
    before they were read; `loop_lag`: how late the loop's own tick was, which user code causes. `cpu_share` is the
    busiest agent's, 1 being a whole core.
    """

    agents: tuple[AgentHealth, ...]
    cpu_share: float
    start_lateness: Latency
    client_lag: Latency
    loop_lag: Latency
    slow_steps: tuple[SlowStep, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All numbers of a run.

    `seconds` is the measured time, which rates are taken over. Rows and checks are sorted by name, errors by count.
    `distrust` says in plain words why the numbers should not be trusted; empty means that nothing speaks against
    them.
    """

    seconds: float
    total: Row
    requests: tuple[Row, ...]
    groups: tuple[Row, ...]
    journeys: tuple[Row, ...]
    checks: tuple[CheckRow, ...]
    errors: tuple[ErrorRow, ...]
    iterations: Iterations
    users: Users
    health: GeneratorHealth
    distrust: tuple[str, ...]

    @property
    def trustworthy(self) -> bool:
        """Whether nothing speaks against the numbers."""
        return not self.distrust

    def row(self, name: str) -> Row | None:
        """Return the request of that name, else the group, else None."""
        return next((row for row in (*self.requests, *self.groups) if row.name == name), None)
