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
_LISTENING = "Listening"
_KEPT = "What is kept"
_HOSTS = "Which hosts may be loaded"
_RUNS = "Runs"
_LOG = "Requests and log"

_PLACEHOLDERS = {"text": "TEXT", "number": "N", "list": "TEXT", "yes or no": None}


def _option(name: str, heading: str, *, yes: bool = False) -> typer.models.OptionInfo:
    flag = "--" + name.replace("_", "-")
    declared = f"{flag}/--no-{flag[2:]}" if yes else flag
    setting = _SETTINGS[name]
    preset = setting.default if setting.kind in ("text", "number") else ""
    sentence = setting.sentence + (f" [default: {preset}]" if preset != "" else "")
    option: typer.models.OptionInfo = typer.Option(
        declared, help=sentence, metavar=_PLACEHOLDERS[setting.kind], show_default=False, rich_help_panel=heading
    )
    return option


def serve(
    context: typer.Context,
    *,
    host: Annotated[str | None, _option("host", _LISTENING)] = None,
    port: Annotated[int | None, _option("port", _LISTENING)] = None,
    public_url: Annotated[str | None, _option("public_url", _LISTENING)] = None,
    tls_cert: Annotated[str | None, _option("tls_cert", _LISTENING)] = None,
    tls_key: Annotated[str | None, _option("tls_key", _LISTENING)] = None,
    metrics_address: Annotated[str | None, _option("metrics_address", _LISTENING)] = None,
    otlp_endpoint: Annotated[str | None, _option("otlp_endpoint", _LISTENING)] = None,
    data: Annotated[str | None, _option("data", _KEPT)] = None,
    database_url: Annotated[str | None, _option("database_url", _KEPT)] = None,
    drops_storage: Annotated[str | None, _option("drops_storage", _KEPT)] = None,
    secret_key_file: Annotated[str | None, _option("secret_key_file", _KEPT)] = None,
    secret_keys: Annotated[list[str] | None, _option("secret_keys", _KEPT)] = None,
    forget_secrets: Annotated[bool | None, _option("forget_secrets", _KEPT, yes=True)] = None,
    keep_files_days: Annotated[int | None, _option("keep_files_days", _KEPT)] = None,
    max_blob_bytes: Annotated[int | None, _option("max_blob_bytes", _KEPT)] = None,
    max_team_bytes: Annotated[int | None, _option("max_team_bytes", _KEPT)] = None,
    allow_private_targets: Annotated[bool | None, _option("allow_private_targets", _HOSTS, yes=True)] = None,
    allowed_hosts: Annotated[list[str] | None, _option("allowed_hosts", _HOSTS)] = None,
    name_servers: Annotated[list[str] | None, _option("name_servers", _HOSTS)] = None,
    unverified_users: Annotated[int | None, _option("unverified_users", _HOSTS)] = None,
    unverified_seconds: Annotated[int | None, _option("unverified_seconds", _HOSTS)] = None,
    counter_hosts: Annotated[list[str] | None, _option("counter_hosts", _HOSTS)] = None,
    max_runs: Annotated[int | None, _option("max_runs", _RUNS)] = None,
    ray_address: Annotated[str | None, _option("ray_address", _RUNS)] = None,
    ray_wait_seconds: Annotated[int | None, _option("ray_wait_seconds", _RUNS)] = None,
    max_suite_runs: Annotated[int | None, _option("max_suite_runs", _RUNS)] = None,
    lease_seconds: Annotated[int | None, _option("lease_seconds", _RUNS)] = None,
    allow_commands: Annotated[bool | None, _option("allow_commands", _RUNS, yes=True)] = None,
    command_seconds: Annotated[int | None, _option("command_seconds", _RUNS)] = None,
    vendor_limits: Annotated[bool | None, _option("vendor_limits", _RUNS, yes=True)] = None,
    stop_seconds: Annotated[int | None, _option("stop_seconds", _RUNS)] = None,
    max_body_bytes: Annotated[int | None, _option("max_body_bytes", _LOG)] = None,
    session_hours: Annotated[int | None, _option("session_hours", _LOG)] = None,
    log_format: Annotated[str | None, _option("log_format", _LOG)] = None,
    log_level: Annotated[str | None, _option("log_level", _LOG)] = None,
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
        "metrics_address": metrics_address,
        "otlp_endpoint": otlp_endpoint,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "allow_private_targets": allow_private_targets,
        "allowed_hosts": allowed_hosts or None,
        "name_servers": name_servers or None,
        "unverified_users": unverified_users,
        "unverified_seconds": unverified_seconds,
        "counter_hosts": counter_hosts or None,
        "max_runs": max_runs,
        "ray_address": ray_address,
        "ray_wait_seconds": ray_wait_seconds,
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
