"""The actor on a node that owns one agent: it starts it, relays what is said, and ends all that it left.

Nothing is pushed. The driver asks for what has come, saying what it has got; until it does, that is kept, and the agent
waits as for a slow reader. A host that is not asked any more has lost its driver, and takes its agent with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from penstock import __version__
from penstock.runners.agents import start
from penstock.runners.connection import AgentConnection
from penstock.runners.cores import available_cores
from penstock.runners.shipping import Unpacked
from penstock.runners.strain import Strain
from penstock.runs.segment import Segment

FENCE_S = 15.0
"""A host that nobody has asked for so long ends its agent, and itself: load that nobody watches must not go on."""

_BEGIN_S = 180.0
"""The same before anything is fetched: other nodes may take longer to start."""

_POLL_S = 1.0
"""How long a question waits for something to say."""

_MOST_WAITING_BYTES = 32 * 1024 * 1024
_PIECE = 64 * 1024
_LAST_TALK_S = 0.5


class Item(NamedTuple):
    """Something an agent said: a `frame`, a piece of `talk` (what the test prints), or that no frame comes any more."""

    number: int
    kind: str
    content: bytes


class Outbox:
    """What waits to be fetched, in order; each item is there until whoever fetches says that it has it."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._number = 0
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, kind: str, content: bytes = b"") -> None:
        """Add an item, when there is room for it."""
        await self._room.wait()
        self._number += 1
        self._items.append(Item(self._number, kind, content))
        self._bytes += len(content)
        self._note()

    async def fetch(self, after: int, within_s: float) -> list[Item]:
        """Return what came after item `after`, which is forgotten with those before; wait for something if need be."""
        while self._items and self._items[0].number <= after:
            self._bytes -= len(self._items.popleft().content)
        self._note()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._some.wait()
        return list(self._items)

    def _note(self) -> None:
        (self._some.set if self._items else self._some.clear)()
        (self._room.set if self._bytes < _MOST_WAITING_BYTES else self._room.clear)()


class AgentHost:
    """Made by the driver with one reserved core. Its methods are called from there, one after the other."""

    def __init__(self) -> None:
        self._patient_until_s = time.monotonic() + _BEGIN_S
        self._outbox: Outbox | None = None
        self._agent: AgentConnection | None = None
        self._files: Unpacked | None = None
        self._strain = Strain()
        self._relaying: asyncio.Task[None] | None = None
        self._fencing: asyncio.Task[None] | None = None
        self._talking: asyncio.Task[None] | None = None

    async def facts(self) -> dict[str, Any]:
        """Return what this machine is, and what Penstock and Python are here."""
        self._fencing = asyncio.create_task(self._fence())
        return {
            "version": __version__,
            "python": platform.python_version(),
            "name": platform.node(),
            "cores": available_cores(),
            "kernel": platform.release(),
        }

    async def clock(self) -> int:
        """Return this machine's monotonic clock, in nanoseconds."""
        return time.monotonic_ns()

    async def own(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Return those of the addresses that connections can come from here."""
        return tuple(address for address in addresses if _is_own(address))

    async def begin(self, index: int, of: int, packed: bytes | None) -> str:
        """Start the agent beside the files of the test; return the folder that these are in."""
        self._outbox = Outbox()
        self._files = await asyncio.to_thread(Unpacked, packed)
        ours, theirs = os.pipe()
        try:
            process = start(theirs, str(self._files.path))
        finally:
            os.close(theirs)
        self._agent = AgentConnection(Segment(index, of), process)
        await self._agent.connect()
        self._talking = asyncio.create_task(self._relay_talk(ours))
        self._relaying = asyncio.create_task(self._relay())
        return str(self._files.path)

    async def send(self, message: bytes) -> int:
        """Write a message to the agent; return this machine's clock when that was done."""
        assert self._agent is not None  # noqa: S101 — begin comes first
        await self._agent.write(message)
        return time.monotonic_ns()

    async def fetch(self, after: int) -> list[Item]:
        """Return what the agent said after item `after`; nothing when it says nothing for a second."""
        assert self._outbox is not None  # noqa: S101 — begin comes first
        self._patient_until_s = time.monotonic() + FENCE_S
        return await self._outbox.fetch(after, _POLL_S)

    async def place(self) -> str:
        """Return where the agent's code stands."""
        assert self._agent is not None  # noqa: S101 — begin comes first
        return await self._agent.place()

    async def cut(self) -> None:
        """End the agent by force."""
        assert self._agent is not None  # noqa: S101 — begin comes first
        await self._agent.cut()

    async def end(self, after: int) -> tuple[str, tuple[str, ...], list[Item]]:
        """End the agent and what it left.

        Returns how it ended, what speaks against the numbers of this machine, and what came after item `after`.
        """
        if self._relaying is not None:
            self._relaying.cancel()
        how = "it never began"
        if self._agent is not None:
            how = await self._agent.end()
        if self._talking is not None:
            await asyncio.wait([self._talking], timeout=_LAST_TALK_S)
            self._talking.cancel()
        if self._files is not None:
            await asyncio.to_thread(self._files.remove)
            self._files = None
        rest = [] if self._outbox is None else await self._outbox.fetch(after, 0.0)
        return how, self._strain.sentences(), rest

    async def _relay(self) -> None:
        assert self._agent is not None  # noqa: S101 — of begin
        assert self._outbox is not None  # noqa: S101 — of begin
        while (frame := await self._agent.receive()) is not None:
            await self._outbox.put("frame", frame)
        await self._outbox.put("end")

    async def _relay_talk(self, pipe: int) -> None:
        assert self._outbox is not None  # noqa: S101 — of begin
        reader = asyncio.StreamReader(_PIECE)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
        )
        try:
            while piece := await reader.read(_PIECE):
                await self._outbox.put("talk", piece)
        finally:
            transport.close()

    async def _fence(self) -> None:
        while time.monotonic() < self._patient_until_s:
            await asyncio.sleep(1.0)
        if self._agent is not None:
            await self._agent.cut()
        await self.end(0)
        os._exit(1)


def _is_own(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.bind((address, 0))
    except OSError:
        return False
    return True
