"""The run's side: takes one command a connection, as a line of JSON, and answers with another.

{"do": "users=50", "population": null, "grace_s": null}   →   {"ok": true, "text": "users 20 → 50"}
{"do": "status"}                                          →   {"ok": true, "status": {…}}
                                                          →   {"ok": false, "text": "why not"}
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from penstock.cli.live.folder import folder_of, socket_of
from penstock.errors import InvalidInput
from penstock.runs.commands import STOP_GRACE_S, Command, Pause, Resume, Stop, parse_level
from penstock.services.steering import Steering

_LONGEST_LINE = 4096
_PATIENCE_S = 5.0


@contextlib.asynccontextmanager
async def serve(steering: Steering, environment: Mapping[str, str]) -> AsyncIterator[Path]:
    """Take commands for a run as long as the block lasts, and give the socket's path.

    Raises `InvalidInput` where no socket can be had.
    """
    path = socket_of(folder_of(environment), steering.plan.name, os.getpid())

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            async with asyncio.timeout(_PATIENCE_S):
                line = await reader.readline()
            said = await _do(steering, line, _who(writer))
            writer.write(orjson.dumps(said) + b"\n")
            await writer.drain()
        writer.close()

    before = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)  # of a process that had our number before us
        server = await asyncio.start_unix_server(answer, path, limit=_LONGEST_LINE)
    except OSError as error:
        raise InvalidInput(f"{path}: no socket can be made there: {error.strerror or error}") from error
    finally:
        os.umask(before)
    try:
        yield path
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _do(steering: Steering, line: bytes, who: str) -> dict[str, Any]:
    try:
        asked = orjson.loads(line)
        word = asked["do"]
        if word == "status":
            return {"ok": True, "status": dataclasses.asdict(steering.status())}
        return {"ok": True, "text": await steering.obey(_command(word, asked), who)}
    except InvalidInput as error:
        return {"ok": False, "text": str(error)}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return {"ok": False, "text": "that is no command; is the other side another version of Penstock?"}


def _command(word: str, asked: dict[str, Any]) -> Command:
    match word:
        case "pause":
            return Pause()
        case "resume":
            return Resume()
        case "stop":
            grace_s = asked.get("grace_s")
            return Stop(STOP_GRACE_S if grace_s is None else float(grace_s))
    return parse_level(word, asked.get("population"))


def _who(writer: asyncio.StreamWriter) -> str:
    """Return who is at the other end, as the system says."""
    connection: socket.socket = writer.get_extra_info("socket")
    name = "someone"
    with contextlib.suppress(OSError, KeyError, AttributeError):
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        name = pwd.getpwuid(struct.unpack("3i", credentials)[1]).pw_name
    return f"{name} (penstock control)"
