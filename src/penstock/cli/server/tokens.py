"""`penstock tokens`: API tokens."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.remote import Json, Remote, Server, Token

tokens = typer.Typer(help="API tokens.", no_args_is_help=True)


@tokens.command("list")
def list_(context: typer.Context, *, json: Json = False, server: Server = None, token: Token = None) -> int:
    """List your tokens (an admin sees all of the team): id, beginning, state, description."""
    with Remote(context.obj, server, token) as remote:
        found = remote.get("/tokens")
        if json:
            remote.print(found)
        else:
            rows = [
                (one["id"], f"{one['prefix']}…", "revoked" if one["revoked"] else "usable", one["description"])
                for one in found
            ]
            remote.table(rows)
    return Exit.PASSED


@tokens.command("create")
def create(
    context: typer.Context,
    description: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: read, run, edit, admin. Repeatable; all, unless given.", metavar="SCOPE"),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends, like 2027-01-31T00:00:00Z.", metavar="TIME")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(help="Sign in as this user; the password is asked for. Else a token is needed.", metavar="NAME"),
    ] = None,
    server: Server = None,
    token: Token = None,
) -> int:
    """Make a token; prints it, once: the server keeps only its hash."""
    wish: dict[str, object] = {"description": description, "scopes": scope or None, "expires": expires}
    path = "/tokens"
    if user is not None:
        path = "/sign-in"
        wish |= {"user": user, "password": getpass.getpass(f"password of {user}: ")}
    with Remote(context.obj, server, token, needs_token=user is None) as remote:
        made = remote.ask("POST", path, json=wish).json()
        remote.process.stdout.write(f"{made['token']}\n".encode())
        remote.process.stdout.flush()
    return Exit.PASSED


@tokens.command("revoke")
def revoke(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of the token.")],
    *,
    server: Server = None,
    token: Token = None,
) -> int:
    """Make a token useless, at once and for ever."""
    with Remote(context.obj, server, token) as remote:
        remote.ask("DELETE", f"/tokens/{id}")
    return Exit.PASSED
