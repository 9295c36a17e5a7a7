"""The parent's side of a worker: starting it, exchanging frames with it in bounded time, ending it."""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import sys
import time
import weakref
from dataclasses import asdict
from pathlib import Path

from penstock.errors import NotRunnable
from penstock.program.javascript.limits import Limits
from penstock.program.javascript.worker import READY

_LENGTH = struct.Struct("<I")
_START_S = 30.0
_PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TZ")  # what starting Python and dates depend on


class WorkerLost(Exception):
    """The worker has ended, or says what no worker says. The sandbox turns it into a failure of the script."""


class WorkerOverdue(Exception):
    """The worker has not answered in time. The sandbox turns it into a failure of the script."""


class WorkerProcess:
    """A running worker. Exactly one thread may use it.

    It ends when it is closed or collected, and by itself when this process ends.
    """

    def __init__(self, limits: Limits) -> None:
        # Not inheriting the environment keeps its secrets out of a process that runs other people's code.
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        command = [sys.executable, "-P", "-s", str(Path(__file__).with_name("worker.py")), json.dumps(asdict(limits))]
        try:
            process = subprocess.Popen(  # noqa: S603 — our own interpreter and our own file
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, bufsize=0
            )
        except OSError as error:
            raise NotRunnable(f"scripts cannot be run: their process does not start ({error})") from error
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 — asked for above
        self._stop = weakref.finalize(self, _end, process)
        self.pid = process.pid
        self._writing = process.stdin.fileno()
        self._reading = process.stdout.fileno()
        self._most_bytes = 8 * limits.memory_bytes  # of a frame; a text of the script's may take 6 bytes a character
        os.set_blocking(self._writing, False)
        self._readable = select.poll()
        self._readable.register(self._reading, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(self._writing, select.POLLOUT)
        self._ready = False

    @property
    def alive(self) -> bool:
        """Whether it has not been closed."""
        return self._stop.alive

    def wait_ready(self) -> None:
        """Wait until it can take frames. Raises `NotRunnable` when it does not get there."""
        if self._ready:
            return
        try:
            kind, _ = self.receive(time.monotonic() + _START_S)
        except (WorkerLost, WorkerOverdue):
            kind = -1
        if kind != READY:
            self.close()
            raise NotRunnable("scripts cannot be run: their process starts, but does not get ready")
        self._ready = True

    def send(self, kind: int, payload: bytes, deadline: float) -> None:
        """Send a frame. Raises `WorkerLost`, `WorkerOverdue` (when it does not take it before the deadline)."""
        frame = b"%b%c%b" % (_LENGTH.pack(len(payload) + 1), kind, payload)
        try:
            sent = os.write(self._writing, frame)
            if sent == len(frame):
                return
            rest = memoryview(frame)[sent:]
            while rest:
                self._wait(self._writable, deadline)
                rest = rest[os.write(self._writing, rest) :]
        except BlockingIOError:  # a worker that waits for a frame has an empty pipe
            raise WorkerLost("it does not read") from None
        except OSError as error:
            raise WorkerLost(str(error)) from error

    def receive(self, deadline: float) -> tuple[int, bytes]:
        """Return the kind and payload of the next frame. Raises `WorkerLost`, `WorkerOverdue`."""
        data = self._read(65536, deadline)
        while len(data) < _LENGTH.size + 1:
            data += self._read(65536, deadline)
        (length,) = _LENGTH.unpack_from(data)
        missing = length + _LENGTH.size - len(data)
        if missing < 0 or length > self._most_bytes:
            raise WorkerLost("it sends something else than a frame")
        if missing == 0:
            return data[_LENGTH.size], data[_LENGTH.size + 1 :]
        chunks = [data[_LENGTH.size + 1 :]]
        while missing:
            chunks.append(self._read(min(missing, 1 << 20), deadline))
            missing -= len(chunks[-1])
        return data[_LENGTH.size], b"".join(chunks)

    def close(self) -> None:
        """End it at once, whatever it does."""
        self._stop()

    def _read(self, most_bytes: int, deadline: float) -> bytes:
        self._wait(self._readable, deadline)
        data = os.read(self._reading, most_bytes)
        if not data:
            raise WorkerLost("it has ended")
        return data

    def _wait(self, poll: select.poll, deadline: float) -> None:
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not poll.poll(left_s * 1000):
            raise WorkerOverdue


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
