"""Clients on the Java virtual machine: JMeter and Gatling. Both take their first seconds to warm up.

Gatling is told that it has two processors although it runs on one core as all do: its actors get a thread a processor,
and with a single one its controller waits for ever for a reply that this very thread would have to write.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import urlsplit

from benches.place import PEERS, WORK
from benches.tools.base import Command, Missing, need, text
from benches.works import Counts, Job, Work

JMETER = PEERS / "jmeter"
GATLING = PEERS / "gatling"


class JMeter:
    """A thread a user; the count is that of its own result file."""

    name = "JMeter"

    def expresses(self, work: Work) -> bool:
        return (WORK / f"jmeter_{work.kind}.jmx").is_file() and work.scheme != "h2"

    def version(self) -> str:
        return f"JMeter {_version(JMETER / 'lib' / 'ext', 'ApacheJMeter_core', 'jmeter')}"

    def command(self, job: Job) -> Command | None:
        parts = urlsplit(job.origin)
        given = {
            "users": job.users,
            "seconds": 60 if job.once else job.seconds,
            "think_ms": job.seconds * 1000,
            "rate": job.rate,
            "loops": 1 if job.once else -1,
            "scheme": parts.scheme,
            "port": parts.port,
            "path": job.work.path,
            "jmeter.save.saveservice.output_format": "csv",
        }
        options = [f"-J{name}={value}" for name, value in given.items()]
        launcher = ["-Xmx1g", "-jar", str(JMETER / "bin" / "ApacheJMeter.jar")]
        script = str(WORK / f"jmeter_{job.work.kind}.jmx")
        return Command(
            [need("java", "Debian: default-jdk"), *launcher, "-n", "-t", script, "-l", "jmeter.csv", *options]
        )

    def read(self, folder: Path) -> Counts:
        return parse_jmeter(text(folder, "jmeter.csv"))


def parse_jmeter(results: str) -> Counts:
    """Read JMeter's result file: a line a sample, `elapsed` in milliseconds."""
    times_ms, failed = [], 0
    for row in csv.DictReader(results.splitlines()):
        times_ms.append(int(row["elapsed"]))
        failed += row["success"] != "true"
    if not times_ms:
        raise ValueError("JMeter's result file holds no sample")
    return Counts(len(times_ms), failed, sorted(times_ms)[len(times_ms) // 2] / 1000)


class Gatling:
    """Netty and actors; the counts come from what it prints at the end."""

    name = "Gatling"

    def expresses(self, work: Work) -> bool:
        return work.kind in ("get", "scenario", "idle", "open") and work.scheme != "h2"

    def version(self) -> str:
        return f"Gatling {_version(GATLING / 'lib', 'gatling-core', 'gatling')}"

    def command(self, job: Job) -> Command | None:
        given = {
            "users": job.users,
            "seconds": job.seconds,
            "once": "true" if job.once else "false",
            "origin": job.origin,
            "path": job.work.path,
            "kind": job.work.kind,
            "rate": job.rate,
            "gatling.data.enableAnalytics": "false",
            "logback.configurationFile": WORK / "gatling-logback.xml",
        }
        machine = ["-Xmx1g", "-XX:ActiveProcessorCount=2", "--add-opens=java.base/java.lang=ALL-UNNAMED"]
        properties = [f"-D{name}={value}" for name, value in given.items()]
        classes = f"{GATLING / 'lib'}/*:{GATLING / 'classes'}"
        run = ["io.gatling.app.Gatling", "-s", "GatlingBench", "-rf", "gatling", "-nr"]
        return Command([need("java", "Debian: default-jdk"), *machine, *properties, "-cp", classes, *run])

    def read(self, folder: Path) -> Counts:
        return parse_gatling(text(folder))


def parse_gatling(output: str) -> Counts:
    """Read the last of Gatling's summaries: `> Global | total | OK | KO`."""
    found = re.findall(r"^> Global\s*\|\s*([\d,]+)\s*\|\s*([\d,]+)", output, re.MULTILINE)
    if not found:
        raise ValueError("Gatling's summary holds no number of requests")
    total, well = (int(count.replace(",", "")) for count in found[-1])
    return Counts(total, total - well)


def _version(folder: Path, jar: str, name: str) -> str:
    for file in sorted(folder.glob(f"{jar}-*.jar")):
        return file.stem.removeprefix(f"{jar}-")
    raise Missing(f"{name} is not installed (python -m benches.install {name})")
