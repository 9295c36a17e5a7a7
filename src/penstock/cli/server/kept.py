"""What commands for suites and for plans have in common: to list them, and to launch one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from penstock.cli.exits import Exit
from penstock.cli.parameters import ParameterVariables, read_pairs, read_variables
from penstock.cli.server.remote import Json, Remote, Server, Token

Columns = Callable[[dict[str, Any]], tuple[str, ...]]


def add_list(group: typer.Typer, path: str, sentence: str, columns: Columns) -> None:
    """Add `list` to the commands of a group."""

    @group.command("list", help=sentence)
    def list_(
        context: typer.Context,
        *,
        search: Annotated[str | None, typer.Option(help="A part of the name.", metavar="TEXT")] = None,
        limit: Annotated[int, typer.Option(help="How many at most.", metavar="N", min=1)] = 100,
        json: Json = False,
        server: Server = None,
        token: Token = None,
    ) -> int:
        with Remote(context.obj, server, token) as remote:
            found = remote.every(path, "items", limit, search=search)
            if json:
                remote.print(found)
            else:
                remote.table([columns(one) for one in found])
        return Exit.PASSED


def add_run(group: typer.Typer, path: str, sentence: str) -> None:
    """Add `run` to the commands of a group."""

    @group.command("run", help=sentence)
    def run(
        context: typer.Context,
        id: Annotated[str, typer.Argument(help="Its id.")],
        parameters: Annotated[list[str] | None, typer.Argument(help="Parameters as name=value.")] = None,
        *,
        parameter_env: ParameterVariables = None,
        label: Annotated[
            list[str] | None,
            typer.Option("--label", help="Only flows with one of these labels. Repeatable.", metavar="LABEL"),
        ] = None,
        parameter_set: Annotated[
            list[str] | None,
            typer.Option(
                "--parameter-set", help="Id of a kept set of parameters. Repeatable; a later one wins.", metavar="ID"
            ),
        ] = None,
        ci: Annotated[bool, typer.Option("--ci", help="Only flows that are ready.")] = False,
        server: Server = None,
        token: Token = None,
    ) -> int:
        environment = context.obj.environment
        with Remote(context.obj, server, token) as remote:
            wish = {
                "changes": {
                    "parameters": dict(read_variables(parameter_env or [], environment) + read_pairs(parameters or [])),
                    "parameter_sets": list(parameter_set or []),
                },
                "suite": {"labels": list(label or []), "only_ready": ci},
            }
            remote.print_id(remote.ask("POST", f"{path}/{id}/runs", json=wish).json())
        return Exit.PASSED
