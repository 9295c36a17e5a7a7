"""Grafana k6."""

from __future__ import annotations

import json
from pathlib import Path

from benches.place import WORK
from benches.tools.base import Command, need, said, text
from benches.works import Counts, Job, Work

_ADVICE = "python -m benches.install k6"


class K6:
    """One script a kind of work; the counts come from k6's own end-of-test summary."""

    name = "k6"

    def expresses(self, work: Work) -> bool:
        return (WORK / f"k6_{work.kind}.js").is_file()

    def version(self) -> str:
        return said([need("k6", _ADVICE), "version"]).splitlines()[0].partition(" (")[0]

    def command(self, job: Job) -> Command | None:
        amount = (
            ["--iterations", str(job.users)]
            if job.once or job.work.kind == "idle"
            else ["--duration", f"{job.seconds}s"]
        )
        options = ["--quiet", "--no-usage-report", "--no-color", "--address", "", "--insecure-skip-tls-verify"]
        script = str(WORK / f"k6_{job.work.kind}.js")
        return Command(
            [need("k6", _ADVICE), "run", *options, *([] if job.rate else ["--vus", str(job.users), *amount]), script],
            {
                "BENCH_ORIGIN": job.origin,
                "BENCH_PATH": job.work.path,
                "BENCH_THINK_S": str(job.seconds),
                "BENCH_RATE": str(job.rate),
                "BENCH_SECONDS": str(job.seconds),
            },
        )

    def read(self, folder: Path) -> Counts:
        return parse(text(folder, "k6.json"))


def parse(summary: str) -> Counts:
    """Read the data that k6 hands to `handleSummary`."""
    metrics = json.loads(summary)["metrics"]
    failed = int(metrics["http_req_failed"]["values"]["passes"]) + int(
        metrics["checks"]["values"]["fails"] if "checks" in metrics else 0
    )
    return Counts(
        requests=int(metrics["http_reqs"]["values"]["count"]),
        failed=failed,
        p50_s=float(metrics["http_req_duration"]["values"]["med"]) / 1000,
    )
