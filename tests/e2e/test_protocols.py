"""Protocols and their faults from the command line: what a server sees of a whole run, and what its report says.

What happens in each is proven, case by case, by `tests/engine`; here each comes through options, agents and report.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Connection, Faulty, Recorder, Server
from tests.apps.authenticating import Authenticating
from tests.apps.http2_faults import FaultyHttp2
from tests.e2e.conftest import ROOT, Command
from tests.e2e.test_pages_and_faults import MOST_RESIDENT, by_name, told
from tests.e2e.test_web_tests import request, write
from tests.engine.test_parallel import Crowd
from tests.engine.test_streams import Ticker

pytestmark = pytest.mark.e2e

ONE_EACH = ("--users", "1", "--iterations", "1", "--quiet", "--json", "-")


@pytest.mark.parametrize(
    ("reason", "limit", "most"), [("as browsers do", None, 6), ("as many as is said", 3, 3), ("one at a time", 1, 1)]
)
def test_parallel_requests_keep_to_their_limit_of_connections(
    penstock: Command, tmp_path: Path, reason: str, limit: int | None, most: int
) -> None:
    with Crowd() as target:
        body = (
            f"await http.parallel([http.get(f'/{{n}}', name='each') for n in range(12)], connections_per_host={limit})"
        )
        report = told(penstock, tmp_path, body, target.url)
        assert (target.most, target.connections) == (most, most), reason
    each = by_name(report["requests"])["each"]
    assert (each["count"], each["failed"], each["phases"]["tcp"]["count"]) == (12, 0, most)


def asking(servers: dict[str, Server], options: str) -> str:
    """Return what asks all of the servers side by side, each under its name, and wants no iteration to end early."""
    asked = ", ".join(f"http.get('{server.url}/', name='{name}', {options})" for name, server in servers.items())
    return f"await http.parallel([{asked}], connections_per_host=1)"


def errors_of(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["series"]: (one["kind"], one["message"]) for one in report["errors"]}


HTTP2_FAULTS = {
    "goaway": {"closed"},
    "goaway-with-an-error": {"closed"},
    "reset": {"closed"},
    "refused-stream": {"closed"},
    "settings-flood": {"protocol", "timeout", "closed"},
    "ping-flood": {"protocol", "timeout", "closed"},
    "empty-data-flood": {"protocol", "timeout", "closed"},
    "reset-flood": {"closed", "protocol"},
    "push": {"protocol", "closed"},
    "continuation-flood": {"protocol", "closed"},
    "header-bomb": {"protocol", "closed"},
    "garbage": {"protocol"},
    "frame-too-large": {"protocol"},
    "beyond-the-window": {"protocol", "body"},
    "endless-interim": {"protocol"},
    "half-a-body": {"timeout"},
}
"""The kinds of failure that each may be told as."""


def test_each_fault_of_http2_is_a_named_error_and_bounded_memory(penstock: Command, tmp_path: Path) -> None:
    with ExitStack() as started:
        servers: dict[str, Server] = {name: started.enter_context(FaultyHttp2(name)) for name in HTTP2_FAULTS}
        report = told(
            *(penstock, tmp_path, asking(servers, "timeout=2"), "http://127.0.0.1:1"),
            *("--http-version", "2-prior-knowledge"),
            expect=99,
        )
    found = errors_of(report)
    assert found.keys() == HTTP2_FAULTS.keys()
    assert {name: kind for name, (kind, _) in found.items() if kind not in HTTP2_FAULTS[name]} == {}
    assert all(message for _, message in found.values())
    assert {name: row["failed"] for name, row in by_name(report["requests"]).items()} == dict.fromkeys(HTTP2_FAULTS, 1)
    assert all(0 < agent["rss_bytes"] < MOST_RESIDENT for agent in report["generator"]["agents"])


BOMBS = ("gzip-bomb", "deflate-bomb", "brotli-bomb", "double-gzip-bomb", "endless-chunks", "endless-body")


@pytest.mark.parametrize(
    ("reason", "of_the_flow", "options", "limit"),
    [
        ("on the command line", "", ("--max-body-size", "1MB"), 1_000_000),
        ("in the flow", "max_body_size='2MiB'", (), 2 * 2**20),
        ("the command line wins", "max_body_size='2MiB'", ("--max-body-size", "1000"), 1000),
    ],
)
def test_bodies_without_end_stop_at_the_limit_also_when_they_are_compressed(
    penstock: Command, tmp_path: Path, reason: str, of_the_flow: str, options: tuple[str, ...], limit: int
) -> None:
    with ExitStack() as started:
        servers: dict[str, Server] = {name: started.enter_context(Faulty(name)) for name in BOMBS}
        path = tmp_path / "flow.py"
        path.write_text(
            f"from penstock.script import Options, http\n\noptions = Options({of_the_flow})\n\n\n"
            f"async def journey(user):\n    {asking(servers, 'timeout=10')}\n"
        )
        report = penstock("run", path, *ONE_EACH, *options, expect=99).json()
    message = f"response body longer than {limit} bytes"
    assert errors_of(report) == dict.fromkeys(BOMBS, ("body", message)), reason
    assert all(0 < agent["rss_bytes"] < MOST_RESIDENT for agent in report["generator"]["agents"])


def test_an_imported_test_and_a_trial_keep_to_the_limit_of_bodies(penstock: Command, tmp_path: Path) -> None:
    path = write(tmp_path, request("/"))
    for command, rest in (("run", ("--total-iterations", "1")), ("trial", ())):
        with Faulty("gzip-bomb") as server:
            given = (path, "--base-url", server.url, "--max-body-size", "64kB", *rest)
            assert "response body longer than 64000 bytes" in penstock(command, *given, expect=99).stderr


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ("0", "a body holds from 1 byte to 1 TiB; to keep none, discard it"),
        ("-1MB", "size '-1MB' is not understood; write it like 500kB, 20MB, 1GiB or in bytes"),
        ("nan", "size 'nan' is not understood"),
        ("99999TB", "a body holds from 1 byte to 1 TiB"),
    ],
)
def test_a_limit_of_bodies_that_cannot_be_is_refused(
    penstock: Command, tmp_path: Path, size: str, message: str
) -> None:
    path = tmp_path / "flow.py"
    path.write_text("async def journey(user):\n    pass\n")
    said = penstock("run", path, "--max-body-size", size, expect=104).stderr
    assert said.startswith("error: max body size")
    assert message in said


def test_what_a_slow_reader_costs_is_in_the_send_phase(penstock: Command, tmp_path: Path) -> None:
    def serve(connection: Connection) -> None:
        connection.sleep(0.15)
        if connection.receive():
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Server(serve) as target:
        body = "await http.post('/', body=bytes(16_000_000), name='large', timeout=20)"
        report = told(penstock, tmp_path, body, target.url)
    phases = by_name(report["requests"])["large"]["phases"]
    assert phases["send"]["count"] == 1
    assert phases["send"]["max_s"] > 0.05
    assert phases["send"]["max_s"] + phases["wait"]["max_s"] >= 0.15


@pytest.mark.parametrize(
    ("algorithm", "quality"), [("MD5", None), ("SHA-256", "auth"), ("SHA-256-sess", "auth-int,auth")]
)
def test_a_digest_is_answered_once_and_then_told_at_once(
    penstock: Command, tmp_path: Path, algorithm: str, quality: str | None
) -> None:
    body = (
        "from penstock.script import digest\n"
        "for _ in range(3):\n"
        "    await http.post('/dir?a=b,c', body=b'x', name='asked', auth=digest('Mufasa', 'Circle of Life'))"
    )
    with Authenticating("Digest", algorithms=[algorithm], quality=quality) as server:
        report = told(penstock, tmp_path, body, server.url)
        assert server.statuses == [401, 200, 200, 200]
    asked = by_name(report["requests"])["asked"]
    assert (asked["count"], asked["failed"], asked["statuses"]) == (3, 0, {"200": 3})


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        ("bearer('of-the-service')", "Bearer of-the-service"),
        ("basic('ann', 'pässword')", "Basic " + b64encode("ann:pässword".encode()).decode()),
    ],
)
def test_credentials_are_told_without_being_asked(
    penstock: Command, tmp_path: Path, credentials: str, sent: str
) -> None:
    body = f"from penstock.script import basic, bearer\nawait http.get('/', name='asked', auth={credentials})"
    with Recorder() as server:
        told(penstock, tmp_path, body, server.url)
        assert [each.header("authorization") for each in server.requests] == [sent]


def test_a_wrong_password_fails_the_run_and_makes_no_loop(penstock: Command, tmp_path: Path) -> None:
    body = "from penstock.script import digest\nawait http.get('/', name='asked', auth=digest('Mufasa', 'wrong'))"
    with Authenticating("Digest") as server:
        report = told(penstock, tmp_path, body, server.url, expect=99)
        assert server.statuses == [401, 401]
    assert errors_of(report)["asked"][0] == "status"


@pytest.mark.parametrize(
    ("reason", "until", "sent"),
    [
        ("so many events", "events=3", 3),
        ("a text", "text='data: 4'", 5),
        ("so long", "seconds=1", 2),
        ("what comes first", "events=2, seconds=50", 2),
    ],
)
def test_a_stream_is_read_until_enough_has_come(
    penstock: Command, tmp_path: Path, reason: str, until: str, sent: int
) -> None:
    body = (
        "from penstock.script import metric\n"
        f"ticks = await http.stream('/', name='ticks', {until})\n"
        "metric('ticks read').add(len(events(ticks)))"
    )
    with Ticker(most=sent, silent=True) as target:
        report = told(penstock, tmp_path, body, target.url, "--threshold", "p95[message:ticks (first event)] < 30s")
    assert by_name(report["requests"])["ticks"]["failed"] == 0
    (read,) = report["metrics"]
    assert read["total"] == sent, reason
    first = by_name(report["messages"])["ticks (first event)"]
    assert first["count"] == 1
    assert first["all"]["response"]["max_s"] > 0.01


def test_a_stream_that_brings_nothing_in_time_fails_the_run(penstock: Command, tmp_path: Path) -> None:
    with Ticker(every_s=5) as target:
        body = "await http.stream('/', name='ticks', events=1, timeout=0.3)"
        report = told(penstock, tmp_path, body, target.url, expect=99)
    assert errors_of(report)["ticks"][0] == "timeout"


_FEW_PORTS = """
import fcntl, socket, struct, subprocess, sys
from pathlib import Path
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x49))  # loopback up
Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("50000 50003")
from tests.apps import Recorder
with Recorder(place=("127.0.0.1", 8080)) as target:
    options = ["--base-url", target.url, "--users", "8", "--iterations", "1", "--agents", "1", "--quiet", "--json", "-"]
    sys.exit(subprocess.run([sys.executable, "-m", "penstock", "run", sys.argv[1], *options], timeout=50).returncode)
"""


def test_running_out_of_ports_is_told_as_that(penstock: Command, tmp_path: Path) -> None:
    """In a network of its own, which has four ports."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody have a network of its own (unshare -rn)")
    path = tmp_path / "flow.py"
    path.write_text(
        "from penstock.script import http, sleep\n\n\nasync def journey(user):\n"
        "    await http.get('/', name='asked')\n    await sleep(0.5)\n"
    )
    done = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", _FEW_PORTS, path], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert done.returncode == 99, done.stderr
    report = json.loads(done.stdout)
    assert errors_of(report) == {"asked": ("exhausted", "out of local ports")}
    assert by_name(report["requests"])["asked"]["failed"] == 4
