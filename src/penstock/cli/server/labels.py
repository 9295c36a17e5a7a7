"""`penstock labels`: the labels of a team."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.remote import Json, Remote, Server, Token

labels = typer.Typer(help="Labels of your team.", no_args_is_help=True)


@labels.command("list")
def list_(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(help="How many at most.", metavar="N", min=1)] = 1000,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """List labels: id, name."""
    with Remote(context.obj, server, token) as remote:
        found = remote.every("/labels", "items", limit)
        if json:
            remote.print(found)
        else:
            remote.table([(one["id"], one["name"]) for one in found])
    return Exit.PASSED


@labels.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the label.")],
    *,
    server: Server = None,
    token: Token = None,
) -> int:
    """Keep a label; prints its id."""
    with Remote(context.obj, server, token) as remote:
        made = remote.ask("POST", "/labels", json={"name": name, "content": {}}).json()
        remote.print_id(made)
    return Exit.PASSED
