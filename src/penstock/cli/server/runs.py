"""`penstock runs`: the runs of a server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from penstock.cli.exits import Exit
from penstock.cli.process import Process
from penstock.cli.server.remote import Json, Remote, Server, Token
from penstock.metrics import numbers

runs = typer.Typer(help="Runs of a server.", no_args_is_help=True)

_FINAL = {"passed": Exit.PASSED, "failed": Exit.MISSED, "stopped": Exit.INTERRUPTED, "error": Exit.GENERATOR_FAILED}
_LOOK_EVERY_S = 1.0

RunId = Annotated[str, typer.Argument(help="Id of the run.")]


@runs.command("list")
def list_(
    context: typer.Context,
    *,
    kind: Annotated[str | None, typer.Option(help="load, suite or plan.", metavar="KIND")] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="Only runs in this state. Repeatable.", metavar="STATE")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", metavar="N", min=1)] = 20,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """List runs, the newest first: id, kind, state, when it was launched, name."""
    with Remote(context.obj, server, token) as remote:
        found = remote.every("/runs", "runs", limit, kind=kind, state=state)
        if json:
            remote.print(found)
        else:
            remote.table([(one["id"], one["kind"], one["state"], one["created"][:19], one["name"]) for one in found])
    return Exit.PASSED


@runs.command("show")
def show(context: typer.Context, id: RunId, *, json: Json = False, server: Server = None, token: Token = None) -> int:
    """Show a run: what became of it, and its numbers."""
    with Remote(context.obj, server, token) as remote:
        found = remote.get(f"/runs/{id}")
        if json:
            remote.print(found)
            return Exit.PASSED
        rows = [
            (name, str(found[name])) for name in ("id", "kind", "name", "state", "why", "created", "started", "ended")
        ]
        rows += [(name, str(value)) for name, value in found["result"].items() if name not in ("events", "commands")]
        remote.table([(name, value) for name, value in rows if value not in ("", "None")])
    return Exit.PASSED


@runs.command("watch")
def watch(context: typer.Context, id: RunId, *, server: Server = None, token: Token = None) -> int:
    """Follow a run to its end. The exit code is its verdict, as that of `penstock run`."""
    process: Process = context.obj
    with Remote(process, server, token) as remote:
        seen, since = "", -1
        while True:
            progress = remote.get(f"/runs/{id}/progress", since=since)
            run = progress["run"]
            if run["state"] != seen:
                seen = run["state"]
                process.say(f"{run['name']}: {seen}" + (f" ({run['why']})" if run["why"] else ""))
            latest = progress["latest"]
            if latest is not None and latest["second"] > since:
                since = latest["second"]
                process.say(_line(latest))
            if seen in _FINAL:
                return _FINAL[seen]
            time.sleep(_LOOK_EVERY_S)


@runs.command("stop")
def stop(
    context: typer.Context,
    id: RunId,
    *,
    fails: Annotated[bool, typer.Option("--fails", help="Let it count as failed.")] = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """Let a run end."""
    with Remote(context.obj, server, token) as remote:
        remote.ask("POST", f"/runs/{id}/stop", json={"fails": fails})
    return Exit.PASSED


@runs.command("control")
def control(
    context: typer.Context,
    id: RunId,
    command: Annotated[str, typer.Argument(help="users=50, users=+10, rate=-10%, pause or resume.")],
    *,
    population: Annotated[str | None, typer.Option(help="Of a test that has several.", metavar="NAME")] = None,
    server: Server = None,
    token: Token = None,
) -> int:
    """Change a load run under way."""
    with Remote(context.obj, server, token) as remote:
        remote.ask("POST", f"/runs/{id}/control", json={"command": command, "population": population})
    return Exit.PASSED


@runs.command("download")
def download(
    context: typer.Context,
    id: RunId,
    *,
    format: Annotated[
        Literal["html", "json", "junit", "csv"],
        typer.Option("--format", help="html, json, junit, csv.", metavar="FORMAT"),
    ] = "html",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write (csv is a zip); without it, stdout.", metavar="FILE"),
    ] = None,
    server: Server = None,
    token: Token = None,
) -> int:
    """Write the report of a run."""
    process: Process = context.obj
    with Remote(process, server, token) as remote:
        content = remote.ask("GET", f"/runs/{id}/report", params={"format": format}).content
    if output is None:
        process.stdout.write(content)
        process.stdout.flush()
        return Exit.PASSED
    try:
        output.write_bytes(content)
    except OSError as error:
        process.say(f"error: {output}: {error.strerror}")
        return Exit.OUTPUT_FAILED
    return Exit.PASSED


def _line(point: dict[str, Any]) -> str:
    failed = f", {point['failed']} failed" if point["failed"] else ""
    return (
        f"{point['second'] + 1:>5} s  {numbers.things(round(point['users']), 'user')}  {point['rate']:.0f} requests/s  "
        f"p95 {point['p95_s'] * 1000:.0f} ms{failed}"
    )
