"""The machines of a cluster that a run was spread over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One machine, and the agents that ran there by their segments (`0/4`).

    `address` is the one that the others of the cluster know it by; `kernel` and `python` are versions as the system
    writes them.
    """

    name: str
    address: str
    cores: int
    kernel: str
    python: str
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How a run lay over its nodes; its agents began within `start_skew_s` seconds of each other, at most.

    The skew holds the error of the measurement of the nodes' clocks; None where there was one agent.
    """

    nodes: tuple[Node, ...]
    start_skew_s: float | None = None
