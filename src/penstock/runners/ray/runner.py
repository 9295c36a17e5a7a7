"""Our side of a run on a Ray cluster: a driver process, and the socket to it. Ray itself is not loaded here."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from typing import IO, TYPE_CHECKING

import orjson

from penstock.engine import frames
from penstock.errors import EngineFailed, InvalidInput
from penstock.model import codec
from penstock.ports.runner import Outcome
from penstock.runners import heap, streams
from penstock.runners.ray import words
from penstock.runners.running import refused
from penstock.runs.plan import Plan

if TYPE_CHECKING:
    from penstock.metrics.snapshot import Snapshot

_CONNECT_S = 45.0
"""How long the cluster may take to let us in; Ray itself gives up before."""

_LEAVE_S = 15.0
"""How long the driver may take to leave after its last word."""

_LOOK_S = 0.1
_SNAPSHOTS_A_TRIM = 8
_MOST_LAST_WORDS = 2000


def verify_installed() -> None:
    """Raise `InvalidInput` where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise InvalidInput(f"a Ray cluster needs the extra `ray`: {words.INSTALL}")


class _Driver:
    """The driver process, connected to the cluster."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        self._noise: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 — what Ray prints, read if it ends badly
        talk = os.dup(2)
        try:
            self.process = subprocess.Popen(  # noqa: S603 — our own module, by the interpreter that runs us
                [sys.executable, "-P", "-m", "penstock.runners.ray.driver", str(theirs.fileno()), str(talk)],
                pass_fds=[theirs.fileno(), talk],
                stdin=subprocess.DEVNULL,
                stdout=self._noise,
                stderr=self._noise,
                start_new_session=True,  # Ctrl-C in the terminal reaches the runner alone
            )
        except OSError as error:
            self.connection.close()
            raise EngineFailed(f"the driver of Ray could not be started: {error.strerror or error}") from error
        finally:
            theirs.close()
            os.close(talk)
        self.free = 0

    def connect(self, address: str) -> None:
        """Wait until it has joined the cluster. Raises what kept it from that."""
        self.connection.settimeout(_CONNECT_S)
        try:
            frames.send(self.connection, {"type": "connect", "address": address})
            told = frames.receive(self.connection)
        except TimeoutError:
            self.process.kill()
            raise EngineFailed(f"the Ray cluster at {address} has not answered for {_CONNECT_S:g} s") from None
        except ConnectionError:
            told = None
        if told is None:
            raise EngineFailed(f"the driver of Ray ended before it had joined the cluster: {self.last_words()}")
        if told["type"] == "refused":
            raise refused(told)
        self.free = told["free"]
        self.connection.settimeout(None)

    def last_words(self) -> str:
        """Return how it ended, and the end of what it printed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_LEAVE_S)
        code = self.process.poll()
        how = "it still runs" if code is None else f"signal {-code}" if code < 0 else f"exit code {code}"
        self._noise.seek(max(0, self._noise.seek(0, os.SEEK_END) - _MOST_LAST_WORDS))
        lines = self._noise.read().decode(errors="replace").split("\n")
        return f"{how}{': ' if lines[-2:-1] else ''}{' '.join(lines[-2:]).strip()}"

    async def leave(self) -> None:
        """Wait until it has left, by force if it must be."""
        self.connection.close()
        for _ in range(int(_LEAVE_S / _LOOK_S)):
            if self.process.poll() is not None:
                break
            await asyncio.sleep(_LOOK_S)
        else:
            self.process.kill()
        await asyncio.to_thread(self.process.wait)
        self._noise.close()


