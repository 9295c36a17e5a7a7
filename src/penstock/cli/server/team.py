"""`penstock team`: settings that hold for all runs of a team."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.server.remote import Json, Remote, Server, Token
from penstock.services import target_overrides

team = typer.Typer(help="Settings of your team.", no_args_is_help=True)


@team.command("show")
def show(context: typer.Context, *, json: Json = False, server: Server = None, token: Token = None) -> int:
    """Show your team: its name, and which origins its runs' requests are sent away from."""
    with Remote(context.obj, server, token) as remote:
        _tell(remote, json=json)
    return Exit.PASSED


@team.command("override")
def override(
    context: typer.Context,
    pairs: Annotated[
        list[str] | None,
        typer.Argument(help="FROM=TO: requests to one scheme, host and port go to another; * stands for all others."),
    ] = None,
    *,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", help="An origin that is asked itself again. Repeatable.", metavar="ORIGIN"),
    ] = None,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> int:
    """Send requests of all runs of your team elsewhere, as --target-override does it for one run; for admins."""
    asked: dict[str, str | None] = dict(target_overrides.read(pairs or [], "override"))
    for text in remove or []:
        ((origin, _),) = target_overrides.read([f"{text}=http://none"], "--remove")
        asked[origin] = None
    with Remote(context.obj, server, token) as remote:
        if asked:
            remote.ask("PATCH", "/team", json={"settings": {target_overrides.SETTING: asked}})
        _tell(remote, json=json)
    return Exit.PASSED


def _tell(remote: Remote, *, json: bool) -> None:
    found = remote.get("/team")
    if json:
        remote.print(found)
        return
    overrides = found["settings"].get(target_overrides.SETTING, {})
    remote.table([("team", found["name"]), *((origin, f"-> {target}") for origin, target in sorted(overrides.items()))])
