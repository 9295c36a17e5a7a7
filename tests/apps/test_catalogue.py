"""The targets do what they say: other tests lean on it."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from contextlib import closing

import pytest

from tests.apps import FAULTS, Answer, Authority, Chunks, Faulty, Recorder, Redirects, Slow


def exchange(port: int, data: bytes, until: bytes | None = None) -> bytes:
    """Send raw bytes and return what came back, to the end of the connection or up to a mark."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(data)
        got = b""
        while until is None or until not in got:
            piece = sock.recv(65536)
            if not piece:
                break
            got += piece
        return got


def get(target: Recorder | Slow | Redirects | Chunks, path: str = "/") -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=5)) as client:
        client.request("GET", path)
        response = client.getresponse()
        return response.status, response.read()


def test_the_recorder_keeps_case_order_repetition_and_body_of_what_was_sent() -> None:
    with Recorder() as target:
        exchange(
            target.port,
            b"POST /a%20b?x=1&y= HTTP/1.1\r\nhOsT: h\r\nX-B: 2\r\nX-A: 1\r\nX-B:  3 \r\nContent-Length: 4\r\n\r\nbody",
            until=b"}",
        )
    (request,) = target.requests
    assert (request.method, request.target, request.path) == ("POST", "/a%20b?x=1&y=", "/a%20b")
    assert request.headers == (("hOsT", "h"), ("X-B", "2"), ("X-A", "1"), ("X-B", "3"), ("Content-Length", "4"))
    assert request.query == [("x", "1"), ("y", "")]
    assert request.body == b"body"


def test_the_recorder_puts_a_chunked_request_together() -> None:
    with Recorder() as target:
        exchange(
            target.port,
            b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: t\r\n\r\n",
            until=b"}",
        )
    assert target.requests[0].body == b"abcde"


def test_the_recorder_counts_connections_and_serves_many_requests_on_one() -> None:
    with Recorder() as target:
        with closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=5)) as client:
            for _ in range(3):
                client.request("GET", "/")
                assert client.getresponse().read()
        get(target)
    assert [request.connection for request in target.requests] == [0, 0, 0, 1]
    assert target.connections == 2


def test_scripted_answers_come_in_order_and_the_last_one_stays() -> None:
    with Recorder([Answer(503), Answer.json([1])]) as target:
        assert [get(target)[0] for _ in range(3)] == [503, 200, 200]
        target.script = lambda request: Answer(404, (), request.path.encode())
        assert get(target, "/x") == (404, b"/x")


def test_what_is_no_request_is_answered_400_and_not_recorded() -> None:
    with Recorder() as target:
        assert exchange(target.port, b"hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert target.requests == []


def test_a_server_ends_although_clients_stay_connected() -> None:
    with socket.socket() as idle:
        with Faulty("never-answer") as target:
            idle.connect(("127.0.0.1", target.port))
            idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
            started = time.monotonic()
        assert time.monotonic() - started < 4, "the end waited for the client"
    assert not [thread for thread in threading.enumerate() if thread.name == "target-accept"]


def test_slow_answers_take_the_scripted_time_and_say_what_they_took() -> None:
    with Slow([0.0, 0.02]) as target:
        for _ in range(4):
            assert get(target)[0] == 200
    assert [delay >= least * 0.99 for delay, least in zip(target.delays_s, [0, 0.02, 0, 0.02], strict=True)] == [
        True
    ] * 4


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_met_and_its_server_ends(fault: str) -> None:
    with Faulty(fault) as target:
        try:  # a reset may come as early as in connect
            with socket.create_connection(("127.0.0.1", target.port), timeout=5) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                sock.settimeout(0.2)
                got = sock.recv(100)
        except TimeoutError:
            assert fault == "never-answer"
        except ConnectionResetError:
            assert fault in ("close-at-accept", "reset-after-request")
        else:
            assert (got == b"") == (fault == "close-without-answer")


@pytest.mark.parametrize("cut_bytes", [0, 1, 7])
def test_chunks_arrive_whole_however_they_are_cut(cut_bytes: int) -> None:
    with Chunks(cut_bytes=cut_bytes, pause_s=0.0001, trailers=[("X-Sum", "1")]) as target:
        assert get(target) == (200, target.body)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/2", "/1"),
        ("/2?status=307", "/1?status=307"),
        ("/loop", "/loop"),
        ("/away?to=http%3A%2F%2Fx.example%2F", "http://x.example/"),
        ("/nowhere", None),
    ],
)
def test_redirects_lead_where_they_should(path: str, location: str | None) -> None:
    with Redirects() as target, closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=5)) as client:
        client.request("GET", path)
        response = client.getresponse()
        assert 300 <= response.status < 400
        assert response.getheader("location") == location


@pytest.mark.parametrize(
    ("names", "expired", "complaint"),
    [
        ((), False, None),
        ((), True, "certificate has expired"),
        (("elsewhere.example",), False, "Hostname mismatch"),
    ],
)
def test_certificates_are_as_good_or_bad_as_asked_for(
    names: tuple[str, ...], expired: bool, complaint: str | None
) -> None:
    authority = Authority()
    with Recorder(context=authority.context(*names, expired=expired), host="localhost") as target:
        client = http.client.HTTPSConnection("localhost", target.port, timeout=5, context=authority.trusting())
        with closing(client):
            if complaint is None:
                client.request("GET", "/")
                assert client.getresponse().status == 200
            else:
                with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
                    client.request("GET", "/")
