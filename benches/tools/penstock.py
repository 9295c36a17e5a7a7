"""Penstock itself, by its command line."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from benches import interpreter
from benches.place import WORK
from benches.tools.base import Command, Missing, text
from benches.works import Counts, Job, Work

_PASSED, _MISSED = 0, 99


class Penstock:
    """One worker, so one core; `pattern` names the kind of test: a hand-written `flow.py` or a Loadmill file."""

    def __init__(self, name: str, pattern: str) -> None:
        self.name = name
        self._pattern = pattern

    def expresses(self, work: Work) -> bool:
        if work.kind in ("open", "timer", "idle") and self._pattern.endswith(".json"):
            return False  # the loop is the same: one row tells it
        return self._file(work).is_file()

    def version(self) -> str:
        try:
            package = importlib.import_module("penstock")
            importlib.import_module("penstock.engine")
        except ImportError as error:
            raise Missing(f"penstock is not installed (make setup): {error}") from None
        return f"penstock {package.__version__}"

    def command(self, job: Job) -> Command | None:
        file = self._file(job.work)
        parameters = [f"path={job.work.path}"] if file.suffix == ".json" and job.work.kind == "get" else []
        load = ["--users", str(job.users), "--duration", f"{job.seconds}s", "--ramp-up", "0s", "--no-think"]
        amount = ["--iterations", "1"] if job.once else []
        if job.work.kind == "idle":
            load = [
                "--users",
                str(job.users),
                "--duration",
                f"{job.seconds}s",
                "--ramp-up",
                f"{job.seconds // 2}s",
                "--think",
                "on",
            ]
        elif job.rate:
            load = ["--rate", str(job.rate), "--max-users", str(job.users), "--duration", f"{job.seconds}s"]
        rest = ["--agents", "1", "--insecure", "--base-url", job.origin, "--json", "penstock.json", "--quiet"]
        if job.work.scheme == "h2":
            rest += ["--http-version", "2"]
        python = interpreter.choose().program
        environment = {"BENCH_ORIGIN": job.origin, "BENCH_PATH": job.work.path, "BENCH_THINK_S": str(job.seconds)}
        return Command(
            [python, "-m", "penstock", "run", str(file), *parameters, *load, *amount, *rest],
            environment,
            accepted=frozenset({_PASSED, _MISSED}),  # missed: some requests failed; they are counted below
        )

    def read(self, folder: Path) -> Counts:
        return parse(text(folder, "penstock.json"))

    def _file(self, work: Work) -> Path:
        return WORK / self._pattern.format("get" if work.kind == "open" else work.kind)


def parse(summary: str) -> Counts:
    """Read summary.v1. The median is the one its reports lead with: since a request was due, successful or not."""
    read = json.loads(summary)
    requests = read["totals"]["requests"]
    latency = requests["all"]["response"]
    late = read["generator"]["start_lateness"]
    return Counts(
        requests["count"],
        requests["failed"],
        latency["p50_s"] if latency else None,
        late["p99_s"] if late else None,
    )
