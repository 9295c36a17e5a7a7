"""`penstock applications`: applications whose counters the load runs of a team read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.remote import Json, Remote, Server, Token
from penstock.errors import InvalidInput
from penstock.services.applications import described, documents_in

applications = typer.Typer(help="Applications under test, whose counters load runs read.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the application.")]


@applications.command("list")
def list_(context: typer.Context, *, json: Json = False, server: Server = None, token: Token = None) -> int:
    """List the applications of your team: name, kind, address, whether every run reads it, counters."""
    with Remote(context.obj, server, token) as remote:
        found = remote.get("/applications")
        if json:
            remote.print(found)
        else:
            remote.table([_row(one) for one in found])
    return Exit.PASSED


@applications.command("set")
def set_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The YAML file, as for penstock run --counters.")],
    *,
    server: Server = None,
    token: Token = None,
) -> int:
    """Keep the applications of a file on the server; those of the same names are said anew."""
    documents = documents_in(file, context.obj.environment)
    for place, document in documents:
        described(document, place)
    with Remote(context.obj, server, token) as remote:
        known = {one["name"].lower(): one["id"] for one in remote.get("/applications")}
        for _, document in documents:
            id = known.get(document["name"].lower())
            if id is None:
                remote.ask("POST", "/applications", json=document)
            else:
                remote.ask("PUT", f"/applications/{id}", json=document)
    return Exit.PASSED


@applications.command("read")
def read(context: typer.Context, name: Name, *, server: Server = None, token: Token = None) -> int:
    """Let the server read the counters of an application once, and print their values."""
    with Remote(context.obj, server, token) as remote:
        taken = remote.ask("POST", f"/applications/{_id(remote, name)}/reading").json()
        remote.table([(counter, f"{value:,.6g}") for counter, value in taken["values"].items()])
        for counter, text in taken["problems"].items():
            remote.process.say(f"error: {name}/{counter}: {text}" if counter else f"error: {name}: {text}")
    return Exit.INVALID_INPUT if taken["problems"] else Exit.PASSED


@applications.command("delete")
def delete(context: typer.Context, name: Name, *, server: Server = None, token: Token = None) -> int:
    """Forget an application; what runs have read of it stays."""
    with Remote(context.obj, server, token) as remote:
        remote.ask("DELETE", f"/applications/{_id(remote, name)}")
    return Exit.PASSED


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    content = one["content"]
    always = "always" if content["always"] else "when named"
    return one["name"], one["kind"], content["url"], always, ", ".join(content["counters"])


def _id(remote: Remote, name: str) -> str:
    known = {one["name"].lower(): str(one["id"]) for one in remote.get("/applications")}
    if name.lower() not in known:
        raise InvalidInput(f"there is no application {name!r}; there are {', '.join(sorted(known)) or 'none'}")
    return known[name.lower()]
