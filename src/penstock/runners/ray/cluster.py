"""A Ray cluster: joining it as a driver, and getting one core for each agent, all of them or none."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.util.placement_group import PlacementGroup, placement_group, placement_group_table
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from penstock.errors import NotBegun
from penstock.runners.ray import words
from penstock.runners.ray.host import AgentHost

_AT_ONCE_S = 3.0
"""How long cores may take to be seen as free that another run has just left."""

_PLACING_S = 10.0
"""How long Ray may take to reserve cores that are free."""

_LOOK_S = 0.25
_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """A node as Ray knows it."""

    id: str
    name: str
    address: str

    def __str__(self) -> str:
        return self.name if self.name == self.address else f"{self.name} ({self.address})"


def connect(address: str) -> None:
    """Join a cluster as a driver. Raises what `words.no_cluster` says."""
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise words.no_cluster(address, error) from error


def free_cores() -> int:
    """Return how many cores of the cluster nobody has reserved."""
    return int(ray.available_resources().get("CPU", 0.0))  # type: ignore[no-untyped-call]  # of Ray


def _cores() -> int:
    return int(ray.cluster_resources().get("CPU", 0.0))  # type: ignore[no-untyped-call]  # of Ray


def places() -> dict[str, Place]:
    """Return the nodes that are alive, by id."""
    return {
        node["NodeID"]: Place(node["NodeID"], str(node["NodeName"]), str(node["NodeManagerAddress"]))
        for node in ray.nodes()  # type: ignore[no-untyped-call]  # of Ray
        if node["Alive"]
    }


async def reserve(agents: int, wait_s: float, given_up: asyncio.Event) -> PlacementGroup:
    """Reserve a core for each agent, on as many nodes as there are.

    Raises what `words.too_few` says when they are not there in time, and `NotBegun` once it is `given_up`.
    """
    deadline = time.monotonic() + _AT_ONCE_S
    while not wait_s and (free := free_cores()) < agents:
        if _cores() < agents or time.monotonic() > deadline:
            raise words.too_few(agents, free, len(places()), wait_s)
        await asyncio.sleep(_LOOK_S)
    group: PlacementGroup = placement_group([{"CPU": 1}] * agents, strategy="SPREAD")
    deadline = time.monotonic() + max(wait_s, _PLACING_S)
    while not await asyncio.to_thread(group.wait, _WAIT_S):
        if given_up.is_set():
            raise NotBegun("the run was stopped while it waited for cores of the Ray cluster")
        if time.monotonic() > deadline:
            raise words.too_few(agents, free_cores(), len(places()), wait_s)
    return group


def hosts(group: PlacementGroup, agents: int) -> Sequence[tuple[Place, Any]]:
    """Start an actor on each reserved core; return each with its node."""
    known, where = places(), placement_group_table(group)["bundles_to_node_id"]
    made = ray.remote(AgentHost)
    return [
        (
            known.get(where[index], Place(where[index], where[index], where[index])),
            made.options(
                num_cpus=1,
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=index),
            ).remote(),
        )
        for index in range(agents)
    ]
