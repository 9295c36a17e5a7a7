"""Command-line clients that repeat one request: oha, hey, vegeta, h2load. None of them can express a scenario."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benches.tools.base import Command, need, said, text
from benches.works import Counts, Job, Work

_INSTALL = "python -m benches.install"


class Oha:
    """Rust, hyper."""

    name = "oha"

    def expresses(self, work: Work) -> bool:
        return work.kind in ("get", "open")

    def version(self) -> str:
        return said([need("oha", f"{_INSTALL} oha"), "--version"])

    def command(self, job: Job) -> Command | None:
        amount = ["-n", str(job.users)] if job.once else ["-z", f"{job.seconds}s"]
        options = ["--no-tui", "--output-format", "json", "--insecure", "-c", str(job.users)]
        options += ["--http2"] if job.work.scheme == "h2" else []
        options += ["-q", str(job.rate), "--latency-correction"] if job.rate else []
        return Command([need("oha", f"{_INSTALL} oha"), *options, *amount, job.url])

    def read(self, folder: Path) -> Counts:
        return parse_oha(text(folder))


def parse_oha(output: str) -> Counts:
    """Read oha's JSON. Requests that the end of the run cut off are no failures: the server never counted on them."""
    report = json.loads(output)
    statuses = {int(status): count for status, count in report["statusCodeDistribution"].items()}
    errors = {text: count for text, count in report["errorDistribution"].items() if "deadline" not in text}
    failed = sum(count for status, count in statuses.items() if status != 200) + sum(errors.values())
    return Counts(
        requests=sum(statuses.values()) + sum(errors.values()),
        failed=failed,
        p50_s=report["latencyPercentiles"]["p50"],
    )


class Hey:
    """Go, net/http."""

    name = "hey"

    def expresses(self, work: Work) -> bool:
        return work.kind == "get"

    def version(self) -> str:
        need("hey", f"{_INSTALL} hey")
        return "hey 0.1.5"  # it does not say; this is the version that benches.install pins

    def command(self, job: Job) -> Command | None:
        amount = ["-n", str(job.users)] if job.once else ["-z", f"{job.seconds}s"]
        amount += ["-h2"] if job.work.scheme == "h2" else []
        return Command([need("hey", f"{_INSTALL} hey"), "-c", str(job.users), *amount, job.url])

    def read(self, folder: Path) -> Counts:
        return parse_hey(text(folder))


def parse_hey(output: str) -> Counts:
    """Read hey's report."""
    statuses = {int(status): int(count) for status, count in re.findall(r"\[(\d{3})\]\s+(\d+) responses", output)}
    distribution = output.partition("Error distribution:")[2]
    errors = sum(int(count) for count in re.findall(r"^\s+\[(\d+)\]\t", distribution, re.MULTILINE))
    middle = re.search(r"50%+ in ([\d.]+) secs", output)
    bad = sum(count for status, count in statuses.items() if status != 200)
    return Counts(sum(statuses.values()) + errors, bad + errors, float(middle[1]) if middle else None)


class Vegeta:
    """Go, net/http; without a rate it is a closed loop."""

    name = "vegeta"

    def expresses(self, work: Work) -> bool:
        return work.kind in ("get", "open")

    def version(self) -> str:
        need("vegeta", f"{_INSTALL} vegeta")
        return "vegeta 12.13.0"  # a build by the Go tool does not say; this is the version that benches.install pins

    def command(self, job: Job) -> Command | None:
        if job.once:
            return None
        users = str(job.users)
        attack = f"attack -rate={job.rate} -max-workers={users} -workers={users} -connections={users} -insecure"
        pipe = f'echo "GET $1" | "$0" {attack} -duration={job.seconds}s | "$0" report -type=json'
        return Command(["/bin/sh", "-c", pipe, need("vegeta", f"{_INSTALL} vegeta"), job.url])

    def read(self, folder: Path) -> Counts:
        return parse_vegeta(text(folder))


def parse_vegeta(output: str) -> Counts:
    """Read `vegeta report -type=json`."""
    report = json.loads(output)
    return Counts(
        requests=report["requests"],
        failed=report["requests"] - report["status_codes"].get("200", 0),
        p50_s=report["latencies"]["50th"] / 1e9,
    )


class H2load:
    """C, nghttp2's tool: HTTP/1.1 but in the row for HTTP/2, there with one stream at a time on a connection."""

    name = "h2load"

    def expresses(self, work: Work) -> bool:
        return work.kind == "get"

    def version(self) -> str:
        return said([need("h2load", "Debian: nghttp2-client"), "--version"]).replace("nghttp2/", "")

    def command(self, job: Job) -> Command | None:
        amount = ["-n", str(job.users)] if job.once else ["-D", str(job.seconds)]
        program = need("h2load", "Debian: nghttp2-client")
        protocol = ["-m1"] if job.work.scheme == "h2" else ["--h1"]
        return Command([program, *protocol, "-t1", "-c", str(job.users), *amount, job.url])

    def read(self, folder: Path) -> Counts:
        return parse_h2load(text(folder))


def parse_h2load(output: str) -> Counts:
    """Read h2load's report: `requests: N total, N started, N done, N succeeded, N failed, …`."""
    done = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed", output)
    statuses = re.search(r"status codes: (\d+) 2xx", output)
    if done is None or statuses is None:
        raise ValueError("h2load's report holds no number of requests")
    return Counts(requests=int(done[1]), failed=int(done[1]) - int(statuses[1]))
