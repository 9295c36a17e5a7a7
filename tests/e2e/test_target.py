"""`penstock.target.serve` as a process: ready line, ports, TLS, signals, many workers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.apps import Authority
from tests.apps.penstock_server import wait_until

pytestmark = pytest.mark.e2e

SERVE = """
import sys
from pathlib import Path
from penstock.errors import PenstockError
from penstock.target import serve
try:
    serve({arguments})
except PenstockError as error:
    sys.exit(f"error: {{error}}")
"""


def start(arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVE.format(arguments=arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextmanager
def shop(arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the shop; gives its process and URL."""
    with start(arguments) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"https?://\S+", line)
            assert found, line + process.stderr.read()
            yield process, found[0]
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise


def get(url: str, context: ssl.SSLContext | None = None) -> Any:
    with urllib.request.urlopen(url, timeout=30, context=context) as response:
        return json.load(response)


def group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_end_of(group: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while group_is_alive(group):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_the_ready_line_is_true_for_every_worker() -> None:
    with shop("port=0, workers=3") as (_, url):
        workers = {get(f"{url}/health")["worker"] for _ in range(60)}
    assert len(workers) == 3


def test_workers_are_whole_however_often_they_are_started() -> None:
    """A lock held in the parent while it forks (OpenSSL's, say) would stay locked in the worker for ever."""
    for _ in range(5):
        with shop("port=0, workers=2") as (_, url):
            for _ in range(10):
                request = urllib.request.Request(f"{url}/login", b"user=ann&password=secret", method="POST")
                with urllib.request.urlopen(request, timeout=30) as response:
                    assert json.load(response)["token"]


def test_a_wide_variety_of_requests_over_one_connection() -> None:
    with shop("port=0, workers=1") as (_, url):
        client = HTTPConnection(url.removeprefix("http://"), timeout=30)
        seen: dict[str, tuple[int, bytes]] = {}
        for method, path, body in [
            ("GET", "/", None),
            ("HEAD", "/items", None),
            ("POST", "/login", '{"user":"a","password":"secret"}'),
            ("GET", "/chunked?pieces=3&ms=1", None),
            ("GET", "/events?n=2&ms=1", None),
            ("GET", "/slow?ms=30", None),
            ("GET", "/status/204", None),
            ("PUT", "/echo?x=%20", "körper".encode()),
            ("GET", "/bytes?n=300000", None),
            ("GET", "/nowhere", None),
        ]:
            client.request(method, path, body)
            response = client.getresponse()
            seen[f"{method} {path}"] = response.status, response.read()
        client.close()
    assert {name: status for name, (status, _) in seen.items()} == {
        "GET /": 200,
        "HEAD /items": 200,
        "POST /login": 200,
        "GET /chunked?pieces=3&ms=1": 200,
        "GET /events?n=2&ms=1": 200,
        "GET /slow?ms=30": 200,
        "GET /status/204": 204,
        "PUT /echo?x=%20": 200,
        "GET /bytes?n=300000": 200,
        "GET /nowhere": 404,
    }
    assert seen["HEAD /items"][1] == b""
    assert seen["GET /chunked?pieces=3&ms=1"][1] == b"piece 1 of 3\npiece 2 of 3\npiece 3 of 3\n"
    assert seen["GET /events?n=2&ms=1"][1].endswith(b'id: 2\nevent: sale\ndata: {"item": 2}\n\n')
    assert json.loads(seen["PUT /echo?x=%20"][1])["body"] == "körper"
    assert len(seen["GET /bytes?n=300000"][1]) == 300_000


def test_the_websocket_sends_back_what_it_is_sent() -> None:
    with shop("port=0, workers=1") as (_, url):
        with connect(f"ws{url.removeprefix('http')}/ws") as socket:
            for message in ("text", b"\x00\xff", "x" * 100_000):
                socket.send(message)
                assert socket.recv(timeout=30) == message
        with pytest.raises(InvalidStatus, match="404"):
            connect(f"ws{url.removeprefix('http')}/elsewhere")


def test_clients_that_go_early_are_no_errors() -> None:
    with shop("port=0, workers=1") as (process, url):
        for _ in range(20):
            with urllib.request.urlopen(f"{url}/events?n=100&ms=1", timeout=30) as response:
                response.readline()
            with connect(f"ws{url.removeprefix('http')}/ws") as client:
                client.send("x" * 1_000_000)
                client.socket.shutdown(socket.SHUT_RDWR)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_body_over_the_bound_is_413() -> None:
    with shop("port=0, workers=1") as (_, url):
        client = HTTPConnection(url.removeprefix("http://"), timeout=30)
        client.putrequest("POST", "/echo")
        client.putheader("Content-Length", str(11 * 1024 * 1024))
        client.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # it need not read what it refuses
            client.send(bytes(11 * 1024 * 1024))
        assert client.getresponse().status == 413
        client.close()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_workers_at_once_whatever_they_do(ending: signal.Signals) -> None:
    with shop("port=0, workers=2") as (process, url), socket.socket() as client:
        host, _, port = url.removeprefix("http://").partition(":")
        client.connect((host, int(port)))
        client.sendall(b"GET /slow?ms=30000 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        if ending == signal.SIGINT:
            os.killpg(process.pid, ending)  # as a terminal does
        else:
            process.send_signal(ending)
        assert process.wait(20) == 0
        assert wait_for_end_of(process.pid, 10)
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_a_suspended_shop_ends_when_it_is_told_to_and_goes_on() -> None:
    with shop("port=0, workers=2") as (process, _):
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)  # as `kill %1` of a shell does after Ctrl-Z
        assert process.wait(20) == 0
        assert wait_for_end_of(process.pid, 10)


def test_workers_do_not_outlive_a_killed_parent() -> None:
    with shop("port=0, workers=2") as (process, _):
        process.kill()
        process.wait(20)
        assert wait_for_end_of(process.pid, 20)


def test_a_worker_that_breaks_ends_the_shop_with_a_sentence() -> None:
    with shop("port=0, workers=2") as (process, url):
        os.kill(get(f"{url}/health")["worker"], signal.SIGKILL)
        assert process.wait(20) == 1
        assert process.stderr is not None
        assert "error: the sample shop ended because one of its workers did" in process.stderr.read()
        assert wait_for_end_of(process.pid, 10)


def test_a_port_in_use_is_refused_even_when_its_owner_would_share_it() -> None:
    with shop("port=0, workers=1") as (_, url):
        port = url.rpartition(":")[2]
        with start(f"port={port}, workers=1") as second:
            out, err = second.communicate(timeout=30)
    assert second.returncode == 1
    assert out == ""
    assert err.startswith(f"error: cannot listen on 127.0.0.1 port {port}: Address already in use")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("host='no.such.host.invalid', port=0", "'no.such.host.invalid' is no address"),
        ("host='192.0.2.1', port=0", "cannot listen on 192.0.2.1"),
        ("port=0, tls_cert=Path('/nowhere.pem')", "both a certificate and its key"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(arguments: str, message: str) -> None:
    with start(arguments) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert message in err
    assert "Traceback" not in err


def test_it_speaks_https(tmp_path: Path) -> None:
    authority = Authority()
    leaf = authority.issue("localhost", "127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    leaf.cert_chain_pems[0].write_to_path(str(cert))
    leaf.private_key_pem.write_to_path(str(key))
    with shop(f"port=0, workers=1, tls_cert=Path({str(cert)!r}), tls_key=Path({str(key)!r})") as (_, url):
        assert url.startswith("https://127.0.0.1:")
        assert len(get(f"{url}/items", authority.trusting())) == 20


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no key")
    with start(f"port=0, tls_cert=Path({str(broken)!r}), tls_key=Path({str(broken)!r})") as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "not a certificate and its key in PEM form" in err
