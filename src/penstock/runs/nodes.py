"""The machines of a cluster that a run was spread over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.metrics.health import GeneratorHealth

_AGENT = re.compile(r"^agent (\d+/\d+)\b")
_HERE = "this machine ran out of "


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

    def __str__(self) -> str:
        return self.name if self.name == self.address else f"{self.name} ({self.address})"


@dataclass(frozen=True, slots=True)
class Spread:
    """How a run lay over its nodes; its agents began within `start_skew_s` seconds of each other, at most.

    The skew holds the error of the measurement of the nodes' clocks; None where there was one agent.
    """

    nodes: tuple[Node, ...]
    start_skew_s: float | None = None

    def node_of(self, agent: str) -> Node | None:
        """Return where an agent ran."""
        return next((node for node in self.nodes if agent in node.agents), None)


def with_names(reasons: Iterable[str], health: GeneratorHealth, spread: Spread) -> tuple[str, ...]:
    """Return what speaks against the numbers with the nodes that it speaks of, where there are several machines."""
    return tuple(_with_names(reason, health, spread) for reason in reasons)


def _with_names(reason: str, health: GeneratorHealth, spread: Spread) -> str:
    if (found := _AGENT.match(reason)) is not None and (node := spread.node_of(found[1])) is not None:
        return f"{found[0]} on {node}{reason[found.end() :]}"
    if reason.startswith(_HERE):
        short = [one.source for one in health.agents if one.out_of_descriptors or one.out_of_ports]
        nodes = dict.fromkeys(str(node) for source in short if (node := spread.node_of(source)) is not None)
        return f"{', '.join(nodes) or 'a machine'} ran out of {reason.removeprefix(_HERE)}"
    return reason
