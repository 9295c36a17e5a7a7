"""Servers that mean no good: each costs bounded memory and a named error, and nobody else's time."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from typing import Any

import pytest

from penstock.script import http, websocket
from tests.apps import Connection, Faulty, Recorder, Server
from tests.apps.http2_faults import FaultyHttp2
from tests.apps.sockets import frame, frames_of, upgrade
from tests.e2e.conftest import ROOT
from tests.engine.native_run import ask, play

MOST_GROWTH = 24 * 1024 * 1024
"""Bytes by which the process may grow while a server sends 64 MB and more; a body may have 1 MB."""

KNOWN = {"http_version": "2-prior-knowledge"}


def growth(run: Any) -> int:
    """Return by how many bytes the process grew at its peak."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


@pytest.mark.parametrize(
    ("fault", "kind", "error"),
    [
        ("endless-head", "protocol", "response head longer than 256 KiB"),
        ("endless-status-line", "protocol", "response head longer than 256 KiB"),
        ("endless-interim", "protocol", "endless interim responses"),
        ("endless-chunks", "body", "response body longer than 1000000 bytes"),
        ("endless-chunk-extension", "protocol", "endless chunk extensions or trailers"),
        ("endless-trailers", "protocol", "endless chunk extensions or trailers"),
        ("endless-body", "body", "response body longer than 1000000 bytes"),
        ("gzip-bomb", "body", "response body longer than 1000000 bytes"),
        ("deflate-bomb", "body", "response body longer than 1000000 bytes"),
        ("brotli-bomb", "body", "response body longer than 1000000 bytes"),
        ("double-gzip-bomb", "body", "response body longer than 1000000 bytes"),
        ("drip", "timeout", "no complete response within 1 s"),
        ("never-answer", "timeout", "no complete response within 1 s"),
        ("stall-mid-body", "timeout", "no complete response within 1 s"),
        ("reset-after-request", "closed", "connection reset before the response"),
    ],
)
def test_each_costs_bounded_memory_and_a_named_error(fault: str, kind: str, error: str) -> None:
    responses: list[Any] = []
    with Faulty(fault) as target:
        grown = growth(lambda: responses.extend(ask(target.url, timeout=1)))
    assert (responses[0].error_kind, responses[0].error) == (kind, error)
    assert grown < MOST_GROWTH


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        ("goaway", {"closed"}),
        ("goaway-with-an-error", {"closed"}),
        ("reset", {"closed"}),
        ("refused-stream", {"closed"}),
        ("settings-flood", {"protocol", "timeout", "closed"}),
        ("ping-flood", {"protocol", "timeout", "closed"}),
        ("empty-data-flood", {"protocol", "timeout", "closed"}),
        ("reset-flood", {"closed", "protocol"}),
        ("push", {"protocol", "closed"}),
        ("continuation-flood", {"protocol", "closed"}),
        ("header-bomb", {"protocol", "closed"}),
        ("garbage", {"protocol"}),
        ("frame-too-large", {"protocol"}),
        ("beyond-the-window", {"protocol", "body"}),
        ("endless-interim", {"protocol"}),
        ("half-a-body", {"timeout"}),
    ],
)
def test_each_of_http2_costs_bounded_memory_and_a_named_error(fault: str, kinds: set[str]) -> None:
    responses: list[Any] = []
    with FaultyHttp2(fault) as target:
        grown = growth(lambda: responses.extend(ask(target.url, timeout=1, settings=KNOWN)))
    assert responses[0].error_kind in kinds, responses[0].error
    assert responses[0].error
    assert grown < MOST_GROWTH


def test_a_window_that_never_opens_is_a_timeout() -> None:
    with FaultyHttp2("zero-window") as target:
        (response,) = ask(target.url, method="POST", body=b"x" * 10, timeout=0.5, settings=KNOWN)
    assert response.error_kind == "timeout"


