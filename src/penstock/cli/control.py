"""`penstock control [RUN] [COMMAND]`: change, pause or stop a run that is under way on this machine."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from penstock.cli.exits import Exit
from penstock.cli.live import client
from penstock.cli.process import Process
from penstock.errors import InvalidInput
from penstock.metrics import numbers
from penstock.model.durations import parse_duration
from penstock.runs.commands import FORMS, parse_level

_WORDS = ("pause", "resume", "stop", "status")


def control(
    context: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN] [COMMAND]", help=f"RUN may be left out when there is one. COMMAND: {FORMS}."),
    ] = None,
    *,
    population: Annotated[
        str | None, typer.Option(help="Whose users or rate, when the test has several populations.", metavar="NAME")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="stop: cut off everything at once.")] = False,
    grace: Annotated[
        str | None, typer.Option(help="stop: how long iterations may go on, like 10s (by default 30s).", metavar="TIME")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what the runs say as JSON.")] = False,
) -> int:
    """Steer a run; without a command, list the runs that are under way."""
    process: Process = context.obj
    run, word = _read(arguments or [])
    if word != "stop" and (now or grace is not None):
        raise InvalidInput("--now and --grace are about stop")
    if now and grace is not None:
        raise InvalidInput("--now and --grace contradict each other")
    grace_s = 0.0 if now else None if grace is None else parse_duration(grace)
    runs = client.find(process.environment)
    if word == "status":
        shown = runs if run is None else [client.choose(runs, run, process.environment)]
        _show(process, shown, as_json=json)
        return Exit.PASSED
    if "=" in word:
        parse_level(word)  # what is wrong in it is told here
    meant = client.choose(runs, run, process.environment)
    try:
        answer = client.ask(meant.path, {"do": word, "population": population, "grace_s": grace_s})
    except OSError as error:
        raise InvalidInput(f"{meant.name} ended before it could be told: {error}") from error
    if not answer.get("ok"):
        raise InvalidInput(f"{meant.name}: {answer.get('text')}")
    if json:
        process.stdout.write(orjson.dumps({"run": meant.name, **answer}, option=orjson.OPT_APPEND_NEWLINE))
        process.stdout.flush()
    else:
        process.say(f"{meant.name}: {answer['text']}")
    return Exit.PASSED


def _read(arguments: list[str]) -> tuple[str | None, str]:
    """Tell the run from the command. Raises `InvalidInput`."""
    commands = [argument for argument in arguments if argument in _WORDS or "=" in argument]
    names = [argument for argument in arguments if argument not in commands]
    if len(commands) > 1 or len(names) > 1:
        raise InvalidInput(f"{' '.join(arguments)!r}: one run and one command; commands are {FORMS}")
    return (names[0] if names else None), (commands[0] if commands else "status")


def _show(process: Process, runs: list[client.LiveRun], *, as_json: bool) -> None:
    if as_json:
        content = [{"run": run.name, **run.status} for run in runs]
        process.stdout.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    elif not runs:
        process.say(f"{client.none_of(process.environment)}; start one with penstock run FILE")
    for run in runs if not as_json else []:
        process.stdout.write(f"{_line(run)}\n".encode())
    process.stdout.flush()


def _line(run: client.LiveRun) -> str:
    status = run.status
    total = "" if status["duration_s"] is None else f"/{numbers.span(status['duration_s'])}"
    several = len(status["levels"]) > 1
    levels = ", ".join(
        f"{unit} {numbers.count(level)}{f' ({name})' if several else ''}" for name, unit, level in status["levels"]
    )
    return (
        f"{run.name}  {status['state']}  {numbers.span(status['elapsed_s'])}{total}  asked for: {levels}  "
        f"now: users {status['users']:.0f}, {numbers.count(status['rate'])} req/s, "
        f"failed {numbers.share(status['failed'])}, p95 {numbers.latency(status['p95_s'])}"
    )
