"""The process under a sandbox: when it starts, what it has, when it ends."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import penstock
from penstock.program.javascript import Limits, Sandbox
from penstock.program.javascript.process import WorkerLost, WorkerOverdue, WorkerProcess
from penstock.program.javascript.worker import COMPILED, RUN


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_ended(pid: int, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not is_running(pid):
            return True
        time.sleep(0.02)
    return False


def test_nothing_is_started_before_the_first_script() -> None:
    sandbox = Sandbox()
    assert sandbox._process is None
    sandbox.close()


def test_all_programs_of_a_sandbox_share_one_process(sandbox: Sandbox) -> None:
    before = sandbox.process().pid
    for i in range(3):
        sandbox.compile(f"const a = {i}").run({}, None)
    assert sandbox.process().pid == before


def test_closing_ends_the_process_and_a_program_starts_another() -> None:
    with Sandbox() as sandbox:
        program = sandbox.compile("const a = 1")
        first = sandbox.process().pid
        sandbox.close()
        assert wait_until_ended(first)
        assert program.run({}, None).variables == {"a": "1"}
        second = sandbox.process().pid
    assert wait_until_ended(second)


def test_a_forgotten_sandbox_ends_its_process() -> None:
    sandbox = Sandbox()
    pid = sandbox.process().pid
    del sandbox
    gc.collect()
    assert wait_until_ended(pid)


@pytest.mark.parametrize("script", ["const a = 1", "for (;;);"], ids=["idle", "in the middle of a script"])
def test_the_process_ends_when_its_parent_is_killed(script: str) -> None:
    code = f"""
import os, sys, threading, time
from penstock.program.javascript import Sandbox
sandbox = Sandbox()
program = sandbox.compile({script!r})
print(sandbox.process().pid, flush=True)
threading.Timer(0.3, lambda: os.kill(os.getpid(), 9)).start()
while True: program.run({{}}, None)
"""
    source = str(Path(penstock.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([source, *filter(None, sys.path)])}
    parent = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=60, check=False)
    assert parent.returncode == -signal.SIGKILL, parent.stderr.decode()
    assert wait_until_ended(int(parent.stdout.split()[0]))


def test_an_interrupt_of_the_terminal_does_not_end_the_process(sandbox: Sandbox) -> None:
    pid = sandbox.process().pid
    os.kill(pid, signal.SIGINT)
    assert sandbox.compile("const a = 1").run({}, None).variables == {"a": "1"}
    assert sandbox.process().pid == pid


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc")
def test_the_process_has_neither_secrets_nor_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_SECRET", "hidden")
    with Path("/dev/null").open() as held, Sandbox() as sandbox:
        os.set_inheritable(held.fileno(), True)
        process = Path(f"/proc/{sandbox.process().pid}")
        assert b"hidden" not in (process / "environ").read_bytes()
        assert sorted(int(each.name) for each in (process / "fd").iterdir()) == [0, 1, 2]
        limits = (process / "limits").read_text()
    for name in ("Max file size", "Max processes", "Max open files", "Max core file size"):
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert line.removeprefix(name).split()[:2] == ["0", "0"]


def test_a_process_that_does_not_answer_is_overdue() -> None:
    process = WorkerProcess(Limits())
    process.wait_ready()
    with pytest.raises(WorkerOverdue):
        process.receive(time.monotonic() + 0.05)
    process.close()
    assert not process.alive


def test_a_process_that_has_ended_is_lost() -> None:
    process = WorkerProcess(Limits())
    process.wait_ready()
    os.kill(process.pid, signal.SIGKILL)
    assert wait_until_ended(process.pid)

    def ask() -> None:
        process.send(RUN, b"x" * 100, time.monotonic() + 5)  # may still be taken by the pipe
        process.receive(time.monotonic() + 5)

    with pytest.raises(WorkerLost):
        ask()
    with pytest.raises(WorkerLost):
        ask()
    process.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"\xff\xff\xff\xff",
        b"\x01\x00\x00\x00?",
        b"\x03\x00\x00\x00D{}",
        b"\x03\x00\x00\x00K[]",
        b"\x05\x00\x00\x00K[9,1",
        b'\x13\x00\x00\x00D[null,[],["a",{}]]',
    ],
    ids=["an endless frame", "an unknown kind", "no result", "no call", "broken JSON", "no text"],
)
def test_an_answer_that_makes_no_sense_is_a_failure_of_the_script(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a script ever take the process over, what it sends is still only data."""
    with Sandbox(Limits(time_s=0.5)) as sandbox:
        program = sandbox.compile("const a = 1")
        reading, writing = os.pipe()
        os.write(writing, answer)
        os.close(writing)
        process = sandbox.process()
        monkeypatch.setattr(process, "_reading", reading)
        process._readable.register(reading)
        replaced = sandbox.replace_process
        monkeypatch.setattr(sandbox, "replace_process", lambda: None)
        result = program.run({}, None)
        os.close(reading)
        replaced()
        assert result.failure == "Error: Script crashed the JavaScript interpreter"
        assert program.run({}, None).variables == {"a": "1"}
    assert COMPILED not in answer