def test_pings_of_one_that_does_not_read_are_answered_by_one_pong() -> None:
    heard: list[tuple[int, bytes]] = []
    pings = frame(9, b"x" * 125) * 33_000  # 4 MB

    def pinging(connection: Connection) -> None:
        request = connection.receive()
        assert request is not None
        connection.send(upgrade(request))
        for _ in range(12):
            connection.send(pings)
        connection.send(frame(9, b"last"))
        masked = bytearray()
        while masked[-10:-8] != b"\x8a\x84" or frames_of(bytes(masked[-10:])) != [(10, b"last")]:
            masked += connection._socket.recv(65536)
        heard.extend(frames_of(bytes(masked[-10:])))
        connection.send(frame(1, b"done"))
        connection.drain()

    async def journey(user: Any) -> None:
        async with websocket.connect(target.url.replace("http", "ws")) as socket:
            assert (await socket.receive(timeout=30)).text == "done"

    with Server(pinging) as target:
        grown = growth(lambda: play(journey))
    assert heard == [(10, b"last")]
    assert grown < MOST_GROWTH


def test_one_that_floods_does_not_keep_others_waiting() -> None:
    with FaultyHttp2("ping-flood") as hostile, Recorder() as target:
        latest: list[float] = []

        async def journey(user: Any) -> None:
            if user.index == 0:
                await http.get(hostile.url, timeout=1, http_version="2-prior-knowledge")
                return
            end = time.monotonic() + 0.8
            while time.monotonic() < end:
                response = await http.get(target.url, name="good")
                assert response.ok
                latest.append(response.elapsed_s)

        played = play(journey, phases=((2, 2, 20.0),))
    assert played.series("good").count > 5
    assert sorted(latest)[len(latest) // 2] < 0.5


_FEW_PORTS = """
import fcntl, struct, sys
from pathlib import Path
import socket
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x49))  # loopback up
Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("50000 50003")
from penstock.script import http
from tests.apps import Recorder
from tests.engine.native_run import play
said = []
async def journey(user):
    said.append(await http.get(target.url))
with Recorder() as target:
    played = play(journey, phases=((8, 8, 20.0),))
failed = [response for response in said if not response.ok]
assert failed, said
assert {(one.error_kind, one.error) for one in failed} == {("exhausted", "out of local ports")}, failed
assert sum(count or 0 for count in played.health("out_of_ports")) == len(failed)
print("told")
"""


def test_running_out_of_ports_is_reported_as_that() -> None:
    """In a network of its own, which has four ports."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody have a network of its own (unshare -rn)")
    told = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", _FEW_PORTS], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert told.stdout == "told\n", told.stderr


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        ("padded", 200, b"0123456789"),
        ("continued", 200, b"0123456789"),
        ("with-priority", 200, b"0123456789"),
        ("trailers", 200, b"0123456789"),
        ("interim-first", 200, b"0123456789"),
        ("unknown-frames", 200, b"0123456789"),
        ("last-answer", 200, b"0123456789"),
        ("answered-enough", 200, b"0123456789"),
        ("settings-anew", 200, b"0123456789"),
        ("no-content", 204, b""),
        ("not-modified", 304, b""),
    ],
)
def test_unusual_but_lawful_responses_of_http2_are_understood(answer: str, status: int, body: bytes) -> None:
    with FaultyHttp2(answer) as target:
        (response,) = ask(target.url, timeout=5, settings=KNOWN)
    assert (response.status, response.body, response.error) == (status, body, None)


@pytest.mark.parametrize("fault", ["short-of-its-length", "beyond-its-length", "headers-of-a-connection"])
def test_responses_of_http2_that_contradict_themselves_are_failures(fault: str) -> None:
    with FaultyHttp2(fault) as target:
        (response,) = ask(target.url, timeout=5, settings=KNOWN)
    assert (response.status, response.error_kind) == (0, "protocol"), response.error


@pytest.mark.parametrize("length", [0, 10, 1_000_000, 5_000_000])
def test_an_answer_of_http2_that_comes_before_the_body_is_sent_is_the_answer(length: int) -> None:
    with FaultyHttp2("answered-enough") as target:
        (response,) = ask(target.url, method="POST", body=b"x" * length, timeout=5, settings=KNOWN)
    assert (response.status, response.body, response.error) == (200, b"0123456789", None)
