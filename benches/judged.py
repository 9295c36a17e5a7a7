"""One run of a client against the server that answers after an exact delay and says itself what it took."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benches import cores as cores_
from benches import measure
from benches.measure import Cost
from benches.place import OUT, ROOT
from benches.tools import Tool
from benches.tools.base import Missing
from benches.trial import LIMIT_S, Bench
from benches.works import Counts, Job, Work


@dataclass(frozen=True, slots=True)
class Judged:
    """What one run cost, what the client counted, and what the server knows of it."""

    cost: Cost
    counts: Counts
    truth: dict[str, float]


def run(
    tool: Tool, work: Work, bench: Bench, server: tuple[str, ...], *, users: int, seconds: int, rate: int = 0
) -> Judged:
    """Run a client; `server` are the server's arguments.

    Raises Missing where the client is not there or cannot express the work, CommandFailed when it fails, ValueError or
    KeyError when what it wrote cannot be read.
    """
    tool.version()
    cores_.await_quiet(bench.cores, patience_s=bench.patience_s)
    with tempfile.TemporaryDirectory(dir=OUT) as folder, _serve(bench.cores.server, server) as (port, pid, truth):
        command = tool.command(Job(work, f"http://127.0.0.1:{port}", users, seconds, rate=rate))
        if command is None:
            raise Missing("cannot express this")
        cost = measure.run(
            command.arguments,
            folder=Path(folder),
            environment=command.environment,
            cores=bench.cores,
            server_pids=[pid],
            limit_s=seconds + LIMIT_S,
            accepted=command.accepted,
        )
        counts = tool.read(Path(folder))
    return Judged(cost, counts, truth)


@contextlib.contextmanager
def _serve(core: int, arguments: tuple[str, ...]) -> Iterator[tuple[int, int, dict[str, float]]]:
    """Run the server; gives its port, its pid, and a dict that holds what it knows once it has ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benches.servers.delay", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # no threads here yet
    )
    truth: dict[str, float] = {}
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid, truth
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=30)
        if said:
            truth.update(json.loads(said))
