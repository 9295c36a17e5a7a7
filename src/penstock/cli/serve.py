"""`penstock serve`: the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.process import Process
from penstock.settings import SETTINGS, load

if TYPE_CHECKING:
    from penstock.services.accounts import FirstSecrets

_SETTINGS = {setting.name: setting for setting in SETTINGS}
_PLACEHOLDERS = {"text": "TEXT", "number": "N", "list": "TEXT", "yes or no": None}


def _option(name: str, *, yes: bool = False) -> typer.models.OptionInfo:
    flag = "--" + name.replace("_", "-")
    declared = f"{flag}/--no-{flag[2:]}" if yes else flag
    setting = _SETTINGS[name]
    preset = setting.default if setting.kind in ("text", "number") else ""
    sentence = setting.sentence + (f" [default: {preset}]" if preset != "" else "")
    option: typer.models.OptionInfo = typer.Option(
        declared, help=sentence, metavar=_PLACEHOLDERS[setting.kind], show_default=False
    )
    return option


def serve(
    context: typer.Context,
    *,
    host: Annotated[str | None, _option("host")] = None,
    port: Annotated[int | None, _option("port")] = None,
    data: Annotated[str | None, _option("data")] = None,
    database_url: Annotated[str | None, _option("database_url")] = None,
    drops_storage: Annotated[str | None, _option("drops_storage")] = None,
    secret_key_file: Annotated[str | None, _option("secret_key_file")] = None,
    secret_keys: Annotated[list[str] | None, _option("secret_keys")] = None,
    forget_secrets: Annotated[bool | None, _option("forget_secrets", yes=True)] = None,
    public_url: Annotated[str | None, _option("public_url")] = None,
    tls_cert: Annotated[str | None, _option("tls_cert")] = None,
    tls_key: Annotated[str | None, _option("tls_key")] = None,
    allow_private_targets: Annotated[bool | None, _option("allow_private_targets", yes=True)] = None,
    allowed_hosts: Annotated[list[str] | None, _option("allowed_hosts")] = None,
    name_servers: Annotated[list[str] | None, _option("name_servers")] = None,
    unverified_users: Annotated[int | None, _option("unverified_users")] = None,
    unverified_seconds: Annotated[int | None, _option("unverified_seconds")] = None,
    counter_hosts: Annotated[list[str] | None, _option("counter_hosts")] = None,
    max_runs: Annotated[int | None, _option("max_runs")] = None,
    max_suite_runs: Annotated[int | None, _option("max_suite_runs")] = None,
    lease_seconds: Annotated[int | None, _option("lease_seconds")] = None,
    max_body_bytes: Annotated[int | None, _option("max_body_bytes")] = None,
    max_blob_bytes: Annotated[int | None, _option("max_blob_bytes")] = None,
    max_team_bytes: Annotated[int | None, _option("max_team_bytes")] = None,
    allow_commands: Annotated[bool | None, _option("allow_commands", yes=True)] = None,
    command_seconds: Annotated[int | None, _option("command_seconds")] = None,
    keep_files_days: Annotated[int | None, _option("keep_files_days")] = None,
    vendor_limits: Annotated[bool | None, _option("vendor_limits", yes=True)] = None,
    session_hours: Annotated[int | None, _option("session_hours")] = None,
    log_format: Annotated[str | None, _option("log_format")] = None,
    log_level: Annotated[str | None, _option("log_level")] = None,
    stop_seconds: Annotated[int | None, _option("stop_seconds")] = None,
) -> int:
    """Keep tests, runs and results for teams, and serve the API. Ends on Ctrl-C or SIGTERM.

    The first start prints an admin's password and token on stdout, once.
    """
    process: Process = context.obj
    flags = {
        "host": host,
        "port": port,
        "data": data,
        "database_url": database_url,
        "drops_storage": drops_storage,
        "secret_key_file": secret_key_file,
        "secret_keys": secret_keys or None,
        "forget_secrets": forget_secrets,
        "public_url": public_url,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "allow_private_targets": allow_private_targets,
        "allowed_hosts": allowed_hosts or None,
        "name_servers": name_servers or None,
        "unverified_users": unverified_users,
        "unverified_seconds": unverified_seconds,
        "counter_hosts": counter_hosts or None,
        "max_runs": max_runs,
        "max_suite_runs": max_suite_runs,
        "lease_seconds": lease_seconds,
        "max_body_bytes": max_body_bytes,
        "max_blob_bytes": max_blob_bytes,
        "max_team_bytes": max_team_bytes,
        "allow_commands": allow_commands,
        "command_seconds": command_seconds,
        "keep_files_days": keep_files_days,
        "vendor_limits": vendor_limits,
        "session_hours": session_hours,
        "log_format": log_format,
        "log_level": log_level,
        "stop_seconds": stop_seconds,
    }
    settings = load(flags, process.environment)
    from penstock.app.serving import serve as run_server  # loaded here: other commands need none of it

    def announce(url: str, first: FirstSecrets | None) -> None:
        if first is not None:
            text = f"user: {first.user}\npassword: {first.password}\ntoken: {first.token}\n"
            process.stdout.write(text.encode())
            process.stdout.flush()
        process.say(f"penstock serves on {url}")

    run_server(settings, announce)
    return Exit.PASSED
