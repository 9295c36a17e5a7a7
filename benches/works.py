"""The pieces of work that every client is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["get", "scenario", "burn", "idle", "open", "timer"]
"""`get`: one request, its status checked; `scenario`: list, extract an id, get the item, check statuses and a value;
`burn`: one request, then a fixed amount of the client's own CPU; `idle`: one request, then a long think; `open`: one
request at each start of a rate; `timer`: the starts of a rate, and nothing to do."""

Scheme = Literal["http", "https", "h2"]
"""`h2` is HTTP/2 over TLS, and nothing else."""


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the comparison. `key` is its name on the command line."""

    key: str
    title: str
    kind: Kind
    path: str
    scheme: Scheme = "http"


GET = Work("get", "GET, 209 bytes of JSON, status checked", "get", "/small")
BIG = Work("big", "GET, 10 KB of JSON, status checked", "get", "/big")
HTTPS = Work("https", "HTTPS GET (TLS 1.3), 209 bytes of JSON, status checked", "get", "/small", "https")
SCENARIO = Work(
    "scenario",
    "Scenario: GET /items, take an id by JSONPath, GET /items/<id>, check both statuses and the id",
    "scenario",
    "/items",
)
H2 = Work("h2", "HTTP/2 GET (TLS 1.3), 209 bytes of JSON, status checked", "get", "/small", "h2")
BURN = Work("honesty", "Honest latency of a saturated client", "burn", "/small")

IDLE = Work("memory", "Memory of users who think", "idle", "/small")
IDLE_TLS = Work("memory", "Memory of users who think, over TLS", "idle", "/small", "https")
OPEN = Work("open", "Open model: 5,000 starts a second", "open", "/small")
TIMER = Work("open", "Open model: 5,000 starts a second of nothing", "timer", "/small")

THROUGHPUT = (GET, BIG, SCENARIO, HTTPS, H2)


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one client: `origin` is scheme, host and port.

    With `once`, each user does the work one time only: what is left is the cost of starting up. `rate` is starts a
    second, for open work.
    """

    work: Work
    origin: str
    users: int
    seconds: int
    once: bool = False
    rate: int = 0

    @property
    def url(self) -> str:
        """The whole URL of the (first) request."""
        return self.origin + self.work.path


@dataclass(frozen=True, slots=True)
class Counts:
    """What a client says it has done. `requests` holds the failed ones too; `p50_s` is its own median latency,
    `late_p99_s` the 99th percentile of how late it says its starts were."""

    requests: int
    failed: int
    p50_s: float | None = None
    late_p99_s: float | None = None

    @property
    def successful(self) -> int:
        """Requests that did not fail."""
        return self.requests - self.failed
