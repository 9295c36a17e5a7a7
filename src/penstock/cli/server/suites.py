"""`penstock suites`: the suites that a server keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.kept import add_list, add_run
from penstock.cli.server.remote import Remote, Server, Token
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


add_list(
    suites,
    "/suites",
    "List suites: id, version, name.",
    lambda one: (one["id"], f"v{one['version']}", one["name"]),
)
add_run(suites, "/suites", "Launch a suite; prints the id of the run.")


@suites.command("export")
def export(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of the suite.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; without it, stdout.", metavar="FILE")
    ] = None,
    format: Annotated[
        Literal["yaml", "json"], typer.Option("--format", help="yaml or json.", metavar="FORMAT")
    ] = "yaml",
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
