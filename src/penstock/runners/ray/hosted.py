"""An agent on a node, as the course of a run sees it: what its host says, fetched in order and once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
import ray
from ray.exceptions import ActorUnavailableError, RayError, RayTaskError

from penstock.errors import EngineFailed
from penstock.runners.ray import clocks, words
from penstock.runners.ray.cluster import Place, places
from penstock.runners.stalls import Pulse
from penstock.runs.segment import Segment

LOST_S = 10.0
"""A host that has not answered for so long is lost, whatever Ray still hopes: it answers once a second at least."""

_START_S = 60.0
"""How long a node may take to start the actor and the agent: its Python loads Ray and Penstock first."""

_END_S = 20.0
_PLACE_S = 3.0
_AGAIN_S = 0.2
_QUESTIONS = 9

Talk = Callable[[bytes], Awaitable[None]]


class HostedAgent:
    """See `running.Agent`."""

    def __init__(self, segment: Segment, place: Place, host: Any, talk: Talk) -> None:
        self.segment = segment
        self.pulse = Pulse()
        self.node = place
        self.facts: dict[str, Any] = {}
        self.offset = clocks.Offset(0, 0)
        self.late_ns = 0
        self.strain: tuple[str, ...] = ()
        self._host = host
        self._talk = talk
        self._names = (b"", b"")
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._fetching: asyncio.Task[None] | None = None
        self._got = 0
        self._lost: str | None = None
        self._over: str | None = None

    @property
    def name(self) -> str:
        """As it is called in sentences."""
        return f"agent {self.segment} on {self.node}"

    @property
    def gone(self) -> bool:
        """Whether it has ended, as far as is known."""
        return self._lost is not None or self._over is not None

    def clock(self, at_ns: int) -> int:
        """Return what its node's monotonic clock shows at a monotonic time of ours."""
        return at_ns + self.offset.ahead_ns

    async def verify(self) -> None:
        """Wait for the actor. Raises `EngineFailed` for a node that cannot take part, or does not answer."""
        try:
            self.facts = await asyncio.wait_for(self._host.facts.remote(), _START_S)
        except TimeoutError:
            raise EngineFailed(f"node {self.node} did not start an agent within {_START_S:g} s") from None
        except Exception as error:
            if self.node.id not in await asyncio.to_thread(places):
                raise EngineFailed(f"node {self.node} was lost before the run began") from error
            raise words.without_penstock(str(self.node), error) from error
        if (wrong := words.misfit(str(self.node), self.facts)) is not None:
            raise wrong

    async def own(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Return those of the addresses that are its node's. Raises `EngineFailed` when none of them is."""
        found: tuple[str, ...] = await self._starting(self._host.own.remote(addresses))
        if addresses and not found:
            raise EngineFailed(
                f"none of the source addresses {', '.join(addresses)} is one of node {self.node}: "
                "give at least one of each machine (--source-address)"
            )
        return found

    async def begin(self, packed: Any, folder: str) -> str:
        """Start the agent beside the files of the test; return where they are on its node.

        `folder` is where they are here: what the agent says of them is said in those names.
        """
        begun = self._host.begin.remote(self.segment.index, self.segment.of, packed)
        there: str = await self._starting(begun)
        self._names = (orjson.dumps(there)[1:-1], orjson.dumps(folder)[1:-1]) if folder else (b"", b"")
        asked = []
        for _ in range(_QUESTIONS):
            sent = time.monotonic_ns()
            shown = await self._starting(self._host.clock.remote())
            asked.append((sent, shown, time.monotonic_ns()))
        self.offset = clocks.offset(asked)
        self._fetching = asyncio.create_task(self._fetch())
        return there

    async def _starting(self, answer: Awaitable[Any]) -> Any:
        try:
            return await asyncio.wait_for(answer, _START_S)
        except (RayError, TimeoutError) as error:
            raise EngineFailed(f"{self.name} could not be started: {await self._what(error)}") from error

    async def send(self, message: dict[str, Any]) -> None:
        """See `running.Agent`."""
        if self.gone:
            return
        try:
            shown = await asyncio.wait_for(self._host.send.remote(orjson.dumps(message)), LOST_S)
        except (RayError, TimeoutError):
            return  # whoever receives notices
        if message.get("type") == "start":
            self.late_ns = max(0, shown - message["at_ns"])

    async def receive(self) -> bytes | None:
        """See `running.Agent`."""
        return await self._frames.get()

    async def _fetch(self) -> None:
        """Fetch what its host has, over and over, whether anybody waits for it or not: hosts count on being asked."""
        heard_s = time.monotonic()
        while not self.gone:
            try:
                items = await asyncio.wait_for(self._host.fetch.remote(self._got), LOST_S)
            except ActorUnavailableError as error:  # a cut that may heal: what was not heard is still there
                if time.monotonic() - heard_s > LOST_S:
                    self._lost = await self._what(error)
                await asyncio.sleep(_AGAIN_S)
                continue
            except (RayError, TimeoutError) as error:
                self._lost = await self._what(error)
                break
            heard_s = time.monotonic()
            await self._take(items)
        self._frames.put_nowait(None)

    async def _take(self, items: Sequence[tuple[int, str, bytes]]) -> None:
        for number, kind, content in items:
            if number <= self._got:
                continue
            self._got = number
            there, here = self._names
            said = content.replace(there, here) if there else content
            if kind == "talk":
                await self._talk(said)
            else:
                self._frames.put_nowait(said if kind == "frame" else None)

    async def _what(self, error: Exception) -> str:
        """Say what has become of its host."""
        if isinstance(error, TimeoutError):
            return f"its node has not answered for {LOST_S:g} s"
        if isinstance(error, RayTaskError):
            return f"{type(error.cause).__name__}: {error.cause}"
        if self.node.id not in await asyncio.to_thread(places):
            return "its node is lost to the cluster"
        return "its actor has died"

    async def place(self) -> str:
        """See `running.Agent`."""
        try:
            found: str = await asyncio.wait_for(self._host.place.remote(), _PLACE_S)
        except (RayError, TimeoutError):
            return "its node"
        return found

    async def cut(self) -> None:
        """See `running.Agent`."""
        if not self.gone:
            try:
                await asyncio.wait_for(self._host.cut.remote(), LOST_S)
            except (RayError, TimeoutError) as error:
                self._lost = await self._what(error)

    async def end(self) -> str:
        """See `running.Agent`."""
        if self._over is not None:
            return self._over
        if self._fetching is not None:
            self._fetching.cancel()
        if self._lost is None:
            try:
                how, self.strain, rest = await asyncio.wait_for(self._host.end.remote(self._got), _END_S)
                await self._take(rest)
                self._over = how
            except (RayError, TimeoutError) as error:
                self._lost = await self._what(error)
        ray.kill(self._host)
        return self._over or str(self._lost)
