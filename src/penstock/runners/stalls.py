"""Agents that no longer speak: where their code stands, and when they are no longer waited for.

An agent says a word each second. One that does not is held up by a call in the user's code that does not come back: the
loop steps that code itself. Nothing can cut such a call but the end of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sysconfig
import time
from pathlib import Path

SILENT_S = 3.0
"""An agent that has said nothing for so long is held up."""

PATIENCE_S = 1.5
"""How long after it should have ended such an agent is waited for."""

_TALK_S = 10.0
"""How long after it should have stopped one is waited for that still speaks: two processes may do so in its place."""

_LOOK_S = 0.05
_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<function>.+)$', re.MULTILINE)
_NOWHERE = "something that cannot be named"


class Pulse:
    """When an agent last spoke, and by when it should have ended."""

    def __init__(self) -> None:
        self.heard_s = time.monotonic()
        self.end_s = float("inf")
        self.stands: str | None = None
        self._stopped = False

    def beat(self) -> None:
        """Note that it has spoken."""
        self.heard_s = time.monotonic()
        self.stands = None

    def expect_end(self, at_s: float) -> None:
        """Note that it should have ended at a monotonic time; of several the first counts."""
        self.end_s = min(self.end_s, at_s)

    def expect_stop(self, at_s: float) -> None:
        """Note that it was told to stop, and should have by a monotonic time."""
        self.expect_end(at_s)
        self._stopped = True

    @property
    def silent(self) -> bool:
        """Whether it is held up."""
        return time.monotonic() - self.heard_s > SILENT_S

    @property
    def quiet(self) -> bool:
        """Whether it has not spoken of late."""
        return time.monotonic() - self.heard_s > PATIENCE_S

    @property
    def overdue(self) -> bool:
        """Whether it has not ended when it should have, and does not speak, or goes on though it was told to stop."""
        late_s = time.monotonic() - self.end_s
        return late_s > PATIENCE_S and (self.quiet or (self._stopped and late_s > _TALK_S))


async def place_of(process: subprocess.Popen[bytes], stack: int) -> str:
    """Ask an agent where its code stands: `flow.py:12 in journey`. Takes half a second at most."""
    _read(stack)  # what was told before
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGUSR1)
    told = ""
    for _ in range(10):
        await asyncio.sleep(_LOOK_S)
        told += _read(stack)
        if told.endswith("\n") and _FRAME.search(told):
            break
    return _innermost(told)


def _read(stack: int) -> str:
    with contextlib.suppress(BlockingIOError):
        return os.read(stack, 65_536).decode(errors="replace")
    return ""


def _innermost(told: str) -> str:
    """Return the innermost line of the user's own, else the innermost that is not ours."""
    frames = [(found["file"], found["line"], found["function"]) for found in _FRAME.finditer(told)]
    installed = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    penstock = str(Path(__file__).parent.parent)
    others = [frame for frame in frames if not frame[0].startswith((penstock, "<"))]
    own = [frame for frame in others if not frame[0].startswith(installed)]
    for file, line, function in (*own, *others):
        return f"{Path(file).name}:{line} in {function}"
    return _NOWHERE
