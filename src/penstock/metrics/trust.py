"""When the generator's own numbers say that the measurement may say more about the generator than about the system.

Every limit is here, with its reason. A limit is no failure of the run: reports show the sentences, people decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from penstock.metrics.health import AgentHealth, GeneratorHealth
from penstock.metrics.measures import BUSY_SHARE
from penstock.metrics.numbers import latency, share, things
from penstock.metrics.rows import ErrorRow, Row

MOST_BUSY_SHARE = 0.1
"""Share of an agent's time above 90 % of a core: then it may not have sent what it should have."""

MOST_CLIENT_LAG_SHARE = 0.1
MOST_CLIENT_LAG_S = 0.001
"""Client lag (p99) as a share of the response latency (p50), and absolutely: answers lay unread, so users were slower
than they should be. Below a millisecond a share says nothing, a fast server's latency being as short."""

MOST_START_LATENESS_S = 0.010
"""Start lateness (p99): users and iterations came later than the load says."""

MOST_LOOP_LAG_S = 0.010
"""Loop lag (p99): everything the agent did was late."""

MOST_STALLED_SHARE = 0.01
"""Share of the time in which single steps of user code held up all users of an agent."""

SLOW_STEP_S = 0.05
"""A step is slow from here on (the engine's own limit)."""

OVERFLOW = "(other)"
"""The series that counts what is over the limit of names."""

_EXHAUSTED = {
    "open file descriptors": re.compile(r"out of file descriptors|too many open files", re.IGNORECASE),
    "local ports": re.compile(r"out of local ports|cannot assign requested address", re.IGNORECASE),
    "memory for sockets": re.compile(r"no buffer space|cannot allocate memory", re.IGNORECASE),
}
_MORE_OF = {
    "open file descriptors": "raise the limit (ulimit -n), or use fewer users or more agents (--agents)",
    "local ports": "let users keep their connections, or give more source addresses",
    "memory for sockets": "use fewer connections, or raise the limits of the kernel (net.ipv4.tcp_mem)",
}
_EXHAUSTED_KINDS = ("exhausted", "connect", "dns", "tls")


def reasons_for_distrust(
    health: GeneratorHealth, total: Row, requests: Iterable[Row], interrupted: int, dropped: int = 0
) -> tuple[str, ...]:
    """Return a sentence for each limit that was passed; none means that nothing speaks against the numbers."""
    reasons = [
        *_busy(health.agents),
        *_late(health, total),
        *_stalled(health),
        *_silent(health.agents),
        *_exhausted(total.errors),
    ]
    if interrupted:
        reasons.append(
            f"{things(interrupted, 'iteration was', 'iterations were')} interrupted before the end: "
            "what they were waiting for is not in the latencies"
        )
    if dropped:
        reasons.append(
            f"{things(dropped, 'start was', 'starts were')} dropped: no user was free in time, so the load was "
            "less than the one asked for; allow more users (--max-users, or --users with a rate of requests)"
        )
    if any(row.name == OVERFLOW for row in requests):
        reasons.append(
            f"there are more request names than are kept apart: the rest is counted under {OVERFLOW}; "
            "give requests whose URL varies a constant name"
        )
    return tuple(reasons)


def _busy(agents: Iterable[AgentHealth]) -> list[str]:
    return [
        f"agent {agent.source} used over {share(BUSY_SHARE)} of its core for {share(agent.busy_share)} of the time: "
        "it may have sent less than it should have; use more agents (--agents)"
        for agent in agents
        if agent.busy_share > MOST_BUSY_SHARE
    ]


def _late(health: GeneratorHealth, total: Row) -> list[str]:
    reasons: list[str] = []
    lag_s, response_s = health.client_lag.p99_s, total.response.p50_s
    if lag_s > MOST_CLIENT_LAG_S and lag_s > MOST_CLIENT_LAG_SHARE * response_s:
        reasons.append(
            f"responses lay unread for up to {latency(lag_s)} (p99), with a median response latency of "
            f"{latency(response_s)}: users went on later than they should have; use more agents (--agents), or a "
            "machine that does less beside"
        )
    if health.start_lateness.p99_s > MOST_START_LATENESS_S:
        reasons.append(
            f"users and iterations were started up to {latency(health.start_lateness.p99_s)} late (p99): "
            "the load was not the one asked for; use more agents (--agents), or look at the slow lines of the test"
        )
    if health.loop_lag.p99_s > MOST_LOOP_LAG_S:
        reasons.append(
            f"the generator's own loop was up to {latency(health.loop_lag.p99_s)} late (p99), and all it measured with "
            "it; use more agents (--agents), or a machine that does less beside"
        )
    return reasons


def _stalled(health: GeneratorHealth) -> list[str]:
    """Judge slow steps by the time they took at least: a step is slow from 50 ms on, and one took the longest."""
    wall_s = sum(agent.wall_s for agent in health.agents)
    least_s = sum((step.count - 1) * SLOW_STEP_S + step.longest_s for step in health.slow_steps)
    if not wall_s or least_s <= MOST_STALLED_SHARE * wall_s:
        return []
    worst = health.slow_steps[0]
    often = things(worst.count, "time")
    how_long = f"{often} over {latency(SLOW_STEP_S)}, {latency(worst.longest_s)} the longest"
    advice = "do that work before the load, or in fewer users an agent (--agents)"
    return [f"code of the test held up all users of its agent, at worst {worst.where}: {how_long}; {advice}"]


def _silent(agents: Iterable[AgentHealth]) -> list[str]:
    """Find agents that never said a word: a source `0/2` says that there are two.

    One that ends early is no reason: its users may have done all their iterations.
    """
    known = {agent.source for agent in agents}
    of = {source.partition("/")[2] for source in known}
    if len(of) != 1 or not (size := of.pop()).isdecimal():
        return []
    missing = [f"{index}/{size}" for index in range(int(size)) if f"{index}/{size}" not in known]
    return [f"agent {source} never reported anything" for source in missing]


def _exhausted(errors: Iterable[ErrorRow]) -> list[str]:
    counts = dict.fromkeys(_EXHAUSTED, 0)
    for error in errors:
        if error.kind in _EXHAUSTED_KINDS:
            for what, pattern in _EXHAUSTED.items():
                if pattern.search(error.message):
                    counts[what] += error.count
                    break
    return [
        f"this machine ran out of {what}: {things(count, 'request')} failed here, not at the server; {_MORE_OF[what]}"
        for what, count in counts.items()
        if count
    ]
