"""What the code of a test has started and left running when its agent is gone.

Most of it is in the process group of the agent. What has left that (`setsid`, a daemon) still has the environment it
was started with, and in it the mark of the agent; only a program that was given another one on purpose is not found.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from penstock.runners.agents import MARK

_END_S = 1.0
"""How long what is asked to leave may take."""

_MOST_SWEEPS = 3
"""What forks faster than it is found is left after so many."""


async def end_group(leader: int) -> None:
    """End what is left in the process group of an agent that is gone: asked first, then by force."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left, or nobody of ours
        os.killpg(leader, signal.SIGTERM)
        deadline = time.monotonic() + _END_S
        while time.monotonic() < deadline:
            await asyncio.sleep(0.01)
            os.killpg(leader, 0)
        os.killpg(leader, signal.SIGKILL)


async def end_marked(mark: str) -> None:
    """End every process with the mark of an agent that is gone, in the same way."""
    for _ in range(_MOST_SWEEPS):
        with contextlib.ExitStack() as opened:
            found = await asyncio.to_thread(lambda: list(_marked(mark)))
            for process in found:
                opened.callback(os.close, process)
            if not _signal(found, signal.SIGTERM):
                return
            deadline = time.monotonic() + _END_S
            while _signal(found, 0) and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            _signal(found, signal.SIGKILL)


def _marked(mark: str) -> Iterator[int]:
    """Yield descriptors of processes: a number alone may be another's by the time of the signal."""
    wanted = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            if wanted not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            process = os.pidfd_open(int(entry.name))
        except OSError:  # it is gone, or another user's
            continue
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):  # still the same one, now that it is held
                yield process
                continue
        os.close(process)


def _signal(processes: list[int], number: int) -> bool:
    """Send a signal to all; tells whether there was anybody to get it."""
    reached = False
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(process, number)
            reached = True
    return reached
