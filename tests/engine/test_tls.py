"""TLS: who is trusted, what is said when not, and sessions."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.script import http, sleep
from tests.apps import Answer, Authority, Recorder
from tests.apps.server import Connection, Server
from tests.engine.native_run import ask, play


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts, and no other."""
    made = Authority()
    monkeypatch.setenv("SSL_CERT_FILE", str(made.save(tmp_path / "ca.pem")))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return made


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_trusted_server_is_spoken_to(authority: Authority, host: str, newest: ssl.TLSVersion) -> None:
    with Recorder(context=authority.context(newest=newest), host=host) as target:
        first, second = ask(target.url + "/x", times=2)
        assert (first.error, first.status, second.json()["n"]) == (None, 200, 2)
        assert target.connections == 1


@pytest.mark.parametrize(
    ("reason", "context", "error"),
    [
        (
            "another name",
            lambda authority: authority.context("other.test"),
            "the certificate is for another name",
        ),
        ("expired", lambda authority: authority.context(expired=True), "the certificate has expired"),
        ("of an unknown authority", lambda _: Authority().context(), "the certificate's issuer is not trusted"),
        (
            "self-signed as openssl does it",
            lambda authority: authority.context_of_itself(),
            "the certificate is that of an authority, not of a server",
        ),
    ],
)
def test_an_untrusted_server_is_a_failure(
    authority: Authority, reason: str, context: Callable[[Authority], ssl.SSLContext], error: str
) -> None:
    with Recorder(context=context(authority), host="localhost") as target:
        (response,) = ask(target.url)
        assert (response.error_kind, response.error) == ("tls", f"{error} (localhost:{target.port})"), reason
        assert target.requests == []
        (unchecked,) = ask(target.url, settings={"verify_tls": False})
    assert unchecked.status == 200


def test_a_server_that_does_not_speak_tls_is_told(authority: Authority) -> None:
    def serve(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.drain()

    with Server(serve) as target:
        (response,) = ask(target.url.replace("http:", "https:"))
        assert response.error == f"the server does not speak TLS (127.0.0.1:{target.port})"
    assert response.error_kind == "tls"


def test_a_server_that_closes_in_the_handshake_is_told(authority: Authority) -> None:
    with Server(lambda _: None) as target:
        (response,) = ask(target.url.replace("http:", "https:"))
    assert response.error_kind == "tls"
    assert "during the TLS handshake" in response.error


def test_a_machine_without_authorities_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "none.pem"
    empty.write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(empty))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with Recorder(context=Authority().context(), host="localhost") as target:
        (response,) = ask(target.url)
    assert response.error == "this machine has no certificate authorities to check servers with"


def test_large_bodies_go_both_ways(authority: Authority) -> None:
    def echo(request: Any) -> Answer:
        return Answer(body=request.body)

    body = bytes(range(256)) * 3000
    with Recorder(script=echo, context=authority.context(), host="localhost") as target:
        (response,) = ask(target.url, method="POST", body=body)
    assert response.body == body


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_records_may_come_a_few_bytes_at_a_time(authority: Authority, newest: ssl.TLSVersion) -> None:
    with Recorder(context=authority.context(newest=newest), host="localhost") as target:

        def relay(connection: Connection) -> None:
            near = connection._socket
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with socket.create_connection(("127.0.0.1", target.port)) as far:
                threading.Thread(target=_pass_on, args=(near, far), daemon=True).start()
                while data := far.recv(65536):
                    for at in range(0, len(data), 11):
                        near.sendall(data[at : at + 11])
                        time.sleep(0.0002)

        with Server(relay, host="localhost") as slow:
            first, second = ask(slow.url.replace("http:", "https:") + "/x", times=2)
        assert (first.error, first.status, second.error, second.json()["n"]) == (None, 200, None, 2)
        assert target.connections == 1


def _pass_on(near: socket.socket, far: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := near.recv(65536):
            far.sendall(data)
        far.shutdown(socket.SHUT_WR)


def test_a_connection_that_was_closed_while_idle_is_replaced(authority: Authority) -> None:
    def serve(connection: Connection) -> None:
        if connection.receive():
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")

    with Server(serve, authority.context(), "localhost") as target:

        async def journey(user: object) -> None:
            assert (await http.get(target.url)).ok
            assert (await http.get(target.url)).ok
            await sleep(0.6)
            assert (await http.get(target.url)).ok

        played = play(journey)
        assert target.connections == 3
    assert played.iterations == {"started": 1, "finished": 1}


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_within_a_user_and_never_between_users(
    authority: Authority, newest: ssl.TLSVersion
) -> None:
    reused: dict[str, list[bool]] = {}

    def serve(connection: Connection) -> None:
        request = connection.receive()
        assert request is not None
        session: ssl.SSLSocket = connection._socket  # type: ignore[assignment]
        reused.setdefault(request.path, []).append(bool(session.session_reused))
        connection.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")

    with Server(serve, authority.context(newest=newest), "localhost") as target:

        async def journey(user: Any) -> None:
            assert (await http.get(f"{target.url}/{user.index}")).ok

        play(journey, phases=((0, 2, 0.4), (2, 2, 20.0)), iterations=3)
    assert reused == {"/0": [False, True, True], "/1": [False, True, True]}


def test_connecting_counts_the_handshake(authority: Authority) -> None:
    with Recorder(context=authority.context(), host="localhost") as target:

        async def journey(user: object) -> None:
            await http.get(target.url, name="x")

        series = play(journey).series("x")
    assert series.histograms["connect"]["n"] == 1
    assert series.mean_s("response") > series.mean_s("connect")
