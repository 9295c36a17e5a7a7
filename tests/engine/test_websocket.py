"""WebSockets against the server of the `websockets` library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from penstock.script import check, http, sleep, websocket
from tests.apps import Recorder
from tests.apps.proxy import Proxy
from tests.apps.tls import Authority
from tests.engine.native_run import play, stop_after

Handler = Callable[[ServerConnection], None]


@contextmanager
def server(handler: Handler, **options: Any) -> Iterator[str]:
    """Serve on a free port; gives the URL without a path."""
    with serve(handler, "127.0.0.1", 0, **options) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        scheme = "wss" if "ssl" in options else "ws"
        try:
            yield f"{scheme}://127.0.0.1:{listening.socket.getsockname()[1]}"
        finally:
            listening.shutdown()
            thread.join(10)


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def test_messages_go_there_and_back() -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect(f"{url}/echo", name="open") as socket:
            assert socket.ok
            for sent in ("hello", "ü" * 40_000, b"\x00\xff", ""):
                await socket.send(sent)
                reply = await socket.receive(name="echo", timeout=5)
                check(reply.is_text is isinstance(sent, str), "kind")
                check(reply.data == (sent.encode() if isinstance(sent, str) else sent), "content")
            await socket.send_json({"a": [1]})
            check((await socket.receive(name="echo")).json() == {"a": [1]}, "json")

    with server(echo) as url:
        played = play(journey)
    assert played.iterations == {"started": 1, "finished": 1}
    assert dict(played.series("open").statuses) == {101: 1}
    assert played.series("open").mean_s("connect") > 0
    echoes = played.series("echo", "message")
    assert (echoes.count, echoes.failed) == (5, 0)
    assert echoes.checks == {"kind": [4, 0], "content": [4, 0], "json": [1, 0]}
    assert echoes.bytes_sent > echoes.bytes_received > 80_000
    assert 0 < echoes.mean_s() < 1


def test_pings_are_answered_while_the_user_thinks() -> None:
    pongs: list[bool] = []

    def pinging(connection: ServerConnection) -> None:
        pongs.append(connection.ping(b"there?").wait(2))
        connection.send("done")

    async def journey(user: Any) -> None:
        async with websocket.connect(url) as socket:
            await sleep(0.3)
            message = await socket.receive(name="late")
            check(message.text == "done", "kept")

    with server(pinging) as url:
        played = play(journey)
    assert pongs == [True]
    assert played.series("late", "message").checks == {"kept": [1, 0]}
    assert played.series("late", "message").mean_s() < 0.1  # it had come before it was asked for


def test_only_the_message_that_matches_is_given() -> None:
    def counting(connection: ServerConnection) -> None:
        for number in range(5):
            connection.send(f"{number}")
        connection.recv()

    async def journey(user: Any) -> None:
        async with websocket.connect(url) as socket:
            message = await socket.receive(name="count", matching=lambda one: one.text == "3")
            check(message.text == "3", "the third")

    with server(counting) as url:
        played = play(journey)
    assert played.series("count", "message").count == 4


@pytest.mark.parametrize(
    ("reason", "handler", "kind", "message"),
    [
        ("nothing comes", lambda one: one.recv(), "timeout", "no message came in time"),
        ("the server closes", lambda one: one.close(1001, "bye"), "closed", "closed by the server (1001 bye)"),
        ("the server vanishes", lambda one: one.socket.shutdown(2), "closed", "connection"),
        ("too much", lambda one: one.send(b"x" * 2_000_000), "protocol", "a message longer than allowed"),
    ],
)
def test_a_message_that_does_not_come_fails(reason: str, handler: Handler, kind: str, message: str) -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect(url) as socket:
            reply = await socket.receive(name="reply", timeout=0.2)
            assert (reply.ok, reply.error_kind) == (False, kind)

    with server(handler) as url:
        played = play(journey)
    ((found, count),) = played.series("reply", "message").errors.items()
    assert (found[0], count) == (kind, 1)
    assert found[1].startswith(message)
    assert played.iterations["failed"] == 1


def test_what_is_sent_on_a_closed_socket_fails_the_iteration() -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect(url) as socket:
            await socket.close()
            assert not await socket.send("nobody hears this")

    with server(echo) as url:
        played = play(journey)
    assert dict(played.series("main", "iteration").errors) == {("closed", "the socket is not open"): 1}


def test_a_server_that_speaks_no_websocket_fails_the_handshake() -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect("/x", name="open") as socket:
            assert not socket.ok

    with Recorder() as target:
        played = play(journey, base_url=target.url)
    assert dict(played.series("open").errors) == {("status", "HTTP status 200 - OK"): 1}


def test_a_socket_goes_where_the_origin_of_its_page_goes() -> None:
    heard: list[Any] = []

    async def journey(user: Any) -> None:
        async with websocket.connect("wss://shop.test/live") as socket:
            await socket.send("hello")
            heard.append((await socket.receive()).text)

    with server(echo) as url:
        play(journey, target_overrides=[["https://shop.test", url.replace("ws://", "http://").rstrip("/")]])
    assert heard == ["hello"]


def test_the_handshake_carries_cookies_headers_and_subprotocols() -> None:
    seen: dict[str, Any] = {}

    def looking(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        seen.update(cookie=request.headers["Cookie"], x=request.headers["X-A"], path=request.path)

    async def journey(user: Any) -> None:
        await http.get(f"{site.url}/")
        async with websocket.connect(f"{url}/chat?a=1", headers={"X-A": "1"}, subprotocols=["v1", "v2"]) as socket:
            check(socket.subprotocol == "v2", "subprotocol")

    answers = [b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=7; Path=/\r\nContent-Length: 0\r\n\r\n"]
    with Recorder(answers) as site, server(looking, subprotocols=["v2"]) as url:
        played = play(journey)
    assert seen == {"cookie": "sid=7", "x": "1", "path": "/chat?a=1"}
    assert played.series("WS /chat").checks == {"subprotocol": [1, 0]}


def test_sockets_work_over_tls() -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect(url) as socket:
            await socket.send("secret" * 10_000)
            check((await socket.receive(name="echo")).text == "secret" * 10_000, "came back")

    with server(echo, ssl=Authority().context("localhost")) as url:
        played = play(journey, verify_tls=False)
    assert played.series("echo", "message").checks == {"came back": [1, 0]}


@pytest.mark.parametrize("chosen_by", ["the run", "the socket"])
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_sockets_go_through_a_tunnel_of_the_proxy(scheme: str, chosen_by: str) -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect(url, proxy=proxy.url if chosen_by == "the socket" else None) as socket:
            await socket.send("hello")
            check((await socket.receive(name="echo")).text == "hello", "came back")

    context = {"ssl": Authority().context("localhost")} if scheme == "wss" else {}
    with Proxy() as proxy, server(echo, **context) as url:
        proxies = {"http": proxy.url, "https": proxy.url, "no_proxy": []} if chosen_by == "the run" else None
        played = play(journey, verify_tls=False, proxy=proxies)
        assert proxy.asked == [f"CONNECT {url.partition('://')[2]}"]
    assert played.series("echo", "message").checks == {"came back": [1, 0]}


def test_many_users_have_sockets_of_their_own() -> None:
    async def journey(user: Any) -> None:
        async with websocket.connect(url) as socket:
            for number in range(5):
                await socket.send(f"{user.index}-{number}")
                reply = await socket.receive(name="echo")
                check(reply.text == f"{user.index}-{number}", "mine")

    with server(echo) as url:
        played = play(journey, phases=((20, 20, 20.0),))
    assert played.series("echo", "message").checks == {"mine": [100, 0]}


def test_an_interrupted_user_closes_its_socket() -> None:
    ended = threading.Event()

    def waiting(connection: ServerConnection) -> None:
        for _ in connection:
            pass
        ended.set()

    async def journey(user: Any) -> None:
        async with websocket.connect(url) as socket:
            await socket.receive(timeout=20)

    with server(waiting) as url:
        played = play(journey, meanwhile=stop_after(0.2, 0.0))
        assert ended.wait(5)
    assert played.took_s < 2
    assert played.iterations == {"started": 1, "interrupted": 1}


def test_a_socket_left_open_is_closed_with_its_iteration() -> None:
    codes: list[int | None] = []

    def waiting(connection: ServerConnection) -> None:
        for _ in connection:
            pass
        codes.append(connection.close_code)

    async def journey(user: Any) -> None:
        socket = await websocket.connect(url)
        assert socket.ok

    with server(waiting) as url:
        play(journey)
    assert codes == [1001]
