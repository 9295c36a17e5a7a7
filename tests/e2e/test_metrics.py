"""`penstock run --metrics`, scraped by a real Prometheus while it lasts."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from penstock.cli.exits import Exit
from tests.apps import Answer, Recorder, Request
from tests.apps.penstock_server import wait_until
from tests.apps.prometheus import Prometheus
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

FLOW = """
from penstock.script import http
async def journey(user):
    for name in ("fine", "broken", "fine"):
        await http.get("/" + name, name=name)
    await http.get("/held", name="held")  # so that there is time to look at it
"""


def test_prometheus_reads_a_run_while_it_lasts(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(FLOW)

    looked = threading.Event()

    def answer(request: Request) -> Answer:
        if request.path == "/held":
            looked.wait(60)
        return Answer.json({}, 500 if request.path == "/broken" else 200)

    with Recorder(answer) as shop, (tmp_path / "said").open("wb") as said:
        options = ("--users", "3", "--iterations", "1", "--json", "report.json", "--metrics", "127.0.0.1:0")
        run = subprocess.Popen(
            [sys.executable, "-m", "penstock", "run", "flow.py", "--base-url", shop.url, *options],
            cwd=tmp_path,
            stdout=said,
            stderr=said,
            env={**os.environ, "NO_COLOR": "1"},
        )
        try:
            found = wait_until(lambda: re.search(rb"metrics at http://127.0.0.1:(\d+)/metrics", said_so_far(tmp_path)))
            assert isinstance(found, re.Match)
            with Prometheus([int(found[1])]) as watching:
                watching.wait_for('sum(penstock_load_requests_total{name="flow"}) == 9')
                told = {
                    name: [
                        watching.values(f'penstock_load_{metric}{{request="{name}"}}')
                        for metric in ("requests_total", "failures_total", "latency_seconds_count")
                    ]
                    for name in ("fine", "broken")
                }
                assert watching.values("penstock_load_users") == [3]
                assert watching.values("penstock_load_agents") == [1]
            looked.set()
            run.wait(30)
        finally:
            run.kill()
            run.wait(10)
    report = json.loads((tmp_path / "report.json").read_text())
    rows = {row["name"]: [[row["count"]], [row["failed"]], [row["count"]]] for row in report["requests"]}
    assert rows.pop("held") == [[3], [0], [3]]
    assert told == rows == {"fine": [[6], [0], [6]], "broken": [[3], [3], [3]]}


def said_so_far(folder: Path) -> bytes:
    return (folder / "said").read_bytes()


@pytest.mark.parametrize(
    ("place", "says"),
    [
        pytest.param("9464", "'9464' is no address and port to serve metrics at", id="no address"),
        pytest.param("127.0.0.1:99999", "is no address and port", id="no port"),
        pytest.param("taken", "cannot be listened on: Address already in use", id="another program has it"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_before_anything_is_sent(
    place: str, says: str, penstock: Command, tmp_path: Path
) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    with Recorder() as shop, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        place = place.replace("taken", f"127.0.0.1:{other.getsockname()[1]}")
        ended = penstock("run", "flow.py", "--base-url", shop.url, "--metrics", place, expect=Exit.INVALID_INPUT)
        assert says in ended.stderr
        assert not shop.requests
