"""Locust, from PyPI in a virtual environment of its own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from benches.place import WORK
from benches.tools.base import Command, need, said, text
from benches.works import Counts, Job, Work

_ADVICE = "python -m benches.install locust"


class Locust:
    """One of Locust's two clients: FastHttpUser (geventhttpclient) or HttpUser (requests)."""

    def __init__(self, client: str) -> None:
        self.name = f"Locust {client}"
        self._client = client

    def expresses(self, work: Work) -> bool:
        return work.scheme != "h2" and (WORK / f"locust_{work.kind}.py").is_file()

    def version(self) -> str:
        return " ".join(said([need("locust", _ADVICE), "--version"]).split()[:2])

    def command(self, job: Job) -> Command | None:
        environment = {
            "BENCH_CLIENT": self._client,
            "BENCH_PATH": job.work.path,
            "BENCH_ONCE": "1" if job.once else "",
            "BENCH_THINK_S": str(job.seconds),
            "BENCH_RATE_A_USER": str(job.rate / job.users),
            "PYTHONWARNINGS": "ignore",  # an unverified certificate is what this work asks for
        }
        users = ["--users", str(job.users), "--spawn-rate", str(job.users)]
        time = ["--run-time", f"{60 if job.once else job.seconds}s"]
        quiet = ["--headless", "--only-summary", "--loglevel", "ERROR", "--json"]
        script = str(WORK / f"locust_{job.work.kind}.py")
        return Command(
            [need("locust", _ADVICE), "--locustfile", script, "--host", job.origin, *users, *time, *quiet],
            environment,
            accepted=frozenset({0, 1}),  # 1: some requests failed; they are counted below
        )

    def read(self, folder: Path) -> Counts:
        return parse(text(folder))


def parse(output: str) -> Counts:
    """Read what `--json` prints: one object a request name; its times are rounded to milliseconds and more."""
    entries = json.loads(output[output.index("[") :])
    times_ms: Counter[float] = Counter()
    for entry in entries:
        for time_ms, count in entry["response_times"].items():
            times_ms[float(time_ms)] += count
    return Counts(
        requests=sum(entry["num_requests"] for entry in entries),
        failed=sum(entry["num_failures"] for entry in entries),
        p50_s=_median(times_ms) / 1000,
    )


def _median(times: Counter[float]) -> float:
    half, seen = times.total() / 2, 0
    for time in sorted(times):
        seen += times[time]
        if seen >= half:
            return time
    return 0.0
