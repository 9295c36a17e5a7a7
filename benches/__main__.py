"""`python -m benches`: compare, print the tables, write them to benches/RESULTS.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benches import cores as cores_
from benches import drops, honesty, idling, install, machine, pacing, polling, rounds, tables
from benches.place import OUT, RESULTS
from benches.servers import nginx
from benches.tools import BASE, CONTENDERS, H2_BASE, TOOLS, Tool
from benches.trial import Bench
from benches.works import BURN, GET, H2, IDLE, OPEN, SCENARIO, THROUGHPUT, Job

SERVER = {"drops": drops, "polling": polling}
"""Rows about `penstock serve`, by their key."""

KEYS = [*(work.key for work in (*THROUGHPUT, BURN, IDLE, OPEN)), *SERVER]


def main() -> int:
    arguments = _arguments().parse_args()
    try:
        cores = cores_.choose()
    except cores_.TooFewCores as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    os.sched_setaffinity(0, {cores.harness})
    problems = install.install(list(install.PEERS))
    sys.stderr.write("".join(f"cannot be had: {problem}\n" for problem in problems))
    tools = [tool for tool in TOOLS if not arguments.clients or _matches(tool, arguments.clients)]
    keys = arguments.only or KEYS
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        try:
            with nginx.serve(Path(folder), cores.server) as server:
                bench = Bench(server, cores, arguments.patience)
                sections, sound = _run(bench, tools, keys, arguments)
        except nginx.ServerFailed as error:
            sys.stderr.write(f"error: {error}\n")
            return 2
    document = _document(tools, sections, arguments)
    print(document)
    if arguments.output != "-":
        Path(arguments.output).write_text(document, encoding="utf-8")
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
    parser.add_argument("--output", default=str(RESULTS), metavar="FILE", help="default benches/RESULTS.md; - for none")
    return parser


def _matches(tool: Tool, beginnings: Sequence[str]) -> bool:
    return any(tool.name.lower().startswith(beginning.lower()) for beginning in beginnings)


def _run(
    bench: Bench, tools: Sequence[Tool], keys: Sequence[str], arguments: argparse.Namespace
) -> tuple[list[str], bool]:
    """Return the sections of the document, and whether Penstock kept its promises."""
    sections, sound = [], True
    for work in THROUGHPUT:
        if work.key not in keys:
            continue
        rounds.say(work.title)
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
        unable = [tool.name for tool in tools if not any(record.tool is tool for record in records)]
        section = f"## {work.title}\n\n{tables.render(records, (H2_BASE if work is H2 else BASE).name)}"
        if work is SCENARIO:
            section += "\nwrk here does the plain 209-byte GET: the scale, not the work. "
            section += "Costs are per request, two an iteration."
            section += f" Cannot express this work: {', '.join(unable)}.\n" if unable else "\n"
        sections.append(section)
        sound &= all(not r.disagreements and r.missing is None for r in records if r.tool.name.startswith("Penstock"))
    if BURN.key in keys:
        rounds.say(BURN.title)
        burning = [tool for tool in tools if tool.expresses(BURN)]
        answers = honesty.compare(
            burning, BASE, bench, rounds=arguments.rounds, users=arguments.users, seconds=arguments.seconds
        )
        sections.append(f"## {BURN.title}\n\n{honesty.EXPLANATION}\n\n{honesty.render(answers)}")
        sound &= all(one.honest for one in answers if one.name.startswith("Penstock"))
    if IDLE.key in keys:
        rounds.say(IDLE.title)
        sections.append(f"## {IDLE.title}\n\n{idling.EXPLANATION}\n\n{idling.render(idling.compare(tools, bench))}")
    if OPEN.key in keys:
        rounds.say(OPEN.title)
        paced = pacing.compare(tools, bench, rounds=arguments.rounds, seconds=3)
        sections.append(f"## {OPEN.title}\n\n{pacing.EXPLANATION}\n\n{pacing.render(paced)}")
    os.sched_setaffinity(0, {bench.cores.client, bench.cores.server, bench.cores.harness})
    for key, row in SERVER.items():
        if key in keys:
            rounds.say(row.TITLE)
            text, kept = row.section()
            sections.append(f"## {row.TITLE}\n\n{text}")
            sound &= kept
    return sections, sound


def _document(tools: Sequence[Tool], sections: Sequence[str], arguments: argparse.Namespace) -> str:
    head = (
        "# Results\n\n"
        "Written by `make bench`; what is measured and what to make of it is in README.md.\n\n"
        f"{machine.describe(tools)}\n"
        f"* {arguments.users} users, closed loop, no think time; {arguments.rounds} alternating rounds of "
        f"{arguments.seconds} s; medians\n"
    )
    return "\n".join([head, *sections])


if __name__ == "__main__":
    sys.exit(main())
