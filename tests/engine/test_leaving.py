"""How an agent leaves: its last word arrives, whatever the runner has just said to it."""

from __future__ import annotations

import asyncio
import socket
import threading

import orjson

from penstock.engine import agent, frames


async def heard(ours: socket.socket) -> list[bytes]:
    """Read all frames as a runner does, once all of them are there."""
    reader, writer = await asyncio.open_connection(sock=ours)
    await asyncio.sleep(0.1)
    found = []
    try:
        while True:
            size = int.from_bytes(await reader.readexactly(4), "big")
            found.append(await reader.readexactly(size))
    except asyncio.IncompleteReadError:
        return found
    finally:
        writer.close()


def test_a_command_that_comes_too_late_takes_no_last_word_away() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(frames.pack(orjson.dumps({"type": "level"})))
    frames.send(theirs, {"type": "end"})

    def leave() -> None:
        with theirs:
            agent._take_leave(theirs)

    leaving = threading.Thread(target=leave)
    leaving.start()
    assert [orjson.loads(frame) for frame in asyncio.run(heard(ours))] == [{"type": "end"}]
    leaving.join(5)
    assert not leaving.is_alive()
