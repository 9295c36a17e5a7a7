"""Runs plans by the real JMeter 5.6.3: `python -m tests.jmeter.real [TOPIC…]` writes the goldens anew."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benches.tools.jvm import JMETER
from tests.apps import Recorder, Request
from tests.jmeter.answers import Site
from tests.jmeter.case import Case
from tests.jmeter.cases import TOPICS
from tests.jmeter.cases.load import PAUSES
from tests.jmeter.goldens import FOLDER
from tests.jmeter.record import Record, record, write_files

HERE = Path(__file__).parent
LONGEST_S = 240
_SETTINGS = {
    "jmeterengine.nongui.port": 0,  # nobody is to stop it from outside
    "jmeter.exit.check.pause": 0,
    "summariser.name": "",
    "jmeter.save.saveservice.subresults": "false",  # redirects and parts of a page: the site has seen them
}


_GAPS = "gaps"
BESIDE_THE_COMMAND = "function-"
"""Some functions of JMeter read files beside the command, not beside the plan; those are so called."""


def is_installed() -> bool:
    """Whether there is a JMeter, and a machine for it."""
    return (JMETER / "bin" / "ApacheJMeter.jar").is_file() and shutil.which("java") is not None


def run(cases: dict[str, Case]) -> dict[str, Record]:
    """Run the plans one after the other, in one process of Java."""
    found: dict[str, Record] = {}
    with tempfile.TemporaryDirectory() as scratch, Recorder() as site:
        names = [f"{number:03}" for number in range(len(cases))]
        for name, case in zip(names, cases.values(), strict=True):
            folder = Path(scratch, name)
            folder.mkdir()
            write_files(case, folder, "plan", site.port)
            for file, content in case.files.items():
                if file.startswith(BESIDE_THE_COMMAND):
                    Path(scratch, file).write_bytes(content)
        process = subprocess.Popen(
            _command(Path(scratch)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=scratch
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            for name, (title, case) in zip(names, cases.items(), strict=True):
                line = process.stdout.readline()
                assert line == f"RUN {name}\n", (title, line)
                site.clear()
                site.script = Site()
                process.stdin.write("go\n")
                process.stdin.flush()
                line = process.stdout.readline()
                assert line == f"RAN {name}\n", (title, line)
                samples = _samples(Path(scratch, name, "results.jtl"))
                found[title] = {**record(case, site.port, site.requests, samples), _GAPS: _gaps(site.requests)}
            process.stdin.close()
            assert process.wait(10) == 0
    return found


def _command(folder: Path) -> list[str]:
    classes = [f"{JMETER}/lib/*", f"{JMETER}/lib/ext/*", f"{JMETER}/bin/ApacheJMeter.jar"]
    machine = [
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Djava.awt.headless=true",
        f"-Djmeter.home={JMETER}",
        "-cp",
        ":".join(classes),
    ]
    options = ["-d", str(JMETER), *(f"-J{name}={value}" for name, value in _SETTINGS.items())]
    return ["java", *machine, "groovy.ui.GroovyMain", str(HERE / "real.groovy"), str(folder), *options]


def _samples(results: Path) -> list[tuple[str, bool]]:
    """Read the result file; one without samples is not even begun."""
    if not results.exists():
        return []
    with results.open(encoding="utf-8", newline="") as lines:
        return [(row["label"], row["success"] == "true") for row in csv.DictReader(lines)]


def _gaps(requests: list[Request]) -> list[int]:
    """Return the milliseconds before each request, to the tenth of a second."""
    times = [request.received_ns for request in requests]
    return [round((now - before) / 1e8) * 100 for before, now in zip([*times[:1], *times], times, strict=False)]


def main(topics: Iterable[str]) -> None:
    chosen = list(topics) or list(TOPICS)
    if "pauses" in chosen or not topics:
        _write("pauses", {name: one[_GAPS] for name, one in run(PAUSES).items()})
    for topic, records in run_topics([topic for topic in chosen if topic != "pauses"]).items():
        _write(topic, records)


def run_topics(topics: Iterable[str]) -> dict[str, dict[str, Record]]:
    """Run the plans of several topics together, and return what the goldens hold of them."""
    found: dict[str, dict[str, Record]] = {topic: {} for topic in topics}
    together = run_plans((topic, name) for topic in found for name in TOPICS[topic])
    for (topic, name), made in together.items():
        found[topic][name] = made
    return found


def run_plans(plans: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Record]:
    """Run plans by their topics and names together, and return what the goldens hold of them."""
    titles = {f"{topic}/{name}": (topic, name) for topic, name in plans}
    made = run({title: TOPICS[topic][name] for title, (topic, name) in titles.items()})
    return {titles[title]: {key: value for key, value in one.items() if key != _GAPS} for title, one in made.items()}


def _write(topic: str, records: dict[str, Any]) -> None:
    """Write a line a request, so that a difference can be read."""
    parts = [f"{json.dumps(name, ensure_ascii=False)}: {_lines(one)}" for name, one in records.items()]
    (FOLDER / f"{topic}.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


def _lines(one: Any) -> str:
    if isinstance(one, list):
        return json.dumps(one)
    requests = ",\n  ".join(json.dumps(request, ensure_ascii=False) for request in one["requests"])
    return f'{{"requests": [\n  {requests}],\n "samples": {json.dumps(one["samples"], ensure_ascii=False)}}}'


if __name__ == "__main__":
    main(sys.argv[1:])
