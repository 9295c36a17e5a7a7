"""Loads that seek their own level, and rules that stop a run, from the command line."""

from __future__ import annotations

import json
import shlex
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

FLOW = """
from penstock.script import http, sleep
async def journey(user):
    await http.get("/a", name="a")
"""


class Crowded:
    """Answers the more slowly the more it has to do at once: 20 ms for each request under way."""

    def __init__(self) -> None:
        self.under_way = 0
        self.lock = threading.Lock()

    def __call__(self, _: Request) -> Answer:
        with self.lock:
            self.under_way += 1
            delay_s = 0.02 * self.under_way
        time.sleep(delay_s)
        with self.lock:
            self.under_way -= 1
        return Answer(200)


def run(penstock: Command, folder: Path, target: Recorder, options: str, expect: int = 0) -> Any:
    flow = folder / "flow.py"
    flow.write_text(FLOW)
    return json.loads(
        penstock("run", flow, "--base-url", target.url, "--json", "-", *shlex.split(options), expect=expect).stdout
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_users_rise_until_the_measure_lies_in_the_range(penstock: Command, tmp_path: Path, workers: int) -> None:
    with Recorder(Crowded()) as target:
        report = run(
            penstock,
            tmp_path,
            target,
            f"--goal 'avg in 80ms..160ms with 1..30 users by 4 every 1s keep' --duration 7s --agents {workers}",
        )
    changes = [event["what"] for event in report["events"] if event["who"] == "goal"]
    assert changes[0].startswith("users 1 → ")
    last = int(changes[-1].split("→ ")[1].split(" ")[0])
    assert 4 <= last <= 16, changes  # 20 ms a user, somewhat less in the mean
    assert report["users"]["peak"] >= 4, "all agents take part"
    assert "seeking avg from 80 ms to 160 ms" in report["scenario"]["load"]


def test_the_counters_of_this_machine_can_be_asked_for(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        options = "--users 1 --duration 3s --threshold 'value[counter:cpu] <= 100' --threshold 'max[counter:{}] > 1'"
        report = run(penstock, tmp_path, target, options.format("available memory"))
        assert [one["passed"] for one in report["verdict"]["thresholds"]] == [True, True]
        ended = penstock(
            "run", "flow.py", "--threshold", "value[counter:luck] > 1", "--base-url", target.url, expect=104
        )
    assert "no counter 'luck'" in ended.stderr


def test_a_run_that_fails_all_the_time_is_stopped_unless_told_not_to(penstock: Command, tmp_path: Path) -> None:
    with Recorder(lambda _: Answer(503)) as target:
        options = "--users 1 --requests-rate 50 --max-failures 100%"
        stop = "--duration 30s --stop-on-errors '80% over 2s'"
        report = run(penstock, tmp_path, target, f"{options} {stop}", expect=99)
        assert report["run"]["end"] == "stopped"
        assert report["run"]["duration_s"] < 25
        assert any("stop-on-errors" in reason for reason in report["verdict"]["reasons"])
        assert [event["who"] for event in report["events"]] == ["stop rule"]
        report = run(penstock, tmp_path, target, f"{options} --duration 3s --stop-on-errors off", expect=99)
        assert (report["run"]["end"], report["events"]) == ("finished", [])
        for wrong in ("sometimes", "90%", "900% over 1s"):
            penstock("run", "flow.py", "--stop-on-errors", wrong, "--base-url", target.url, expect=104)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--goal 'p95 in 1s..2s with 1..5 users'", "--duration"),
        ("--goal 'p95 in 1s..2s with 1..5 users' --rate 5 --duration 1s", "contradict"),
        ("--goal faster --duration 1s", "write it like"),
    ],
)
def test_goals_that_cannot_be_are_refused(penstock: Command, tmp_path: Path, options: str, words: str) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    ended = penstock("run", "flow.py", "--base-url", "http://127.0.0.1:1", *shlex.split(options), expect=104)
    assert words in ended.stderr
