"""Does anything grow? `python -m benches.soak --requests 20000000`; with `--rate`, over a longer time.

One agent sends so many requests to nginx, with a fixed number of names, users and checks, and resident memory of the
command and of its agent is looked at all the time. What grows with the length of a run shows as a slope: the median
of the last quarter must not lie more than a twentieth above that of the second one.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benches import cores as cores_
from benches import results
from benches.memory import sizes_of_tree
from benches.place import OUT, ROOT, WORK
from benches.servers import nginx

TITLE = results.SOAK
LOOK_EVERY_S = 1.0
TOLERANCE = 0.05
SMALL_BYTES = 5_000_000
"""Growth below this is the allocator's own, and that of the curve over time: it fills up to 900 points of 5 to 7 KB."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000_000, help="how many to send (default 20000000)")
    parser.add_argument("--seconds", type=int, default=1800, help="longest time (default 1800)")
    parser.add_argument("--users", type=int, default=50, help="users (default 50)")
    parser.add_argument("--rate", type=int, help="iterations (of 23 requests) a second (default: all that go)")
    results.add_output(parser)
    given = parser.parse_args(arguments)
    text, kept = section(given.requests, given.seconds, given.users, given.rate)
    print(results.put(TITLE, text, file=given.output))
    return 0 if kept else 1


def section(
    requests: int = 5_000_000, seconds: int = 600, users: int = 50, rate: int | None = None
) -> tuple[str, bool]:
    """Measure and return the section, and whether memory stayed where it was."""
    cores = cores_.choose()
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as folder, nginx.serve(Path(folder), cores.server) as server:
        seen, sent, code = _soak(server, cores, requests, seconds, users, rate)
    return _judge(seen, sent, code)


def _soak(
    server: nginx.Nginx, cores: cores_.Cores, requests: int, seconds: int, users: int, rate: int | None
) -> tuple[list[tuple[int, ...]], int, int]:
    """Run until enough is sent; returns the sizes of the processes over time, what was sent, the exit code."""
    amount = ["--users", str(users), "--ramp-up", "0s", "--no-think"]
    if rate is not None:
        amount = ["--rate", str(rate), "--max-users", str(users)]
    load = [*amount, "--duration", f"{seconds}s"]
    rest = ["--agents", "1", "--base-url", server.origin("http"), "--quiet"]
    command = subprocess.Popen(
        [sys.executable, "-m", "penstock", "run", str(WORK / "flow_soak.py"), *load, *rest],
        cwd=ROOT,
        preexec_fn=lambda: os.sched_setaffinity(0, {cores.client}),  # no threads here yet
    )
    before, began, told = server.served(), time.monotonic(), 0.0
    seen: list[tuple[int, ...]] = []
    sent = 0
    try:
        while command.poll() is None and sent < requests:
            time.sleep(LOOK_EVERY_S)
            sizes = sizes_of_tree(command.pid)
            sent = server.served() - before
            if len(sizes) >= 2:
                seen.append(sizes[:2])
            if time.monotonic() - told > 10:
                told = time.monotonic()
                sizes_mb = " + ".join(f"{size / 1e6:.1f}" for size in sizes)
                print(f"{told - began:6.0f} s  {sent:12,} requests  {sizes_mb} MB", flush=True)
    finally:
        if command.poll() is None:
            command.send_signal(signal.SIGINT)
        command.wait(timeout=60)
    return seen, sent, command.returncode


def _judge(seen: list[tuple[int, ...]], sent: int, code: int) -> tuple[str, bool]:
    if len(seen) < 20:
        return f"Too short to tell: {len(seen)} looks, exit code {code}\n", False
    wanted = f"the last quarter at most {TOLERANCE:.0%}, or {SMALL_BYTES / 1e6:.0f} MB, above the second"
    lines = [
        f"{sent:,} requests; medians of resident memory, {len(seen):,} looks, one a second. To be kept: {wanted}.\n",
        "| process | second quarter MB | last quarter MB | |",
        "|---|---:|---:|---|",
    ]
    grown = False
    for name, sizes in zip(("command", "agent"), zip(*seen, strict=True), strict=True):
        quarter = len(sizes) // 4
        early = statistics.median(sizes[quarter : 2 * quarter])
        late = statistics.median(sizes[-quarter:])
        grows = late - early > max(SMALL_BYTES, TOLERANCE * early)
        grown |= grows
        lines.append(f"| {name} | {early / 1e6:.1f} | {late / 1e6:.1f} | {'it grows' if grows else 'flat'} |")
    return "\n".join(lines) + "\n", not grown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
