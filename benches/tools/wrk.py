"""wrk: the floor that the ratios are taken to. It checks nothing but counts statuses from 400 up as failed."""

from __future__ import annotations

import re
from pathlib import Path

from benches.place import WORK
from benches.tools.base import Command, need, said, text
from benches.works import Counts, Job, Work

_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


class Wrk:
    """Plain requests; `script` adds a Lua file for the scenario, which keeps state per thread, not per user."""

    def __init__(self, name: str = "wrk", script: str | None = None) -> None:
        self.name = name
        self._script = script

    def expresses(self, work: Work) -> bool:
        return work.kind == ("scenario" if self._script else "get") and work.scheme != "h2"

    def version(self) -> str:
        found = re.search(r"wrk (?:debian/)?(\S+)", said([need("wrk", "Debian: wrk"), "-v"]))
        return f"wrk {found[1]}" if found else "wrk"

    def command(self, job: Job) -> Command | None:
        program = need("wrk", "Debian: wrk")
        if job.once:
            return Command([program, "-v"], accepted=frozenset({0, 1}))
        script = ["-s", str(WORK / self._script)] if self._script else []
        options = ["-t1", f"-c{job.users}", f"-d{job.seconds}s", "--latency", *script]
        return Command([program, *options, job.url])

    def read(self, folder: Path) -> Counts:
        return parse(text(folder))


def parse(output: str) -> Counts:
    """Read wrk's report."""
    requests = re.search(r"(\d+) requests in", output)
    if requests is None:
        raise ValueError("wrk's report holds no number of requests")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    middle = re.search(r"50%\s+([\d.]+)(us|ms|s)", output)
    failed = (int(bad[1]) if bad else 0) + (sum(map(int, sockets.groups())) if sockets else 0)
    p50_s = float(middle[1]) * _UNITS_S[middle[2]] if middle else None
    return Counts(requests=int(requests[1]), failed=failed, p50_s=p50_s)
