"""`python -m benches`: measure, and put each table into its section of benches/RESULTS.md as soon as it is there."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx

from benches import cores as cores_
from benches import (
    drops,
    honesty,
    idling,
    install,
    language,
    machine,
    pacing,
    polling,
    results,
    rounds,
    server,
    soak,
    tables,
    visualstudio,
)
from benches.place import OUT
from benches.servers import nginx
from benches.tools import BASE, CONTENDERS, H2_BASE, TOOLS, Tool
from benches.trial import Bench
from benches.works import BURN, GET, H2, IDLE, OPEN, SCENARIO, THROUGHPUT, Job, Work

PEERS = (*THROUGHPUT, BURN, IDLE, OPEN)
"""Rows that clients are compared in."""

OWN = {
    "language": language,
    "visualstudio": visualstudio,
    "drops": drops,
    "polling": polling,
    "server": server,
    "soak": soak,
}
"""Rows about Penstock alone, by their key; each module is a command of its own too."""

_FAILURES = (OSError, AssertionError, LookupError, ValueError, subprocess.SubprocessError, httpx.HTTPError)
"""What a bench of our own may end with: a server that does not start, a run that does not pass, no answer."""

KEYS = [*(work.key for work in PEERS), *OWN]


def main() -> int:
    arguments = _arguments().parse_args()
    keys = arguments.only or KEYS
    OUT.mkdir(exist_ok=True)
    all_cores, sound = os.sched_getaffinity(0), True
    try:
        if any(work.key in keys for work in PEERS):
            sound &= _compare(keys, arguments)
            os.sched_setaffinity(0, all_cores)
        for key, row in OWN.items():
            if key in keys:
                rounds.say(row.TITLE)
                try:
                    text, kept = row.section()
                except _FAILURES as failure:  # its section stays as it was; the others are measured all the same
                    sys.stderr.write(f"error: {key}: {type(failure).__name__}: {failure}\n")
                    sound = False
                    continue
                print(results.put(row.TITLE, text, file=arguments.output), flush=True)
                sound &= kept
    except (cores_.TooFewCores, nginx.ServerFailed) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0 if sound else 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=KEYS, metavar="ROW", help=f"some of {', '.join(KEYS)}")
    parser.add_argument("--clients", nargs="+", metavar="NAME", help="only clients whose name begins with one of these")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds (default 5)")
    parser.add_argument("--peer-rounds", type=int, default=1, help="rounds of clients far from the floor (default 1)")
    parser.add_argument("--seconds", type=int, default=5, help="load of one run (default 5)")
    parser.add_argument("--users", type=int, default=50, help="users, one connection each (default 50)")
    parser.add_argument("--patience", type=float, default=15.0, help="longest wait for a quiet machine before each run")
    results.add_output(parser)
    return parser


def _matches(tool: Tool, beginnings: Sequence[str]) -> bool:
    return any(tool.name.lower().startswith(beginning.lower()) for beginning in beginnings)


def _compare(keys: Sequence[str], arguments: argparse.Namespace) -> bool:
    """Measure the rows of the clients; returns whether Penstock kept its promises."""
    cores = cores_.choose()
    os.sched_setaffinity(0, {cores.harness})
    problems = install.install(list(install.PEERS))
    sys.stderr.write("".join(f"cannot be had: {problem}\n" for problem in problems))
    tools = [tool for tool in TOOLS if not arguments.clients or _matches(tool, arguments.clients)]
    common = [machine.server(), machine.clients(tools)]
    sound = True
    with tempfile.TemporaryDirectory(dir=OUT) as folder, nginx.serve(Path(folder), cores.server) as server_:
        bench = Bench(server_, cores, arguments.patience)
        for work in PEERS:
            if work.key not in keys:
                continue
            rounds.say(work.title)
            text, kept, settings = _row(work, bench, tools, arguments)
            print(results.put(work.title, text, settings=[*common, *settings], file=arguments.output), flush=True)
            sound &= kept
    return sound


def _row(work: Work, bench: Bench, tools: Sequence[Tool], arguments: argparse.Namespace) -> tuple[str, bool, list[str]]:
    """Return the text of a section, whether Penstock kept its promises, and how the clients were measured."""
    if work is BURN:
        burning = [tool for tool in tools if tool.expresses(BURN)]
        answers = honesty.compare(
            burning, BASE, bench, rounds=arguments.rounds, users=arguments.users, seconds=arguments.seconds
        )
        kept = all(one.honest for one in answers if one.name.startswith("Penstock"))
        return f"{honesty.EXPLANATION}\n\n{honesty.render(answers)}", kept, []
    if work is IDLE:
        return f"{idling.EXPLANATION}\n\n{idling.render(idling.compare(tools, bench))}", True, []
    if work is OPEN:
        paced = pacing.compare(tools, bench, rounds=arguments.rounds, seconds=3)
        return f"{pacing.EXPLANATION}\n\n{pacing.render(paced)}", True, [f"{arguments.rounds} rounds in turns"]
    return _throughput(work, bench, tools, arguments)


def _throughput(
    work: Work, bench: Bench, tools: Sequence[Tool], arguments: argparse.Namespace
) -> tuple[str, bool, list[str]]:
    jobs = [
        (tool, Job(work, bench.nginx.origin(work.scheme), arguments.users, arguments.seconds))
        for tool in tools
        if tool.expresses(work)
    ]
    if work is SCENARIO and BASE in tools:
        jobs.insert(0, (BASE, Job(GET, bench.nginx.origin("http"), arguments.users, arguments.seconds)))
    records = rounds.compare(
        jobs,
        bench,
        rounds=arguments.rounds,
        rounds_of=lambda tool: arguments.rounds if tool in CONTENDERS else arguments.peer_rounds,
    )
    unable = [tool.name for tool in tools if tool.expresses(GET) and not any(record.tool is tool for record in records)]
    text = tables.render(records, (H2_BASE if work is H2 else BASE).name)
    if work is SCENARIO:
        text += (
            "\nwrk here does the plain 209-byte GET: the scale, not the work. Costs are per request, two an iteration."
        )
    if unable:
        text += f"\nCannot express this work: {', '.join(unable)}.\n"
    kept = all(not r.disagreements and r.missing is None for r in records if r.tool.name.startswith("Penstock"))
    how = f"{arguments.users} users, closed loop, no think time; {arguments.rounds} alternating rounds of "
    return text, kept, [f"{how}{arguments.seconds} s; medians"]


if __name__ == "__main__":
    sys.exit(main())
