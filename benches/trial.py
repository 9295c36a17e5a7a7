"""One run of one client, measured and checked against what the server says."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benches import cores as cores_
from benches import measure
from benches.cores import Cores
from benches.measure import Cost
from benches.place import OUT
from benches.servers.nginx import Nginx
from benches.tools import Tool
from benches.works import Counts, Job

NOISY_CORES = 0.3
"""From this much foreign CPU (in cores) a run counts as noisy."""

LIMIT_S = 60.0
"""How much longer than its load a client may take, start and end included."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one run gave. `served` and `unwanted` are the server's own counts: all answers, and those not 200."""

    counts: Counts
    cost: Cost
    served: int
    unwanted: int
    users: int
    seconds: int

    @property
    def clean(self) -> bool:
        """Whether little else was going on."""
        return self.cost.foreign_cores <= NOISY_CORES

    @property
    def credited(self) -> int:
        """Successful requests: the client's own count, but never more than the server answered with 200."""
        return min(self.counts.successful, self.served - self.unwanted)

    @property
    def disagreement(self) -> str | None:
        """What client and server disagree about; None when their counts match.

        The server may have answered a few more: at the end of a run each user can have one request under way.
        """
        uncounted = self.served - self.counts.requests
        problems = []
        if not -0.5 < uncounted <= 2 * self.users:
            problems.append(f"the client counted {self.counts.requests} requests, the server {self.served}")
        if self.counts.failed:
            problems.append(f"the client counted {self.counts.failed} failures")
        if self.unwanted:
            problems.append(f"the server gave {self.unwanted} answers other than 200")
        return "; ".join(problems) or None

    @property
    def requests_per_s(self) -> float:
        """Credited requests over the time of the load."""
        return self.credited / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU a credited request, start-up included."""
        return self.cost.cpu_s / max(self.credited, 1) * 1e6

    @property
    def user_us(self) -> float:
        """The part of `cpu_us` outside the kernel."""
        return self.cost.user_s / max(self.credited, 1) * 1e6


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share. `patience_s` is how long a run waits for a quiet machine at most."""

    nginx: Nginx
    cores: Cores
    patience_s: float


def attempt(tool: Tool, job: Job, bench: Bench) -> Trial | None:
    """Run a client once, at a quiet moment if there is one; None when it has no words for the job.

    Raises `CommandFailed` and `Missing`; a report that cannot be read raises `ValueError` or `KeyError`.
    """
    command = tool.command(job)
    if command is None:
        return None
    nginx = bench.nginx
    cores_.await_quiet(bench.cores, patience_s=bench.patience_s)
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        served, unwanted = nginx.served(), nginx.unwanted()
        cost = measure.run(
            command.arguments,
            folder=Path(folder),
            environment=command.environment,
            cores=bench.cores,
            server_pids=[nginx.worker],
            limit_s=job.seconds + LIMIT_S,
            accepted=command.accepted,
        )
        served, unwanted = nginx.served() - served - 1, nginx.unwanted() - unwanted
        counts = Counts(0, 0) if job.once else tool.read(Path(folder))
        return Trial(counts, cost, served, unwanted, job.users, job.seconds)
