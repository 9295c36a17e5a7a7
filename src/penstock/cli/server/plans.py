"""`penstock plans`: the plans that a server keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.kept import add_list, add_run
from penstock.cli.server.remote import Remote, Server, Token

plans = typer.Typer(help="Plans that a server keeps: suites that run together.", no_args_is_help=True)


add_list(
    plans,
    "/plans",
    "List plans: id, version, number of suites, name.",
    lambda one: (one["id"], f"v{one['version']}", str(len(one["content"]["suites"])), one["name"]),
)
add_run(plans, "/plans", "Launch a plan; prints the id of the run.")


@plans.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the plan.")],
    suites: Annotated[list[str], typer.Argument(help="Ids of its suites, in their order.")],
    *,
    parallel: Annotated[int, typer.Option(help="Suites at a time.", metavar="N", min=1, max=12)] = 1,
    server: Server = None,
    token: Token = None,
) -> int:
    """Keep a plan; prints its id."""
    with Remote(context.obj, server, token) as remote:
        content = {"suites": suites, "parallel": parallel}
        made = remote.ask("POST", "/plans", json={"name": name, "content": content}).json()
        remote.print_id(made)
    return Exit.PASSED
