"""The process that speaks with Ray, one for each run: a run is a job of the cluster, and ends with it.

    runner → driver   {"type": "connect", "address": …}
    driver → runner   {"type": "connected", "free": …}
    runner → driver   {"type": "run", "plan": …, "workers": …, "wait_s": …}
    driver → runner   {"type": "begun"}, then agents' snapshots as they are, {"type": "stalls", "stalls": {…}}
    runner → driver   {"type": "stop", …}, "level", "pause", "resume"; before that {"type": "give-up"}: wait no longer
    driver → runner   {"type": "outcome", …}
    or, at any time before the load, {"type": "refused", "error": …, "message": …}

When its runner is gone, all ends at once. Ray prints, installs signal handlers, and ends the whole process when the
head of the cluster is lost: none of this may happen to the command or the server (docs/decisions/0029).

Started as `python -m penstock.runners.ray.driver FD TALK`: a stream socket to the runner, and where goes what tests
print.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import ray

from penstock.errors import PenstockError
from penstock.metrics.numbers import latency
from penstock.model import codec
from penstock.ports.runner import Outcome
from penstock.runners import streams
from penstock.runners.ray import clocks, cluster
from penstock.runners.ray.hosted import HostedAgent
from penstock.runners.running import AgentsRunning, prepare
from penstock.runners.shipping import folder_of, moved, pack
from penstock.runs.nodes import Node, Spread
from penstock.runs.plan import Plan
from penstock.runs.segment import segments

MOST_SKEW_S = 0.05
"""Agents that began further apart are told of: in the first seconds the load was not the one asked for."""

_LEAD_NS = 150_000_000
_LEAD_ERRORS = 20
"""The common start lies so many errors of the clocks ahead at least: a message takes as long as a few of them."""

_STALLS_S = 0.5

_LEAVE_S = 10.0
"""How long the end of all agents may take; what is left then goes with the job."""


class Driver:
    """One run of one runner."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, talk: int) -> None:
        self._reader = reader
        self._writer = writer
        self._talk = talk
        self._agents: list[HostedAgent] = []
        self._given_up = asyncio.Event()

    async def serve(self) -> None:
        """Serve a runner, to the end of its run or of itself."""
        hello = await streams.read_message(self._reader)
        if hello is None:
            return
        try:
            await asyncio.to_thread(cluster.connect, str(hello["address"]))
            await self._say({"type": "connected", "free": cluster.free_cores()})
            order = await streams.read_message(self._reader)
            if order is not None:
                await self._serve_run(order)
        except PenstockError as error:
            await self._say({"type": "refused", "error": type(error).__name__, "message": str(error)})

    async def _serve_run(self, order: dict[str, Any]) -> None:
        commands: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        run = asyncio.create_task(self._run(order, commands))
        listening = asyncio.create_task(self._listen(commands))
        try:
            await asyncio.wait([run, listening], return_when=asyncio.FIRST_COMPLETED)
            if not run.done():
                run.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await run
        finally:
            listening.cancel()
            if self._agents:
                await asyncio.wait([asyncio.create_task(agent.end()) for agent in self._agents], timeout=_LEAVE_S)

    async def _listen(self, commands: asyncio.Queue[dict[str, Any]]) -> None:
        """Take commands until the runner has closed its side."""
        while (message := await streams.read_message(self._reader)) is not None:
            if message["type"] == "give-up":
                self._given_up.set()
            else:
                commands.put_nowait(message)

    async def _run(self, order: dict[str, Any], commands: asyncio.Queue[dict[str, Any]]) -> None:
        plan: Plan = codec.decode_as(Plan, orjson.dumps(order["plan"]))
        running = await self._start(plan, order["workers"], order["wait_s"])
        await self._say({"type": "begun"})
        beside = [asyncio.create_task(_obey(running, commands)), asyncio.create_task(self._tell_stalls(running))]
        try:
            async for frame in running.snapshots():
                await streams.write(self._writer, frame)
            outcome = with_nodes(await running.outcome(), self._agents)
        finally:
            for task in beside:
                task.cancel()
        await self._say({"type": "outcome", "outcome": orjson.Fragment(codec.encode_as(Outcome, outcome))})

    async def _start(self, plan: Plan, workers: int, wait_s: float) -> AgentsRunning[bytes]:
        folder = folder_of(plan)
        packed = None if folder is None else await asyncio.to_thread(pack, folder)
        group = await cluster.reserve(workers, wait_s, self._given_up)
        hosts = cluster.hosts(group, workers)
        self._agents = agents = [
            HostedAgent(segment, place, host, self._print)
            for segment, (place, host) in zip(segments(workers), hosts, strict=True)
        ]
        await asyncio.gather(*(agent.verify() for agent in agents))
        stored = None if packed is None else ray.put(packed)
        plans = await asyncio.gather(*(_at_home(agent, plan, stored, folder) for agent in agents))
        prepared = await prepare(agents, plans)
        lead_ns = max(_LEAD_NS, _LEAD_ERRORS * max(agent.offset.error_ns for agent in agents))
        at_ns = time.monotonic_ns() + lead_ns
        await asyncio.gather(*(agent.send(prepared.start(agent.clock(at_ns))) for agent in agents))
        return AgentsRunning(agents, plan, prepared, _as_it_is, lead_ns=lead_ns, falls_together=True)

    async def _tell_stalls(self, running: AgentsRunning[bytes]) -> None:
        told: dict[str, str] = {}
        while True:
            await asyncio.sleep(_STALLS_S)
            if (stalls := running.stalls()) != told:
                told = stalls
                await self._say({"type": "stalls", "stalls": stalls})

    async def _print(self, content: bytes) -> None:
        await asyncio.to_thread(_write_all, self._talk, content)

    async def _say(self, message: dict[str, Any]) -> None:
        await streams.write_message(self._writer, message)


