"""When connections are kept, looked at, opened anew."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from penstock.script import http, sleep
from tests.apps import Answer, Connection, Faulty, Recorder, Server
from tests.engine.native_run import ask, play


def test_a_user_keeps_one_connection_an_origin() -> None:
    with Recorder() as one, Recorder() as other:

        async def journey(user: object) -> None:
            for target in (one, other, one, other):
                assert (await http.get(target.url)).ok

        played = play(journey, iterations=3)
        assert (one.connections, other.connections) == (1, 1)
    assert played.series("GET /").histograms["connect"]["n"] == 2
    assert played.iterations == {"started": 3, "finished": 3}


def test_users_do_not_share_connections() -> None:
    with Recorder() as target:

        async def journey(user: object) -> None:
            await http.get(target.url)

        played = play(journey, phases=((3, 3, 20.0),), iterations=2)
        assert target.connections == 3
    assert played.health("open_connections")[-1] == 0


@pytest.mark.parametrize(
    ("reason", "answer", "connections"),
    [
        ("the server says close", Answer(200, (("Connection", "close"),), b"x"), 2),
        ("the server is of old", b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 2),
        ("the server sent more than it said", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", 2),
        ("nothing stands against it", Answer(body=b"x"), 1),
    ],
)
def test_connections_are_kept_when_they_may_be(reason: str, answer: Answer | bytes, connections: int) -> None:
    with Recorder(script=[answer]) as target:
        first, second = ask(target.url, times=2)
        assert (first.body, second.body, target.connections) == (b"x", b"x", connections), reason


@contextmanager
def closing_after_each_answer(wait: Callable[[], None] = lambda: None) -> Iterator[Server]:
    """A server that closes without a word once it has answered."""

    def serve(connection: Connection) -> None:
        if connection.receive():
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            wait()

    with Server(serve) as server:
        yield server


def test_a_connection_that_was_closed_while_idle_is_replaced() -> None:
    with closing_after_each_answer() as target:

        async def journey(user: object) -> None:
            assert (await http.get(target.url)).ok
            await sleep(0.6)
            assert (await http.post(target.url, body="not sent twice")).ok

        played = play(journey)
        assert target.connections == 2
    assert played.iterations == {"started": 1, "finished": 1}
    assert sum(played.health("reconnects")) == 1


def test_a_close_that_the_loop_has_seen_is_not_run_into() -> None:
    with closing_after_each_answer() as target:

        async def journey(user: object) -> None:
            assert (await http.get(target.url)).ok
            await sleep(0.1)
            assert (await http.post(target.url)).ok

        assert play(journey).iterations == {"started": 1, "finished": 1}
        assert target.connections == 2


def test_a_connection_that_closes_under_a_request_is_retried_once() -> None:
    with Faulty("close-second") as target:
        responses = ask(target.url, times=3)
        assert target.connections == 3
    assert [response.body for response in responses] == [b"0123456789"] * 3


def test_what_is_not_safe_to_repeat_is_not_retried() -> None:
    with Faulty("close-second") as target:

        async def journey(user: object) -> None:
            assert (await http.get(target.url)).ok
            response = await http.post(target.url)
            assert response.error == "connection closed before the response"

        played = play(journey)
        assert target.connections == 1
    assert played.series("main", "iteration").errors == {}
    assert sum(played.health("reconnects")) == 0


def test_a_fresh_connection_that_closes_is_a_failure() -> None:
    with Faulty("close-without-answer") as target:
        (response,) = ask(target.url)
        assert target.connections == 1
    assert response.error_kind == "closed"


def test_all_addresses_of_a_name_are_tried() -> None:
    with Recorder() as target:  # on 127.0.0.1 only; localhost may be ::1 first
        (response,) = ask(f"http://localhost:{target.port}/")
    assert response.ok


def test_ipv6_addresses_are_spoken_to() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    seen = []

    def serve() -> None:
        connection, _ = listener.accept()
        seen.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]
    (response,) = ask(f"http://[::1]:{port}/")
    thread.join()
    listener.close()
    assert response.ok
    assert f"Host: [::1]:{port}\r\n".encode() in seen[0]
