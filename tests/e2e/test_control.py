"""Changing a run while it goes on: by command, by key, by signal."""

from __future__ import annotations

import getpass
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Recorder
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

FLOW = """
import time
from penstock.script import http, sleep, wait
async def journey(user):
    await http.get("/a", name="a")
    {body}
"""


@pytest.fixture
def target() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


class Live:
    """A run under way in a process of its own."""

    def __init__(self, folder: Path, target: Recorder, *options: str, body: str = "await sleep(0.02)") -> None:
        self.folder = folder
        self.environment = {**os.environ, "PENSTOCK_RUNTIME_DIR": str(folder / "live"), "NO_COLOR": "1"}
        name = next(arg.partition("=")[2] for arg in (*options, "name=flow") if arg.startswith("name="))
        flow = folder / f"{name}.py"
        flow.write_text(FLOW.format(body=body))
        self.report = folder / f"{name}.json"
        rest = [option for option in options if not option.startswith("name=")]
        arguments = ["run", str(flow), "--base-url", target.url, "--json", str(self.report), *rest]
        self._talk = folder / f"{name}.talk"
        with self._talk.open("wb") as talk:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "penstock", *arguments],
                cwd=folder,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=talk,
            )

    @property
    def talk(self) -> str:
        """What it has said so far."""
        return self._talk.read_text()

    def begun(self) -> Live:
        """Wait until the run can be steered."""
        until(lambda: any((self.folder / "live").glob("*.sock")), "no socket appeared")
        return self

    def control(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            [sys.executable, "-m", "penstock", "control", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == expect, ended
        return ended

    def status(self) -> dict[str, Any]:
        (status,) = json.loads(self.control("--json").stdout)
        return dict(status)

    def end(self, expect: int) -> dict[str, Any]:
        """Wait for the end and return the report."""
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.returncode == expect, self.talk
        assert "Traceback" not in self.talk
        assert not list((self.folder / "live").glob("*.sock")), "its socket is gone"
        return dict(json.loads(self.report.read_text()))


def until(holds: Callable[[], Any], complaint: str, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def test_users_are_changed_paused_and_stopped_by_command(target: Recorder, tmp_path: Path) -> None:
    run = Live(tmp_path, target, "--users", "1", "--duration", "60s", "--agents", "2").begun()
    assert "users 1 → 5" in run.control("users=5").stderr
    until(lambda: run.status()["users"] > 4.5, "five users did not come")
    run.control("users=-40%")
    until(lambda: run.status()["users"] < 3.5, "two users did not leave")
    run.control("pause")

    def is_silent() -> bool:
        before = len(target.requests)
        time.sleep(0.5)
        return len(target.requests) == before

    until(is_silent, "the pause is not kept")
    before = len(target.requests)
    assert run.status()["state"] == "paused"
    run.control("resume")
    until(lambda: len(target.requests) > before, "nothing went on")
    run.control("stop", "--grace", "5s")
    report = run.end(expect=105)
    assert report["iterations"]["interrupted"] == 0
    assert [event["what"] for event in report["events"]] == [
        "users 1 → 5",
        "users 5 → 3",
        "paused",
        "resumed",
        "stopping: iterations may go on for 5s",
    ]
    assert all(event["who"].endswith("(penstock control)") for event in report["events"])
    assert report["totals"]["requests"]["count"] == len(target.requests)


def test_a_rate_is_changed_by_command(target: Recorder, tmp_path: Path) -> None:
    run = Live(tmp_path, target, "--rate", "10", "--duration", "60s").begun()
    assert "rate 10 → 100" in run.control("rate=6000/m").stderr
    until(lambda: run.status()["rate"] > 90, "the rate did not rise")
    assert "say rate=" in run.control("users=5", expect=104).stderr
    run.control("stop", "--now")
    run.end(expect=105)


@pytest.mark.alone
def test_stopped_at_once_a_run_is_silent_within_a_second(target: Recorder, tmp_path: Path) -> None:
    run = Live(tmp_path, target, "--users", "20", "--duration", "60s", "--no-think").begun()
    until(lambda: len(target.requests) > 50, "no load")
    run.control("stop", "--now")
    told = time.monotonic()
    report = run.end(expect=105)
    # what came later than a second after the command had returned would be seen here
    assert max(request.received_ns for request in target.requests) / 1e9 < told + 1.0
    assert report["run"]["end"] == "stopped"


def test_what_cannot_be_done_is_said(target: Recorder, tmp_path: Path) -> None:
    run = Live(tmp_path, target, "--users", "2", "--duration", "60s").begun()
    for arguments, words in (
        (["nowhere", "pause"], "there is no run 'nowhere'; under way: flow-"),
        (["users=many"], "write it like"),
        (["users=5%"], "users=+10%"),
        (["rate=5"], "say users="),
        (["users=5", "pause"], "one run and one command"),
        (["pause", "--now"], "about stop"),
        (["users=5", "--population", "buyers"], "there is no population 'buyers'"),
        (["users=9999999"], "more than"),
    ):
        assert words in run.control(*arguments, expect=104).stderr, arguments
    run.control("flow", "stop", "--now")
    run.end(expect=105)
    nothing = run.control("pause", expect=104).stderr
    assert f"no run is under way as user {getpass.getuser()} on this machine (looked in {tmp_path / 'live'})" in nothing


def test_one_of_several_runs_is_named(target: Recorder, tmp_path: Path) -> None:
    runs = [Live(tmp_path, target, f"name={name}", "--users", "1", "--duration", "60s") for name in ("one", "two")]
    until(lambda: len(list((tmp_path / "live").glob("*.sock"))) == 2, "two runs did not start")
    said = runs[0].control("pause", expect=104).stderr
    assert all(f"{name}-{one.process.pid}" in said for name, one in zip(("one", "two"), runs, strict=True))
    assert "say which" in said
    lines = runs[0].control().stdout.splitlines()
    assert [line.split("-")[0] for line in lines] == ["one", "two"]
    for name in ("one", "two"):
        runs[0].control(name, "stop", "--now")
    for run in runs:
        run.process.wait(timeout=30)


def test_what_a_killed_run_left_is_cleared_away(target: Recorder, tmp_path: Path) -> None:
    run = Live(tmp_path, target, "--users", "1", "--duration", "60s").begun()
    run.process.kill()
    run.process.wait(timeout=30)
    assert list((tmp_path / "live").glob("*.sock"))
    assert "no run is under way" in run.control().stderr
    assert not list((tmp_path / "live").glob("*.sock"))


def test_a_folder_that_others_may_read_is_refused(penstock: Command, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    ended = subprocess.run(
        [sys.executable, "-m", "penstock", "control"],
        env={**os.environ, "PENSTOCK_RUNTIME_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, "not yours alone" in ended.stderr) == (104, True)


def test_the_first_ctrl_c_lets_iterations_end_and_the_second_cuts_them(target: Recorder, tmp_path: Path) -> None:
    run = Live(tmp_path, target, "--users", "2", "--duration", "60s", body="await wait(1.5)").begun()
    until(lambda: len(target.requests) >= 2, "no load")
    run.process.send_signal(signal.SIGINT)
    report = run.end(expect=105)
    assert (report["iterations"]["finished"], report["iterations"]["interrupted"]) == (len(target.requests), 0)
    assert "Ctrl-C again" in run.talk

    target.clear()
    run = Live(tmp_path, target, "--users", "2", "--duration", "60s", body="await wait(30)").begun()
    until(lambda: len(target.requests) == 2, "no load")
    run.process.send_signal(signal.SIGINT)
    until(lambda: "Ctrl-C again" in run.talk, "the first was not heard")
    run.process.send_signal(signal.SIGINT)
    report = run.end(expect=105)
    assert report["iterations"]["interrupted"] == 2
    assert [event["who"] for event in report["events"]] == ["Ctrl-C", "Ctrl-C"]


def test_code_that_blocks_for_ever_is_named_and_holds_up_no_stop(target: Recorder, tmp_path: Path) -> None:
    run = Live(tmp_path, target, "--users", "1", "--duration", "60s", body="time.sleep(600)").begun()
    until(lambda: "holds it up" in run.talk, "nobody missed it")
    run.control("stop", "--now")
    report = run.end(expect=105)
    assert any("flow.py:6 in journey holds it up" in event["what"] for event in report["events"]), report["events"]
    assert "flow.py:6 in journey" in report["run"]["message"]


class Terminal:
    """A run in a terminal of its own."""

    def __init__(self, folder: Path, target: Recorder) -> None:
        flow = folder / "flow.py"
        flow.write_text(FLOW.format(body="await sleep(0.02)"))
        self.report = folder / "report.json"
        arguments = ["run", str(flow), "--base-url", target.url, "--json", str(self.report)]
        self.seen = ""
        self.child, self.descriptor = pty.fork()
        if self.child == 0:
            os.environ |= {"TERM": "xterm", "PENSTOCK_RUNTIME_DIR": str(folder / "live"), "COLUMNS": "100"}
            os.execv(
                sys.executable,
                [sys.executable, "-m", "penstock", *arguments, "--users", "10", "--duration", "60s"],
            )

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + 20
        while words not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.descriptor], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.descriptor, 65_536).decode(errors="replace")
                except OSError:
                    assert words in self.seen, self.seen
                    return

    def press(self, key: str) -> None:
        os.write(self.descriptor, key.encode())

    def end(self) -> int:
        deadline = time.monotonic() + 20
        while True:
            pid, status = os.waitpid(self.child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, self.seen
            if select.select([self.descriptor], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.descriptor, 65_536).decode(errors="replace")
                except OSError:
                    time.sleep(0.05)


def test_keys_steer_the_run_and_the_terminal_is_put_back(target: Recorder, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, target)
    before = termios.tcgetattr(terminal.descriptor)[3]
    terminal.wait_for("+ - p r q ?")
    assert not termios.tcgetattr(terminal.descriptor)[3] & termios.ICANON
    for key, words in (
        ("?", "keys: + 10% more"),
        ("+", "keyboard: users 10 → 11"),
        ("-", "keyboard: users 11 → 10"),
        ("p", "keyboard: paused"),
        ("r", "keyboard: resumed"),
        ("x", ""),
        ("q", "iterations may go on for 10s"),
    ):
        terminal.press(key)
        terminal.wait_for(words)
    assert terminal.end() == 105
    assert termios.tcgetattr(terminal.descriptor)[3] == before
    report = json.loads(terminal.report.read_text())
    assert {event["who"] for event in report["events"]} == {"keyboard"}
    assert re.search(r"EVENTS", terminal.seen)
    os.close(terminal.descriptor)
