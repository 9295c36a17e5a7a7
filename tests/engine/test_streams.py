"""Responses that are read until enough has come, and bodies that are not kept; files that are sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.script import check, events, http, upload
from tests.apps import Recorder
from tests.apps.http import Answer
from tests.apps.server import Connection, Server
from tests.engine.native_run import ask, play

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Ticker(Server):
    """Sends so many events, one every so often, and ends the response or is `silent`; a comment comes first."""

    def __init__(self, every_s: float = 0.02, most: int = 1_000, *, silent: bool = False) -> None:
        super().__init__(self._tick)
        self._every_s = every_s
        self._most = most
        self._silent = silent

    def _tick(self, connection: Connection) -> None:
        while connection.receive():
            connection.send(HEAD + b"8\r\n: well\n\n\r\n")
            for number in range(self._most):
                connection.sleep(self._every_s)
                event = f"id: {number}\r\nevent: tick\r\ndata: {number}\r\ndata: more\r\n\r\n".encode()
                connection.send(b"%x\r\n%s\r\n" % (len(event), event))
            if self._silent:
                connection.drain()
            connection.send(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("reason", "until", "sent"),
    [
        ("so many events", {"events": 3}, 3),
        ("a text", {"text": "data: 4"}, 5),
        ("so long", {"seconds": 1.0}, 2),
        ("what comes first", {"events": 2, "seconds": 4.5}, 2),
    ],
)
def test_a_stream_is_read_until(reason: str, until: dict[str, Any], sent: int) -> None:
    found: list[Any] = []

    async def journey(user: Any) -> None:
        response = await http.stream("/", name="ticks", **until)
        check(response.ok, "enough")
        found.extend(events(response))

    with Ticker(most=sent, silent=True) as target:  # whoever waits for more runs into the timeout
        played = play(journey, base_url=target.url)
    assert len(found) == sent
    assert found[0] == ("tick", "0\nmore", "0")
    assert played.series("ticks").checks == {"enough": [1, 0]}
    first = played.series("ticks (first event)", "message")
    assert first.count == 1
    assert 0.01 < first.mean_s() < played.series("ticks").mean_s() + 0.001


def test_a_stream_that_ends_is_read_to_its_end() -> None:
    async def journey(user: Any) -> None:
        response = await http.stream("/", name="ticks", events=100)
        check([event.data for event in events(response)] == ["0\nmore", "1\nmore"], "all")

    with Ticker(most=2) as target:
        played = play(journey, base_url=target.url)
    assert played.series("ticks").checks == {"all": [1, 0]}


def test_a_stream_that_brings_nothing_in_time_fails() -> None:
    async def journey(user: Any) -> None:
        response = await http.stream("/", name="ticks", events=1, timeout=0.2)
        assert response.error_kind == "timeout"

    with Ticker(every_s=5) as target:
        played = play(journey, base_url=target.url)
    assert played.series("ticks").failed == 1


@pytest.mark.parametrize("headers", [(), (("Transfer-Encoding", "chunked"),)], ids=["with a length", "chunked"])
def test_a_discarded_body_may_be_longer_than_any_that_is_kept(headers: tuple[tuple[str, str], ...]) -> None:
    body = b"x" * 3_000_000
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if headers else body
    with Recorder(lambda _: Answer(200, headers, framed)) as target:
        (kept,) = ask(target.url)
        first, second = ask(target.url, times=2, discard=True)
    assert kept.error_kind == "body"
    assert (first.ok, first.body, second.ok) == (True, b"", True)


def test_files_are_sent_as_a_form(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    with Recorder() as target:
        files = {"photo": upload(tmp_path / "photo.png"), "notes": upload(b"hi", name='a"b.txt')}
        ask(f"{target.url}/upload", method="POST", form={"user": "me", "tag": ["a", "b"]}, files=files)
        (request,) = target.requests
    kind = request.header("content-type") or ""
    boundary = kind.partition("boundary=")[2].encode()
    parts = request.body.split(b"--" + boundary)
    assert parts[-1] == b"--\r\n"
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [
        b"me\r\n",
        b"a\r\n",
        b"b\r\n",
        b"\x89PNG\r\n",
        b"hi\r\n",
    ]
    assert b'name="photo"; filename="photo.png"\r\nContent-Type: image/png' in parts[4]
    assert b'name="notes"; filename="a%22b.txt"\r\nContent-Type: text/plain' in parts[5]
