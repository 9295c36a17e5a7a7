"""WebSockets against servers that frame by hand: what RFC 6455 asks of a client whose server does what it must not."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from penstock.script import websocket
from tests.apps import Connection, Server
from tests.apps.sockets import frame, frames_of, upgrade
from tests.engine.native_run import play


class Speaking(Server):
    """Opens a WebSocket, says what it is given and listens; `heard` has the frames that came."""

    def __init__(self, said: bytes = b"", before: bytes = b"", more: str = "", **instead: str) -> None:
        super().__init__(self._speak)
        self._said, self._before, self._more, self._instead = said, before, more, instead
        self.heard: list[tuple[int, bytes]] = []

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws")

    def _speak(self, connection: Connection) -> None:
        request = connection.receive()
        assert request is not None
        connection.send(self._before + upgrade(request, self._more, **self._instead) + self._said)
        masked = b""
        while piece := connection._socket.recv(65536):
            masked += piece
        self.heard.extend(frames_of(masked))


@pytest.mark.parametrize(
    ("reason", "instead", "offered", "error"),
    [
        ("no key", {"Sec_WebSocket_Accept": "bm8="}, (), "the server accepted another handshake than this one"),
        ("to HTTP/2", {"Upgrade": "h2c"}, (), "the server switched to something else than a WebSocket"),
        ("nothing said", {"Connection": "keep-alive"}, (), "the server switched to something else than a WebSocket"),
        (
            "an extension",
            {"Sec_WebSocket_Extensions": "permessage-deflate"},
            (),
            "the server uses an extension that was not offered",
        ),
        (
            "a subprotocol of none",
            {"Sec_WebSocket_Protocol": "chat"},
            (),
            "the server chose a subprotocol that was not offered",
        ),
        (
            "another subprotocol",
            {"Sec_WebSocket_Protocol": "CHAT"},
            ("chat", "echo"),
            "the server chose a subprotocol that was not offered",
        ),
    ],
)
def test_a_handshake_that_agrees_to_something_else_fails(
    reason: str, instead: dict[str, str], offered: tuple[str, ...], error: str
) -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect(target.socket_url, name="open", subprotocols=offered) as socket:
            assert not socket.ok

    with Speaking(**instead) as target:
        played = play(journey)
    assert dict(played.series("open").errors) == {("protocol", error): 1}, reason


@pytest.mark.parametrize(
    ("reason", "settings", "offered", "chosen"),
    [
        ("in another case", {"Upgrade": "WebSocket", "Connection": "keep-alive, upgrade"}, (), None),
        ("what was offered", {"Sec_WebSocket_Protocol": "echo"}, ("chat", "echo"), "echo"),
        ("nothing of what was offered", {}, ("chat",), None),
        ("no extension", {"Sec_WebSocket_Extensions": ""}, (), None),
        ("after an interim response", {"before": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"}, (), None),
    ],
)
def test_a_handshake_may_be_said_in_other_words(
    reason: str, settings: dict[str, Any], offered: tuple[str, ...], chosen: str | None
) -> None:
    seen: list[Any] = []

    async def journey(user: Any) -> None:
        async with websocket.connect(target.socket_url, subprotocols=offered) as socket:
            seen.append((socket.ok, socket.subprotocol, (await socket.receive(timeout=5)).text))

    with Speaking(frame(1, b"hello"), **settings) as target:
        play(journey)
    assert seen == [(True, chosen, "hello")], reason


def closing(code: int, reason: bytes = b"") -> bytes:
    return struct.pack(">H", code) + reason


@pytest.mark.parametrize(
    ("payload", "answer", "error"),
    [
        (b"\x03", 1002, "a close frame with half a code"),
        (closing(1005), 1002, "a close frame with a code that may not be sent"),
        (closing(1006), 1002, "a close frame with a code that may not be sent"),
        (closing(0), 1002, "a close frame with a code that may not be sent"),
        (closing(5000), 1002, "a close frame with a code that may not be sent"),
        (closing(1000, b"\xff"), 1007, "a close frame whose reason is not UTF-8"),
    ],
)
def test_a_close_frame_that_may_not_be_is_answered_by_its_code(payload: bytes, answer: int, error: str) -> None:
    said: list[Any] = []

    async def journey(user: Any) -> None:
        async with websocket.connect(target.socket_url) as socket:
            message = await socket.receive(timeout=5)
            said.append((message.error_kind, message.error))

    with Speaking(frame(8, payload)) as target:
        play(journey)
    assert said == [("protocol", error)]
    assert target.heard == [(8, closing(answer, error.encode()))]


def test_what_comes_behind_a_close_frame_is_no_message() -> None:
    said: list[Any] = []

    async def journey(user: Any) -> None:
        async with websocket.connect(target.socket_url) as socket:
            said.append((await socket.receive(timeout=5)).text)
            said.append((await socket.receive(timeout=5)).error)

    with Speaking(frame(1, b"last") + frame(8, closing(1001, b"bye")) + frame(1, b"late")) as target:
        play(journey)
    assert said == ["last", "closed by the server (1001 bye)"]
    assert target.heard == [(8, closing(1001))]
