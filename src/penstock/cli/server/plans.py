"""`penstock plans`: the plans that a server keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.remote import Json, Labels, Parameters, ParameterSets, Ready, Remote, Server, Token

plans = typer.Typer(help="Plans that a server keeps: suites that run together.", no_args_is_help=True)


@plans.command("list")
def list_(
    context: typer.Context,
    *,
    search: Annotated[str | None, typer.Option(help="A part of the name.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 100,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """List plans: id, version, number of suites, name."""
    with Remote(context.obj, server, token) as remote:
        found = remote.every("/plans", "items", limit, search=search)
        if json:
            remote.print(found)
        else:
            rows = [(one["id"], f"v{one['version']}", str(len(one["content"]["suites"])), one["name"]) for one in found]
            remote.table(rows)
    return Exit.PASSED


@plans.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the plan.")],
    suites: Annotated[list[str], typer.Argument(help="Ids of its suites, in their order.")],
    *,
    parallel: Annotated[int, typer.Option(help="Suites at a time.", min=1, max=12)] = 1,
    server: Server = None,
    token: Token = None,
) -> int:
    """Keep a plan; prints its id."""
    with Remote(context.obj, server, token) as remote:
        content = {"suites": suites, "parallel": parallel}
        made = remote.ask("POST", "/plans", json={"name": name, "content": content}).json()
        remote.print_id(made)
    return Exit.PASSED


@plans.command("run")
def run(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of the plan.")],
    parameters: Parameters = None,
    *,
    label: Labels = None,
    parameter_set: ParameterSets = None,
    ci: Ready = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """Launch a plan; prints the id of the run."""
    with Remote(context.obj, server, token) as remote:
        remote.launch(f"/plans/{id}", parameters or [], parameter_set or [], label or [], only_ready=ci)
    return Exit.PASSED
