"""Large bodies: they arrive whole, and users who send the same one share it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from penstock.script import http
from tests.apps import Answer, Authority, Recorder
from tests.apps.http2_faults import SETTINGS, WINDOW, frame
from tests.engine.native_run import ask, play

BODY = os.urandom(8_000_000)


@pytest.mark.parametrize("length", [65_535, 65_536, 65_537, len(BODY)])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_body_of_any_length_arrives_whole(scheme: str, length: int) -> None:
    context = Authority().context() if scheme == "https" else None
    body = BODY[:length]
    with Recorder(context=context, host="localhost") as target:
        responses = ask(target.url, method="POST", times=2, body=body, settings={"verify_tls": False})
        assert [response.status for response in responses] == [200, 200]
        received = [hashlib.sha256(request.body).hexdigest() for request in target.requests]
        assert received == [hashlib.sha256(body).hexdigest()] * 2
        assert target.connections == 1


def test_bytes_sent_are_those_of_the_whole_body() -> None:
    async def journey(user: Any) -> None:
        await http.post(target.url, body=BODY, name="upload")

    with Recorder(lambda _: Answer(200)) as target:
        played = play(journey)
    assert len(BODY) < played.series("upload").bytes_sent < len(BODY) + 1000


def test_many_users_who_upload_the_same_do_not_copy_it() -> None:
    """Nobody accepts, so the kernel takes some megabytes of each, and the rest waits."""
    users = 40

    async def journey(user: Any) -> None:
        response = await http.post(f"http://127.0.0.1:{port}/", body=BODY, timeout=1)
        assert response.error_kind == "timeout"

    with socket.create_server(("127.0.0.1", 0), backlog=users * 2) as listening:
        port = listening.getsockname()[1]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        played = play(journey, phases=((users, users, 20.0),))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert played.iterations["finished"] == users
    assert grown < 4 * len(BODY), "each user has a copy"


def test_many_users_who_upload_the_same_over_http2_copy_little_of_it() -> None:
    """The server allows any amount and reads nothing, so what the kernel does not take waits in each user's stream."""
    users = 100
    most = 2**31 - 1
    any_amount = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, most)) + frame(
        WINDOW, 0, 0, struct.pack(">I", most - 65_535)
    )
    accepted: list[socket.socket] = []

    async def journey(user: Any) -> None:
        response = await http.post(f"http://127.0.0.1:{port}/", body=BODY, timeout=1.5)
        assert response.error_kind == "timeout"

    def serve() -> None:
        for _ in range(users):
            accepted.append(listening.accept()[0])
            accepted[-1].sendall(any_amount)

    with contextlib.ExitStack() as opened:
        listening = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=users * 2))
        listening.settimeout(10)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)  # the kernel is not to take megabytes of each
        port = listening.getsockname()[1]
        serving = threading.Thread(target=serve)
        serving.start()
        before = _resident_bytes()
        played = play(journey, phases=((users, users, 20.0),), http_version="2-prior-knowledge")
        serving.join()
        for connection in accepted:
            opened.enter_context(connection)
    assert played.iterations["finished"] == users
    assert len(accepted) == users
    grown = max(played.health("rss_bytes")) - before
    assert grown < users * 200_000, "each user has a copy of a good part of it"


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
