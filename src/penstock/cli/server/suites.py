"""`penstock suites`: the suites that a server keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.remote import Json, Labels, Parameters, ParameterSets, Ready, Remote, Server, Token
from penstock.errors import UnreadableFile

suites = typer.Typer(help="Suites that a server keeps.", no_args_is_help=True)


@suites.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A suite as Loadmill writes it (YAML or JSON).")],
    *,
    server: Server = None,
    token: Token = None,
) -> int:
    """Keep a suite on the server; prints its id."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{file}: {error.strerror}") from error
    with Remote(context.obj, server, token) as remote:
        headers = {"Content-Type": "application/yaml"}
        made = remote.ask("POST", "/imports/suites", content=content, headers=headers).json()
        remote.print_id(made)
    return Exit.PASSED


@suites.command("list")
def list_(
    context: typer.Context,
    *,
    search: Annotated[str | None, typer.Option(help="A part of the name.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 100,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """List suites: id, version, name."""
    with Remote(context.obj, server, token) as remote:
        found = remote.every("/suites", "items", limit, search=search)
        if json:
            remote.print(found)
        else:
            remote.table([(one["id"], f"v{one['version']}", one["name"]) for one in found])
    return Exit.PASSED


@suites.command("export")
def export(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of the suite.")],
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; without it, stdout.")] = None,
    format: Annotated[Literal["yaml", "json"], typer.Option("--format", help="yaml or json.")] = "yaml",
    server: Server = None,
    token: Token = None,
) -> int:
    """Write a suite as Loadmill writes it."""
    with Remote(context.obj, server, token) as remote:
        content = remote.ask("GET", f"/suites/{id}/export", params={"format": format}).content
        if output is None:
            remote.process.stdout.write(content)
            remote.process.stdout.flush()
            return Exit.PASSED
        try:
            output.write_bytes(content)
        except OSError as error:
            remote.process.say(f"error: {output}: {error.strerror}")
            return Exit.OUTPUT_FAILED
    return Exit.PASSED


@suites.command("run")
def run(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of the suite.")],
    parameters: Parameters = None,
    *,
    label: Labels = None,
    parameter_set: ParameterSets = None,
    ci: Ready = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """Launch a suite; prints the id of the run."""
    with Remote(context.obj, server, token) as remote:
        remote.launch(f"/suites/{id}", parameters or [], parameter_set or [], label or [], only_ready=ci)
    return Exit.PASSED
