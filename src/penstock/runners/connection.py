"""An agent as its runner sees it: the process, the socket to it, and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import orjson

from penstock.runners import streams
from penstock.runners.agents import AgentProcess
from penstock.runners.leftovers import end_group, end_marked
from penstock.runners.stalls import Pulse, place_of
from penstock.runs.segment import Segment

_END_S = 5.0
"""How long an agent may take to leave after it has been told to, or has said its last word."""

_LOOK_S = 0.5


class AgentConnection:
    """One child process and the socket to it, as an event loop reads and writes it."""

    def __init__(self, segment: Segment, agent: AgentProcess) -> None:
        self.segment = segment
        self.process = agent.process
        self.pulse = Pulse()
        self._stack: int | None = agent.stack
        self._mark = agent.mark
        self._socket = agent.connection
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._seeing_off: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """As it is called in sentences."""
        return f"agent {self.segment}"

    @property
    def gone(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def clock(self, at_ns: int) -> int:
        """Return what its clock shows at a monotonic time of ours: it is the same clock."""
        return at_ns

    async def cut(self) -> None:
        """End the process by force."""
        self.process.kill()

    async def connect(self) -> None:
        """Hand the socket to the event loop."""
        self._reader, self._writer = await asyncio.open_connection(sock=self._socket)
        self._seeing_off = asyncio.create_task(self._see_off(self._writer.transport))

    async def send(self, message: dict[str, Any]) -> None:
        """Write one message."""
        await self.write(orjson.dumps(message))

    async def write(self, content: bytes) -> None:
        """Write one message that is bytes already."""
        assert self._writer is not None  # noqa: S101 — connect comes first
        await streams.write(self._writer, content)

    async def receive(self) -> bytes | None:
        """Return the next frame; None when the agent has closed its side, or is gone."""
        assert self._reader is not None  # noqa: S101 — connect comes first
        return await streams.read(self._reader)

    async def place(self) -> str:
        """Return where its code stands."""
        return "the end of its process" if self._stack is None else await place_of(self.process, self._stack)

    async def end(self) -> str:
        """Close the connection, wait for the process (by force if it must be) and end what it has left behind.

        Returns how it ended: its exit code, or the signal.
        """
        if self._seeing_off is not None:
            self._seeing_off.cancel()
        if self._writer is None:
            self._socket.close()
        else:
            self._writer.close()
        deadline = time.monotonic() + _END_S
        while self.process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        if self.process.poll() is None:
            self.process.kill()
        code = self.process.wait()
        await self._end_leftovers()
        if self._stack is not None:
            os.close(self._stack)
            self._stack = None
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    async def _end_leftovers(self) -> None:
        await end_group(self.process.pid)
        await end_marked(self._mark)

    async def _see_off(self, transport: asyncio.WriteTransport) -> None:
        """When the process is gone, wait no longer for what it has forked, which may hold the socket open for ever."""
        while self.process.poll() is None:
            await asyncio.sleep(_LOOK_S)
        await self._end_leftovers()
        await asyncio.sleep(_LOOK_S)  # its last words may still be read
        transport.abort()