class RayRunning:
    """A run under way on the machines of a cluster."""

    def __init__(self, driver: _Driver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._driver = driver
        self._reader = reader
        self._writer = writer
        self._stalls: dict[str, str] = {}
        self._queue: asyncio.Queue[Snapshot | None] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())

    async def snapshots(self) -> AsyncIterator[Snapshot]:
        """See `ports.runner.Running`."""
        while (snapshot := await self._queue.get()) is not None:
            yield snapshot
        self._queue.put_nowait(None)  # asked again, it ends again

    async def stop(self, grace_s: float) -> None:
        """See `ports.runner.Running`."""
        await streams.write_message(self._writer, {"type": "stop", "grace_s": grace_s})

    async def set_level(self, population: int, level: float) -> None:
        """See `ports.runner.Running`."""
        await streams.write_message(self._writer, {"type": "level", "population": population, "level": level})

    async def pause(self) -> None:
        """See `ports.runner.Running`."""
        await streams.write_message(self._writer, {"type": "pause"})

    async def resume(self) -> None:
        """See `ports.runner.Running`."""
        await streams.write_message(self._writer, {"type": "resume"})

    def stalls(self) -> dict[str, str]:
        """See `ports.runner.Running`."""
        return self._stalls

    async def outcome(self) -> Outcome:
        """See `ports.runner.Running`."""
        return await self._listening

    async def _listen(self) -> Outcome:
        from penstock.metrics.snapshot import Snapshot  # not needed before the load has begun

        outcome: Outcome | None = None
        try:
            count, last = 0, -1
            while (message := await streams.read_message(self._reader)) is not None:
                match message["type"]:
                    case "snapshot":
                        self._queue.put_nowait(Snapshot.read(message))
                        count, last = count + 1, max(last, message["second"])
                        if count % _SNAPSHOTS_A_TRIM == 0:
                            heap.give_back()
                    case "stalls":
                        self._stalls = message["stalls"]
                    case "outcome":
                        outcome = codec.decode_as(Outcome, orjson.dumps(message["outcome"]))
                    case "refused":
                        outcome = Outcome("failed", message["message"])
                del message  # a megabyte or more: not kept while the next one is awaited
            if outcome is None:
                words_of_it = await asyncio.to_thread(self._driver.last_words)
                why = f"the driver of Ray ended before the run did ({words_of_it})"
                outcome = Outcome(
                    "failed", why, (f"what the agents measured after second {last} of the run is missing",)
                )
        finally:
            self._writer.close()
            await self._driver.leave()
            self._queue.put_nowait(None)
        return outcome


class RayRunner:
    """Runs plans on the machines of a Ray cluster, one actor with a core for each agent.

    `address` is that of the cluster (`10.0.0.5:6379`), or `auto` for the one that this machine belongs to. `wait_s` is
    how long to wait for cores that are not there yet. Raises `InvalidInput` where Ray is not installed, or the address
    is none.
    """

    def __init__(self, address: str = "auto", wait_s: float = 0.0) -> None:
        words.verify_address(address)
        verify_installed()
        self._address = address
        self._wait_s = wait_s
        self._early: _Driver | None = None

    def free_cores(self) -> int:
        """Join the cluster, and return how many of its cores nobody has reserved: so many agents fit.

        Raises `EngineFailed` for a cluster that cannot be reached. What was joined is used by the next run.
        """
        self._early = self._connected()
        return self._early.free

    def _connected(self) -> _Driver:
        driver = _Driver()
        try:
            driver.connect(self._address)
        except BaseException:
            driver.connection.close()
            raise
        return driver

    async def start(self, plan: Plan, workers: int, stop: asyncio.Event | None = None) -> RayRunning:
        """See `ports.runner.Runner`."""
        driver, self._early = self._early, None
        if driver is None:
            driver = await asyncio.to_thread(self._connected)
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await asyncio.open_connection(sock=driver.connection)
            order = {"type": "run", "workers": workers, "wait_s": self._wait_s}
            await streams.write_message(writer, {**order, "plan": orjson.Fragment(codec.encode_as(Plan, plan))})
            giving_up = asyncio.create_task(_give_up(stop, writer))
            try:
                told = await streams.read_message(reader)
            finally:
                giving_up.cancel()
            if told is None:
                words_of_it = await asyncio.to_thread(driver.last_words)
                raise EngineFailed(f"the driver of Ray ended before the run began ({words_of_it})")
            if told["type"] == "refused":
                raise refused(told)
        except BaseException:
            if writer is not None:
                writer.close()
            await driver.leave()
            raise
        return RayRunning(driver, reader, writer)


async def _give_up(stop: asyncio.Event | None, writer: asyncio.StreamWriter) -> None:
    if stop is not None:
        await stop.wait()
        await streams.write_message(writer, {"type": "give-up"})
