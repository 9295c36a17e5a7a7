"""What a journey gets when there is no response: a failed one, with a reason that reports can group by."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from penstock.script import http
from tests.apps import Faulty, Recorder, Slow
from tests.apps.ports import refusing_port
from tests.engine.native_run import ask, play


@pytest.mark.parametrize(
    ("fault", "kind", "error"),
    [
        ("reset-after-request", "closed", "connection reset before the response"),
        ("close-without-answer", "closed", "connection closed before the response"),
        ("close-mid-head", "closed", "connection closed in mid-response"),
        ("close-mid-body", "closed", "connection closed in mid-response"),
        ("close-mid-chunk", "closed", "connection closed in mid-response"),
        ("garbage", "protocol", "not an HTTP/1 response"),
        ("garbage-status", "protocol", "invalid status line"),
        ("garbage-header", "protocol", "invalid header name in the response"),
        ("garbage-length", "protocol", "invalid Content-Length"),
        ("two-lengths", "protocol", "two different Content-Length headers"),
        ("garbage-chunk", "protocol", "invalid chunk size"),
        ("endless-head", "protocol", "response head longer than 256 KiB"),
        ("garbage-gzip", "body", "the body is not the gzip it says"),
    ],
)
def test_each_fault_has_its_kind_and_text(fault: str, kind: str, error: str) -> None:
    with Faulty(fault) as target:
        (response,) = ask(target.url)
    assert response.error_kind == kind
    assert re.fullmatch(error, response.error), response.error
    assert not response.ok
    assert response.body == b""


def test_a_reset_at_once_is_told_by_whoever_sees_it_first() -> None:
    with Faulty("close-at-accept") as target:
        (response,) = ask(target.url)
        name = target.url.removeprefix("http://")
    assert (response.error_kind, response.error) in [
        ("closed", "connection reset before the response"),
        ("closed", "connection closed before the response"),
        ("connect", f"connection reset while connecting ({name})"),
    ]


def test_a_refused_connection_names_what_was_asked() -> None:
    with refusing_port() as port:
        (response,) = ask(f"http://127.0.0.1:{port}/x")
    assert (response.status, response.error_kind) == (0, "connect")
    assert response.error == f"connection refused (127.0.0.1:{port})"
    assert (response.headers, response.reason, response.text) == ({}, "", "")


def test_a_name_that_does_not_exist_is_told() -> None:
    (response,) = ask("http://no-such-host.invalid/x")
    assert response.error_kind == "dns"
    assert response.error.endswith("(no-such-host.invalid)")


def test_a_failed_exchange_is_counted_with_the_time_it_took() -> None:
    with Slow(5.0) as target:

        async def journey(user: object) -> None:
            await http.get(target.url, name="x", timeout=0.2)

        series = play(journey).series("x")
    assert (series.count, series.failed, dict(series.statuses)) == (1, 1, {})
    assert series.errors == {("timeout", "no complete response within 0.2 s"): 1}
    assert 0.2 <= series.mean_s("failed_response") < 3  # the answer would come after 5 s
    assert 0 < series.mean_s("failed_service") <= series.mean_s("failed_response")
    assert "service" not in series.histograms


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port where connecting hangs: the queue of its listener is full."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", port))
        fillers.append(filler)
    time.sleep(0.05)
    try:
        yield port
    finally:
        for each in (*fillers, listener):
            each.close()


@contextmanager
def silent() -> Iterator[int]:
    """A port where everything connects and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("fault", ["never-answer", "drip", "stall-mid-body"])
def test_a_server_that_does_not_finish_runs_into_the_timeout(fault: str) -> None:
    with Faulty(fault) as target:
        began = time.monotonic()
        (response,) = ask(target.url, timeout=0.15)
        took_s = time.monotonic() - began
    assert (response.error_kind, response.error) == ("timeout", "no complete response within 0.15 s")
    assert 0.15 <= took_s < 3  # none of these servers would ever come to an end


def test_the_timeout_covers_connecting() -> None:
    with full_backlog() as port:
        (response,) = ask(f"http://127.0.0.1:{port}/", timeout=0.15)
    assert response.error_kind == "timeout"


def test_the_timeout_covers_the_tls_handshake() -> None:
    with silent() as port:
        (response,) = ask(f"https://127.0.0.1:{port}/", timeout=0.15, settings={"verify_tls": False})
    assert response.error_kind == "timeout"


def test_the_timeout_covers_sending() -> None:
    with silent() as port:
        (response,) = ask(f"http://127.0.0.1:{port}/", method="POST", body=bytes(20_000_000), timeout=0.15)
    assert response.error_kind == "timeout"


def test_the_plan_has_the_usual_timeout() -> None:
    with silent() as port:
        (response,) = ask(f"http://127.0.0.1:{port}/", settings={"timeout_s": 0.1})
    assert response.error == "no complete response within 0.1 s"


def test_the_next_request_after_a_timeout_does_not_get_the_late_answer() -> None:
    with Slow([3.0, 0.0, 0.0]) as target:

        async def journey(user: object) -> None:
            first = await http.get(target.url, timeout=0.1)
            second = await http.get(target.url)
            assert (first.status, second.status, second.json()["n"]) == (0, 200, 2)

        played = play(journey)
        assert target.connections == 2
    assert played.iterations == {"started": 1, "finished": 1, "failed": 1}
    assert played.series("main", "iteration").errors == {}


def test_an_early_answer_counts_though_the_request_was_not_read() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
        time.sleep(0.2)
        connection.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    (response,) = ask(f"http://127.0.0.1:{listener.getsockname()[1]}/", method="POST", body=bytes(20_000_000))
    thread.join()
    listener.close()
    assert (response.status, response.body) == (413, b"no")


def test_out_of_descriptors_says_so() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    responses = []

    async def journey(user: object) -> None:
        responses.append(await http.get(target.url))
        resource.setrlimit(resource.RLIMIT_NOFILE, (5, hard))
        try:
            responses.append(await http.get(f"http://127.0.0.1:{refusing}/"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    with Recorder() as target, refusing_port() as refusing:
        play(journey)
    assert [response.error for response in responses] == [None, "out of file descriptors"]
    assert responses[1].error_kind == "exhausted"
