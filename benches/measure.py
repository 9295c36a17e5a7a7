"""Run one client against one server and say what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benches import cores as cores_
from benches.cores import Cores
from benches.memory import MemoryWatch
from benches.place import HERE
from benches.steady import SteadyWatch

SAMPLE_S = 0.2


class CommandFailed(Exception):
    """A client did not do its work; the text says how it ended."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a client took: CPU of its whole tree, memory, and what else was going on.

    `steady_share` is the share of a core that it used between its start and its end; None for a short run.
    """

    wall_s: float
    user_s: float
    system_s: float
    largest_bytes: int
    sum_bytes: int
    server_cpu_s: float
    foreign_cores: float
    steady_share: float | None = None

    @property
    def cpu_s(self) -> float:
        """User and system seconds of the whole tree, start-up included."""
        return self.user_s + self.system_s


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    cores: Cores,
    server_pids: Sequence[int],
    limit_s: float,
    accepted: frozenset[int] = frozenset({0}),
) -> Cost:
    """Run `command` on the client's core, its output in `folder`; raises `CommandFailed`.

    A command that takes longer than `limit_s` is ended. `accepted` are the exit codes that mean it did the work.
    """
    report = folder / "launch.json"
    before = _clocks(cores, server_pids)
    began = time.monotonic()
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / "launch.py"), str(cores.client), str(report), *command],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**os.environ, **environment},
            cwd=folder,
        )
        watch, steady = MemoryWatch(launcher.pid), SteadyWatch(launcher.pid)
        late = False
        try:
            while launcher.poll() is None:
                watch.look()
                steady.look()
                if time.monotonic() - began > limit_s and not late:
                    late = True
                    launcher.terminate()
                time.sleep(SAMPLE_S)
        except BaseException:
            launcher.terminate()
            launcher.wait(timeout=30)
            raise
    wall_s = time.monotonic() - began
    after = _clocks(cores, server_pids)
    if launcher.returncode != 0:
        raise CommandFailed(f"it could not be started: {_tail(folder / 'stderr')}")
    ended = json.loads(report.read_text(encoding="ascii"))
    if late:
        raise CommandFailed(f"it did not end within {limit_s:.0f} s")
    if ended["stragglers"]:
        raise CommandFailed("it left processes behind that had to be ended")
    if ended["exit_code"] not in accepted:
        raise CommandFailed(f"exit code {ended['exit_code']}: {_tail(folder / 'stderr') or _tail(folder / 'stdout')}")
    client_s = ended["user_s"] + ended["system_s"]
    busy_s, server_s, own_s = (now - then for now, then in zip(after, before, strict=True))
    return Cost(
        wall_s=wall_s,
        user_s=ended["user_s"],
        system_s=ended["system_s"],
        largest_bytes=watch.largest_bytes,
        sum_bytes=watch.sum_bytes,
        server_cpu_s=server_s,
        foreign_cores=max(0.0, busy_s - client_s - server_s - own_s) / wall_s,
        steady_share=steady.share,
    )


def _clocks(cores: Cores, server_pids: Sequence[int]) -> tuple[float, float, float]:
    """Return CPU seconds so far: both cores, the server, the harness (if it is on one of them)."""
    shared = cores.harness in (cores.client, cores.server)
    return (
        cores_.busy_s(cores.client, cores.server),
        sum(cores_.process_cpu_s(pid) for pid in server_pids),
        cores_.own_cpu_s() if shared else 0.0,
    )


def _tail(file: Path) -> str:
    lines = [line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-3:])[-400:]
