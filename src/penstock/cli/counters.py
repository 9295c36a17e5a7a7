"""`penstock counters FILE`: read every counter of a file once, to see that a run could."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from penstock import app
from penstock.cli.exits import Exit
from penstock.cli.process import Process
from penstock.ports.counters import Taken
from penstock.runs.applications import Application
from penstock.services.applications import Described, read_file


def counters(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The YAML file, as for penstock run --counters.")],
) -> int:
    """Read each counter of the server under test once and print its value; problems go to stderr."""
    process: Process = context.obj
    described = read_file(file, process.environment)
    found = asyncio.run(_read(described))
    values = {name: value for taken in found for name, value in taken.values.items()}
    units = {name: _unit(described, name) for name in values}
    longest = max(map(len, values), default=0)
    for name, value in values.items():
        process.stdout.write(f"{name.ljust(longest)}  {value:,.6g} {units[name]}".rstrip().encode() + b"\n")
    process.stdout.flush()
    for (application, _), taken in zip(described, found, strict=True):
        for counter, text in taken.problems.items():
            place = f"{application.name}/{counter}" if counter else application.name
            process.say(f"error: {place}: {text}")
    return Exit.INVALID_INPUT if any(taken.problems for taken in found) else Exit.PASSED


async def _read(described: Sequence[Described]) -> list[Taken]:
    sources = [app.application_counters(*one) for one in described]
    try:
        return list(await asyncio.gather(*(source.read() for source in sources)))
    finally:
        for source in sources:
            await source.close()


def _unit(described: Sequence[Described], name: str) -> str:
    applications: list[Application] = [application for application, _ in described]
    return next((one.unit for each in applications if (one := each.counter(name)) is not None), "")
