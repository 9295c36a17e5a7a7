"""What a user costs who thinks: many users, each with a connection open, against few of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benches.measure import CommandFailed
from benches.rounds import say
from benches.tools import Tool
from benches.tools.base import Missing
from benches.trial import Bench, attempt
from benches.works import IDLE, IDLE_TLS, Job

FEW = 10
SECONDS = {IDLE: 8, IDLE_TLS: 24}
"""Ten thousand handshakes take their time."""

EXPLANATION = (
    "Each user sends one request and then thinks, its connection open, until the end of the run. The largest sum of "
    f"resident memory of all processes with so many users, less that with {FEW}, over the users; sockets' memory in "
    "the kernel is not in it. Clients with a thread or an interpreter a user are given fewer."
)


def compare(tools: Sequence[Tool], bench: Bench) -> list[tuple[str, str]]:
    """Return a row for each client: its name, and what it took or why it could not be measured."""
    rows = []
    for tool in tools:
        for work in (IDLE, IDLE_TLS):
            if not tool.expresses(work) or (work is IDLE_TLS and not tool.name.startswith("Penstock")):
                continue
            name = f"{tool.name}{', TLS' if work is IDLE_TLS else ''}"
            users = 10_000 if tool.name.startswith("Penstock") else 1_000
            try:
                tool.version()
                job = Job(work, bench.nginx.origin(work.scheme), users, SECONDS[work])
                sums = []
                for count in (FEW, users):
                    trial = attempt(tool, replace(job, users=count), bench)
                    if trial is None or trial.served < count:
                        raise CommandFailed(f"only {trial.served if trial else 0} of {count} users sent their request")
                    sums.append(trial.cost.sum_bytes)
                cells = f"{users:,} | {sums[1] / 1e6:.0f} | {(sums[1] - sums[0]) / (users - FEW) / 1024:.1f}"
            except (Missing, CommandFailed, ValueError, KeyError) as failure:
                cells = f"not measured: {str(failure).replace('|', ' ')} | | "
            say(f"  {name}: {cells}")
            rows.append((name, cells))
    return rows


def render(rows: Sequence[tuple[str, str]]) -> str:
    """Return the table."""
    lines = ["| client | users | MB in all | KiB a user |", "|---|---:|---:|---:|"]
    return "\n".join([*lines, *(f"| {name} | {cells} |" for name, cells in rows)]) + "\n"
