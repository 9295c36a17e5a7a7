"""How the generator itself fared."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.metrics.latency import Latency
from penstock.metrics.measures import Agent
from penstock.metrics.snapshot import Snapshot


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
    out_of_descriptors: int = 0
    out_of_ports: int = 0


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


def health_of(total: Snapshot) -> GeneratorHealth:
    """Return the state of the generator over all that was measured; the worst slow steps come first."""
    agents = tuple(_agent_of(source, agent) for source, agent in sorted(total.agents.items()))
    slow_steps = [SlowStep(where, count, longest_s) for where, (count, longest_s) in total.lags.slow_steps.items()]
    return GeneratorHealth(
        agents=agents,
        cpu_share=max((agent.cpu_share for agent in agents), default=0.0),
        start_lateness=Latency.of(total.lags.start_lateness),
        client_lag=Latency.of(total.lags.client_lag),
        loop_lag=Latency.of(total.lags.loop_lag),
        slow_steps=tuple(sorted(slow_steps, key=lambda step: (-step.longest_s, step.where))),
    )


def _agent_of(source: str, agent: Agent) -> AgentHealth:
    wall_us = agent.wall_us or 1  # an agent that measured no time used none
    return AgentHealth(
        source=source,
        wall_s=agent.wall_us / 1e6,
        cpu_share=agent.cpu_us / wall_us if agent.wall_us else 0.0,
        busy_share=agent.busy_us / wall_us,
        rss_bytes=agent.rss_bytes,
        open_connections=agent.open_connections,
        reconnects=agent.reconnects,
        peak_users=agent.peak_users,
        out_of_descriptors=agent.out_of_descriptors,
        out_of_ports=agent.out_of_ports,
    )
