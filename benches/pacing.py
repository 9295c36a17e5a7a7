"""How well does a client hold a rate of starts, and what does holding it cost?

The server judges: it has the kernel's stamp of each request, and lays an even grid of the rate through them. What a
client says of its own lateness stands beside it.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benches.judged import run
from benches.measure import CommandFailed
from benches.rounds import say
from benches.tools import Tool
from benches.tools.base import Missing
from benches.trial import Bench
from benches.works import OPEN, TIMER, Work

RATE = 5_000
USERS = 200

EXPLANATION = (
    f"{RATE:,} starts a second, evenly, for at most {USERS} users. *At the server*: how much later than an even grid "
    "the requests came, by the kernel's stamps. *Own*: what the client says of its starts. The quietest run and, in "
    "brackets, the median of all; a run is disturbed by whatever else the core does. Gatling and JMeter make a user of "
    "each start and know no most; Gatling's share connections. "
    "*Core busy* holds start-up and the end; *at work* is the share of a core between them. `timer alone` starts "
    "iterations that do nothing, for twenty seconds."
)

_TIMER_S = 20
"""What the timer costs is a few hundredths of a core: it takes a while to tell."""


@dataclass(slots=True)
class Paced:
    """What one client did, run by run, in seconds and as a share of a core."""

    name: str
    at_server_p50_s: list[float] = field(default_factory=list)
    at_server_p99_s: list[float] = field(default_factory=list)
    own_p99_s: list[float] = field(default_factory=list)
    busy_share: list[float] = field(default_factory=list)
    steady_share: list[float] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    missing: str | None = None


def compare(tools: Sequence[Tool], bench: Bench, *, rounds: int, seconds: int) -> list[Paced]:
    """Let every client that can hold a rate do so, in alternating rounds."""
    entrants = [
        (tool, work, Paced(f"{tool.name}{', timer alone' if work is TIMER else ''}"))
        for work in (TIMER, OPEN)
        for tool in tools
        if tool.expresses(work)
    ]
    for _ in range(rounds):
        for tool, work, paced in entrants:
            if paced.missing is None:
                _run(tool, work, paced, bench, seconds)
    return [paced for *_, paced in entrants]


def _run(tool: Tool, work: Work, paced: Paced, bench: Bench, seconds: int) -> None:
    seconds = max(seconds, _TIMER_S) if work is TIMER else seconds
    try:
        judged = run(tool, work, bench, ("0", str(RATE)), users=USERS, seconds=seconds, rate=RATE)
        counts, truth = judged.counts, judged.truth
    except Missing as missing:
        paced.missing = str(missing)
        return
    except (CommandFailed, ValueError, KeyError) as failure:
        paced.missing = f"{type(failure).__name__}: {failure}"
        say(f"  {paced.name}: {paced.missing}")
        return
    if work is OPEN:
        if "late_p99_s" not in truth:
            paced.missing = "too few requests reached the server"
            return
        paced.at_server_p50_s.append(truth["late_p50_s"])
        paced.at_server_p99_s.append(truth["late_p99_s"])
        paced.reached.append(truth["answered"] / (RATE * seconds))
    if counts.late_p99_s is not None:
        paced.own_p99_s.append(counts.late_p99_s)
    paced.busy_share.append(judged.cost.cpu_s / judged.cost.wall_s)
    if judged.cost.steady_share is not None:
        paced.steady_share.append(judged.cost.steady_share)
    say(f"  {paced.name}: own p99 {counts.late_p99_s}, at the server {truth.get('late_p99_s')}")


def render(all_paced: Sequence[Paced]) -> str:
    """Return the table."""
    lines = [
        "| client | starts made | at the server p50 ms | at the server p99 ms | own p99 ms | core busy | at work |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for paced in all_paced:
        if paced.missing is not None:
            lines.append(f"| {paced.name} | not measured: {paced.missing.replace('|', ' ')} | | | | | |")
            continue
        reached = f"{statistics.median(paced.reached):.1%}" if paced.reached else "–"
        cells = map(_quietest, (paced.at_server_p50_s, paced.at_server_p99_s, paced.own_p99_s))
        busy = f"{statistics.median(paced.busy_share):.0%}"
        at_work = f"{statistics.median(paced.steady_share):.1%}" if paced.steady_share else "–"
        lines.append(f"| {paced.name} | {reached} | {' | '.join(cells)} | {busy} | {at_work} |")
    return "\n".join(lines) + "\n"


def _quietest(values_s: Sequence[float]) -> str:
    return f"{min(values_s) * 1e3:.3f} ({statistics.median(values_s) * 1e3:.3f})" if values_s else "–"
