"""How long each part of an exchange took, against servers whose times are known."""

from __future__ import annotations

from penstock.script import http
from tests.apps import Authority, Connection, Recorder, Server
from tests.engine.native_run import play


def test_waiting_and_receiving_are_told_apart() -> None:
    def serve(connection: Connection) -> None:
        while connection.receive():
            connection.sleep(0.05)
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
            connection.sleep(0.1)
            connection.send(b"b")

    with Server(serve) as target:

        async def journey(user: object) -> None:
            for _ in range(4):
                assert (await http.get(target.url, name="x")).body == b"ab"

        series = play(journey).series("x")
    assert {name: took["n"] for name, took in series.histograms.items() if name not in ("service", "response")} == {
        "connect": 1,
        "tcp": 1,
        "wait": 4,
        "receive": 4,
    }
    # By the kernel's stamps: what the loop did meanwhile is in none of them, only how late the server itself was.
    assert 0.05 <= series.mean_s("wait") < 0.5
    assert 0.1 <= series.mean_s("receive") < 0.5
    together = sum(series.mean_s(phase) for phase in ("wait", "receive"))
    assert abs(together - series.mean_s("service")) < 0.001


def test_only_what_occurred_is_told() -> None:
    authority = Authority()
    with Recorder(context=authority.context(), host="localhost") as target:

        async def journey(user: object) -> None:
            for _ in range(3):
                assert (await http.get(target.url, name="x")).ok

        series = play(journey, verify_tls=False).series("x")
        kept = {name: took["n"] for name, took in series.histograms.items()}
    assert (kept["dns"], kept["tcp"], kept["tls"], kept["wait"]) == (1, 1, 1, 3)
    assert "pool" not in kept
    opening = sum(series.mean_s(phase) for phase in ("dns", "tcp", "tls"))
    assert opening <= series.mean_s("connect") < opening + 0.1


def test_a_slow_reader_makes_sending_long() -> None:
    def serve(connection: Connection) -> None:
        connection.sleep(0.1)
        if connection.receive():
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Server(serve) as target:

        async def journey(user: object) -> None:
            await http.post(target.url, body=bytes(16_000_000), name="x", timeout=10)

        series = play(journey).series("x")
    assert series.mean_s("send") > 0.05


def test_redirects_add_up() -> None:
    def serve(connection: Connection) -> None:
        while request := connection.receive():
            connection.sleep(0.03)
            end = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
            on = b"HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n"
            connection.send(end if request.path == "/end" else on)

    with Server(serve) as target:

        async def journey(user: object) -> None:
            assert (await http.get(f"{target.url}/begin", name="x")).ok

        series = play(journey).series("x")
    assert series.histograms["wait"]["n"] == 1
    assert 0.06 <= series.mean_s("wait") < 0.5