def with_nodes(outcome: Outcome, agents: list[HostedAgent]) -> Outcome:
    """Add to an outcome where the agents ran, how far apart they began, and what their machines say of the numbers."""
    by_node: dict[str, list[HostedAgent]] = {}
    for agent in agents:
        by_node.setdefault(agent.node.id, []).append(agent)
    nodes = tuple(
        Node(
            name=of_node[0].node.name,
            address=of_node[0].node.address,
            cores=of_node[0].facts["cores"],
            kernel=of_node[0].facts["kernel"],
            python=of_node[0].facts["python"],
            agents=tuple(str(agent.segment) for agent in of_node),
        )
        for of_node in by_node.values()
    )
    skew_s = clocks.skew_s((agent.offset, agent.late_ns) for agent in agents) if len(agents) > 1 else None
    said = dict.fromkeys(
        f"node {of_node[0].node}: {sentence}"
        for of_node in by_node.values()
        for sentence in max((agent.strain for agent in of_node), key=len)
    )
    warnings = [*outcome.warnings, *said]
    if skew_s is not None and skew_s > MOST_SKEW_S:
        warnings.append(
            f"the agents began up to {latency(skew_s)} apart: in its first seconds the load was not the one asked for; "
            "see whether a machine or the network between them is busy"
        )
    return replace(outcome, warnings=tuple(warnings), spread=Spread(nodes, skew_s))


async def _at_home(agent: HostedAgent, plan: Plan, packed: Any, folder: Path | None) -> Plan:
    """Let an agent begin on its node; return the plan as it is there."""
    addresses = await agent.own(plan.http.source_addresses)
    there = await agent.begin(packed, "" if folder is None else str(folder))
    return moved(plan, there, addresses)


def _as_it_is(frame: bytes, _message: dict[str, Any]) -> bytes:
    return frame


async def _obey(running: AgentsRunning[bytes], commands: asyncio.Queue[dict[str, Any]]) -> None:
    while True:
        match await commands.get():
            case {"type": "stop", "grace_s": grace_s}:
                await running.stop(grace_s)
            case {"type": "level", "population": population, "level": level}:
                await running.set_level(population, level)
            case {"type": "pause"}:
                await running.pause()
            case {"type": "resume"}:
                await running.resume()


def _write_all(to: int, content: bytes) -> None:
    with contextlib.suppress(OSError):  # nobody reads it any more
        while content:
            content = content[os.write(to, content) :]


async def _main(connection: socket.socket, talk: int) -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    await Driver(reader, writer, talk).serve()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def main() -> None:
    """Run as the driver process."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    asyncio.run(_main(connection, int(sys.argv[2])))
    ray.shutdown()


if __name__ == "__main__":
    main()
