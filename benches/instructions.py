"""How many instructions a request takes: `python -m benches.instructions`.

Times drift with the machine, and so do ratios of times when a machine does other things; instructions drift far less,
and only at high load, when an agent that waits for its core finds more responses at each wake-up. An agent runs under
valgrind's callgrind against nginx, once with few and once with many iterations: the difference is what the load costs
outside the kernel, without start-up. Compare two commits with it, on any machine; the kernel's part, two thirds of a
plain request, is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benches.place import OUT, ROOT, WORK
from benches.servers import nginx
from penstock.engine import frames, orders
from penstock.runs.plan import Plan
from penstock.runs.segment import Segment
from penstock.services.changes import Changes, LoadChanges
from penstock.services.preparation import prepare

USERS = 50
FEW, MANY = 20, 80
"""Iterations of each user."""

LIMIT_S = 180.0

CASES: dict[str, tuple[str, str, str, int]] = {
    "GET, flow.py": ("flow_get.py", "http", "/small", 1),
    "GET, Loadmill file": ("get.loadmill.json", "http", "/small", 1),
    "10 KB, flow.py": ("flow_get.py", "http", "/big", 1),
    "scenario, flow.py": ("flow_scenario.py", "http", "/items", 2),
    "scenario, Loadmill file": ("scenario.loadmill.json", "http", "/items", 2),
    "HTTPS GET, flow.py": ("flow_get.py", "https", "/small", 1),
    "HTTP/2 GET, flow.py": ("flow_get.py", "h2", "/small", 1),
}
"""File, scheme, path, requests an iteration."""


class Failed(Exception):
    """An agent did not do its work; the text says how it ended."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.instructions", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="only cases whose name holds this")
    parser.add_argument("--keep", metavar="FOLDER", help="keep callgrind's files here, for callgrind_annotate")
    given = parser.parse_args(arguments)
    if shutil.which("valgrind") is None:
        sys.stderr.write("error: valgrind is not installed (Debian: valgrind)\n")
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=OUT) as folder,
        nginx.serve(Path(folder), max(os.sched_getaffinity(0))) as server,
    ):
        kept = Path(given.keep or folder)
        kept.mkdir(parents=True, exist_ok=True)
        for name, case in CASES.items():
            if given.only.lower() not in name.lower():
                continue
            try:
                count = _measure(name, case, server, kept)
            except Failed as failure:
                print(f"{name:26} not measured: {failure}")
                return 1
            print(f"{name:26} {count:9,.0f} instructions a request", flush=True)
    return 0


def _measure(name: str, case: tuple[str, str, str, int], server: nginx.Nginx, kept: Path) -> float:
    file, scheme, path, requests = case
    os.environ.update(BENCH_ORIGIN=server.origin(scheme), BENCH_PATH=path)
    counts = []
    for iterations in (FEW, MANY):
        plan = _plan(file, server.origin(scheme), path, iterations)
        out = kept / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.{iterations}.callgrind"
        counts.append(_instructions(plan, out))
    return (counts[1] - counts[0]) / ((MANY - FEW) * USERS * requests)


def _plan(file: str, origin: str, path: str, iterations: int) -> Plan:
    load = LoadChanges(
        users=USERS, iterations=iterations, duration_s=LIMIT_S, ramp_up_s=0.0, thinks="off", without_pauses=True
    )
    parameters = (("path", path),) if file == "get.loadmill.json" else ()
    prepared = prepare(WORK / file, Changes(parameters=parameters, load=load, base_url=origin, verify_tls=False))
    if prepared.plan is None:
        raise Failed(f"{file} cannot be run: {prepared.findings}")
    return prepared.plan


def _instructions(plan: Plan, out: Path) -> int:
    """Run a plan in an agent under callgrind; returns all its instructions."""
    ours, theirs = socket.socketpair()
    agent = subprocess.Popen(
        [
            *("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--error-limit=no", "-q"),
            *(sys.executable, "-m", "penstock.engine.agent", str(theirs.fileno())),
        ],
        pass_fds=[theirs.fileno()],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    theirs.close()
    ours.settimeout(LIMIT_S)
    try:
        done = _follow(ours, plan)
    finally:
        ours.close()
        try:
            _, said = agent.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            agent.kill()
            raise Failed("it did not end") from None
    if agent.returncode != 0 or done == 0:
        raise Failed(said.strip()[-3000:] or f"exit code {agent.returncode}, {done} iterations")
    total = re.search(r"^(?:summary|totals): (\d+)", out.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    if total is None:
        raise Failed("callgrind wrote no total")
    return int(total[1])


def _follow(connection: socket.socket, plan: Plan) -> int:
    """Give the order and read to the end; returns the number of iterations that went well."""
    frames.send(connection, json.loads(_as_json(orders.encode(plan, Segment(0, 1)))))
    answer = frames.receive(connection)
    if answer is None or answer["type"] != "ready":
        raise Failed(f"not ready: {answer}")
    frames.send(connection, {"type": "start", "at_ns": None})
    done = 0
    while (message := frames.receive(connection)) is not None:
        if message["type"] == "snapshot":
            done += message["iterations"]["finished"] - message["iterations"]["failed"]
        elif message["reason"] != "finished":
            raise Failed(f"the run ended as {message}")
    return done


def _as_json(order: dict[str, Any]) -> bytes:
    import orjson

    return orjson.dumps(order)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
