"""Frames (`engine.frames`) as an event loop reads and writes them."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import Any

import orjson

from penstock.engine import frames


async def read(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next frame; None when the other side has closed, or is gone."""
    try:
        (size,) = struct.unpack(">I", await reader.readexactly(4))
        return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def read_message(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """Return the next frame as what it says; None as `read`."""
    frame = await read(reader)
    if frame is None:
        return None
    message: dict[str, Any] = orjson.loads(frame)
    return message


async def write(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Write a frame. One who is gone is noticed by whoever reads."""
    with contextlib.suppress(ConnectionError):
        writer.write(frames.pack(content))
        await writer.drain()


async def write_message(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    """Write a message as a frame; as `write`."""
    await write(writer, orjson.dumps(message))
