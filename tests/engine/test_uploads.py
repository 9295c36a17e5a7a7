"""Large bodies: they arrive whole, and users who send the same one share it."""

from __future__ import annotations

import hashlib
import os
import resource
import socket
from typing import Any

import pytest

from penstock.script import http
from tests.apps import Answer, Authority, Recorder
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
