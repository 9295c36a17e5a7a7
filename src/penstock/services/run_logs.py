"""What went on in a run, line by line in the order of time, for whoever looks for the cause of something."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from penstock.metrics import numbers
from penstock.runs.report import Report
from penstock.runs.stored import StoredRun

_Line = tuple[datetime.datetime, str, str]


def log_of(stored: StoredRun, report: Report) -> bytes:
    """Return the log of a run that is over: `time  who  what`, times in UTC; then what each agent says of itself."""
    lines = [f"{at:%Y-%m-%dT%H:%M:%S.%fZ}  {who:<10}  {what}" for at, who, what in sorted(_lines(stored, report))]
    return "".join(f"{_flat(line)}\n" for line in (*lines, *_agents(report))).encode("utf-8", "replace")


def _lines(stored: StoredRun, report: Report) -> Iterator[_Line]:
    run = stored.run
    yield run.created, "run", f"{stored.id} is created: {report.run.name} ({report.run.file}), {report.scenario.load}"
    for finding in report.findings:
        yield run.created, finding.severity, str(finding)
    for change in run.history:
        yield change.at, "run", f"{change.after}" + (f": {change.why}" if change.why else "")
    for command in stored.result.get("commands", ()):
        yield datetime.datetime.fromisoformat(command["began"]), command["kind"], command["command"]
        if "ended" in command:
            at = datetime.datetime.fromisoformat(command["ended"])
            yield at, command["kind"], f"{command['failure'] or 'done'}: {command['output']}"
    began = stored.started
    if began is None:
        return
    for event in report.events:
        yield began + datetime.timedelta(seconds=event.at_s), event.who, event.what
    for error in report.summary.errors:
        if error.sample is not None:
            at = began + datetime.timedelta(seconds=error.sample.second)
            where = error.sample.request.url if error.sample.request else error.series
            text = f"{error.series} {where}: {error.kind}: {error.message} (the first of {numbers.count(error.count)})"
            yield at, error.sample.source, text
    for reason in report.summary.distrust:
        yield run.history[-1].at, "generator", reason


def _agents(report: Report) -> Iterator[str]:
    for agent in report.summary.health.agents:
        yield (
            f"agent {agent.source}: {numbers.span(agent.wall_s)} measured, CPU {numbers.share(agent.cpu_share)}, "
            f"{agent.rss_bytes:,} bytes of memory, at most {agent.peak_users} users, {agent.reconnects} reconnects"
        )


def _flat(line: str) -> str:
    """Return a line of any text in one line."""
    return " ".join(line.split("\n")).replace("\r", " ")
