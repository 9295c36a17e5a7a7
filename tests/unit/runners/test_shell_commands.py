"""Commands of tests are done with little of the server, in bounded time, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from penstock.ports.commands import CommandEnd
from penstock.runners.commands import MOST_OUTPUT_BYTES, ShellCommands


def done(command: str, folder: Path, *, within_s: float = 20, stop_after_s: float | None = None) -> CommandEnd:
    async def work() -> CommandEnd:
        stop = asyncio.Event()
        if stop_after_s is not None:
            asyncio.get_running_loop().call_later(stop_after_s, stop.set)
        return await ShellCommands().run(command, folder, {"RUN": "7"}, within_s, stop)

    return asyncio.run(work())


def test_a_command_is_done_in_its_folder_and_its_output_is_kept(tmp_path: Path) -> None:
    end = done('echo "run $RUN"; pwd; echo oops >&2; touch made; exit 3', tmp_path)
    assert end == CommandEnd(3, f"run 7\n{tmp_path}\noops\n")
    assert (tmp_path / "made").exists()


def test_a_command_sees_nothing_of_what_the_server_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", "postgresql://user:s3cr3t@host/name")
    end = done("env", tmp_path)
    assert "s3cr3t" not in end.output
    assert f"HOME={tmp_path}" in end.output.splitlines()


@pytest.mark.parametrize(
    ("how", "why"),
    [({"within_s": 0.3}, "it took longer than 0.3 seconds"), ({"stop_after_s": 0.3}, "the run was stopped")],
    ids=["too long", "stopped"],
)
def test_a_command_that_is_ended_by_force_takes_with_it_what_it_has_started(
    tmp_path: Path, how: dict[str, float], why: str
) -> None:
    end = done("sleep 60 & echo $! > child; echo begun; sleep 60", tmp_path, **how)  # type: ignore[arg-type]
    assert (end.code, end.why, end.output) == (None, why, "begun\n")
    assert is_gone(int((tmp_path / "child").read_text()))


def test_what_a_command_leaves_running_ends_with_it(tmp_path: Path) -> None:
    end = done("sleep 60 & echo $! > child", tmp_path)
    assert (end.code, end.why) == (0, "")
    assert is_gone(int((tmp_path / "child").read_text()))


def test_of_endless_output_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    end = done("echo first; head -c 10000000 /dev/zero | tr '\\0' x; echo; echo last", tmp_path)
    assert end.output.startswith("first\nxxx")
    assert end.output.endswith("x\nlast\n")
    assert "bytes left out" in end.output
    assert len(end.output) < 2 * MOST_OUTPUT_BYTES + 100


def test_output_of_any_bytes_is_text(tmp_path: Path) -> None:
    assert done("printf '\\377\\000\\303\\274'", tmp_path).output == "\ufffd\ufffdü"


def is_gone(process: int) -> bool:
    for _ in range(100):
        try:
            os.kill(process, 0)
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False
