"""A flow may fork processes; none of them becomes a second agent, and none is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.e2e.conftest import Command, Ended

pytestmark = pytest.mark.e2e

HEAD = "import multiprocessing, os, subprocess, sys, time\nfrom penstock.script import http\n\n\n"
NOTE_AGENT = "with open('agents', 'a') as noted:\n    noted.write(f'{os.getpid()}\\n')\n\n\n"


def run(penstock: Command, folder: Path, flow: str, *options: str, expect: int | None = 0) -> Ended:
    """Run a flow whose agents note themselves, and see that nothing of their process groups is left."""
    (folder / "flow.py").write_text(HEAD + NOTE_AGENT + flow)
    with Recorder() as target:
        load = options or ("--users", "1", "--iterations", "3")
        arguments = ("run", "flow.py", "--base-url", target.url, *load, "--json", "-")
        ended = penstock(*arguments, expect=expect)
    agents = [int(line) for line in (folder / "agents").read_text().split()]
    assert agents
    assert [group for group in agents if alive_in(group)] == []
    return ended


def alive_in(group: int) -> list[int]:
    """Return the processes of a group; what has ended and only waits to be collected is none."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def iterations(ended: Ended) -> int:
    return int(ended.json()["iterations"]["started"])


def test_a_process_forked_in_a_journey_does_not_go_on_as_an_agent(penstock: Command, tmp_path: Path) -> None:
    ended = run(penstock, tmp_path, "async def journey(user):\n    os.fork()\n    await http.get('/')\n")
    assert iterations(ended) == 3
    assert ended.stderr.count("a process that a journey forked") == 1, "a place is told once"
    assert "(flow.py:11)" in ended.stderr, ended.stderr


def test_what_is_forked_at_one_place_is_told_once_and_summed_up(penstock: Command, tmp_path: Path) -> None:
    flow = (
        "async def journey(user):\n    child = os.fork()\n    if child:\n        os.waitpid(child, 0)\n"
        "    await http.get('/')\n"
    )
    ended = run(penstock, tmp_path, flow)
    assert ended.stderr.count("a process that a journey forked") == 1
    assert "at least 3 processes that journeys forked went on" in ended.stderr


def test_a_trial_tells_where_a_process_was_forked_that_goes_on(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(HEAD + "async def journey(user):\n    os.fork()\n    await http.get('/')\n")
    with Recorder() as target:
        ended = penstock("trial", "flow.py", "--base-url", target.url, expect=None)
    assert "(flow.py:7)" in ended.stderr, ended


def test_a_process_forked_past_python_does_not_go_on_either(penstock: Command, tmp_path: Path) -> None:
    flow = "import ctypes\nasync def journey(user):\n    ctypes.PyDLL(None).fork()\n    await http.get('/')\n"
    ended = run(penstock, tmp_path, flow)
    assert iterations(ended) == 3
    assert "a process that a journey forked" in ended.stderr


def test_what_is_forked_in_setup_is_ended_as_well(penstock: Command, tmp_path: Path) -> None:
    flow = "def setup(run):\n    os.fork()\n\n\nasync def journey(user):\n    await http.get('/')\n"
    ended = run(penstock, tmp_path, flow)
    assert iterations(ended) == 3
    assert "a process that setup of" in ended.stderr


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("a child that ends itself", "child = os.fork()\n    if not child:\n        os._exit(7)\n"),
        (
            "a child that becomes another program",
            "child = os.fork()\n    if not child:\n        os.execv('/bin/sh', ['sh', '-c', 'exit 7'])\n",
        ),
        ("a program", "ended = subprocess.run([sys.executable, '-c', 'exit(7)']).returncode\n"),
        (
            "a function in a process of its own",
            (
                "process = multiprocessing.get_context('fork').Process(target=os._exit, args=(7,))\n"
                "    process.start()\n    process.join()\n    ended = process.exitcode\n"
            ),
        ),
    ],
)
def test_forks_that_end_by_themselves_keep_working(reason: str, body: str, penstock: Command, tmp_path: Path) -> None:
    if "child" in body:
        body += "    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
    flow = f"async def journey(user):\n    {body}    assert ended == 7, ended\n    await http.get('/')\n"
    ended = run(penstock, tmp_path, flow)
    assert (iterations(ended), ended.json()["iterations"]["failed"]) == (3, 0), reason
    assert "forked" not in ended.stderr


@pytest.mark.parametrize(
    ("reason", "start"),
    [
        ("a child", "subprocess.Popen(['sleep', '30{mark}'])"),
        ("a child in a session of its own", "subprocess.Popen(['sleep', '30{mark}'], start_new_session=True)"),
        ("a daemon: nobody's child any more", "subprocess.run(['sh', '-c', 'setsid sleep 30{mark} &'])"),
    ],
)
def test_what_a_journey_leaves_running_ends_with_its_agent(
    reason: str, start: str, penstock: Command, tmp_path: Path
) -> None:
    mark = f"0.{os.getpid()}{len(reason)}"
    flow = f"async def journey(user):\n    {start.format(mark=mark)}\n    await http.get('/')\n"
    assert iterations(run(penstock, tmp_path, flow)) == 3
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if f"30{mark}".encode() in _read(path)]
    assert left == [], reason


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_run_ends_though_a_forked_process_holds_the_socket_of_a_dead_agent(penstock: Command, tmp_path: Path) -> None:
    flow = (
        "async def journey(user):\n    if os.fork() == 0:\n        time.sleep(300)\n"
        "    await http.get('/')\n    os.kill(os.getpid(), 9)\n"
    )
    ended = run(penstock, tmp_path, flow, "--users", "1", "--duration", "60s", expect=None)
    assert ended.code not in (0, None)
    assert "signal 9" in ended.stderr + ended.stdout
