"""Commands of tests, done by the shell of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from penstock.ports.commands import CommandEnd

MOST_OUTPUT_BYTES = 32 * 1024
"""Of the beginning and of the end of what a command writes; what lies between is left out."""

_SHELL = "/bin/sh"
_PIECE = 64 * 1024
_LAST_WORDS_S = 1.0
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")
"""What a command sees of the server's own variables, which may hold secrets."""


class ShellCommands:
    """See `ports.commands.CommandRunner`."""

    async def run(
        self, command: str, folder: Path, variables: Mapping[str, str], within_s: float, stop: asyncio.Event
    ) -> CommandEnd:
        """See `ports.commands.CommandRunner`."""
        known = {name: value for name in _KEPT if (value := os.environ.get(name)) is not None}
        ours, theirs = os.pipe()  # not asyncio's, which waits for all that hold it, and not only for the command
        try:
            process = await asyncio.create_subprocess_exec(
                _SHELL,
                "-c",
                command,
                cwd=folder,
                env={**known, "HOME": str(folder), "TMPDIR": str(folder), **variables},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        output = _Output()
        reading = asyncio.create_task(output.read(ours))
        try:
            why = await _ended(process, within_s, stop)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it has started is still of its group
        await process.wait()
        await asyncio.wait([reading], timeout=_LAST_WORDS_S)
        reading.cancel()
        return CommandEnd(None if why else process.returncode, output.text(), why)


async def _ended(process: asyncio.subprocess.Process, within_s: float, stop: asyncio.Event) -> str:
    """Return when a command is over, or is to be ended by force: then why, else an empty text."""
    over, stopped = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([over, stopped], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            return ""
        return "the run was stopped" if stopped.done() else f"it took longer than {within_s:g} seconds"
    finally:
        over.cancel()
        stopped.cancel()


class _Output:
    """The first and the last bytes of what is written, however much that is."""

    def __init__(self) -> None:
        self._first = bytearray()
        self._last = bytearray()
        self._left_out = 0

    async def read(self, pipe: int) -> None:
        """Read a pipe to its end, and close it."""
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(pipe, "rb", 0))
        try:
            while piece := await reader.read(_PIECE):
                self._take(piece)
        finally:
            transport.close()

    def _take(self, piece: bytes) -> None:
        room = MOST_OUTPUT_BYTES - len(self._first)
        self._first += piece[:room]
        self._last += piece[room:]
        if (over := len(self._last) - MOST_OUTPUT_BYTES) > 0:
            self._left_out += over
            del self._last[:over]

    def text(self) -> str:
        """Return it as text."""
        between = f"\n… {self._left_out:,} bytes left out …\n".encode() if self._left_out else b""
        return bytes(self._first + between + self._last).decode("utf-8", "replace").replace("\0", "\ufffd")
