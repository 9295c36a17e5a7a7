"""Every setting of the server in one list: what the command line, the environment and the file can say.

A flag wins over the environment, that over the file, that over the default. docs/reference/settings.md is written from
the list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from penstock.errors import InvalidInput, UnreadableFile

FILE_VARIABLE = "PENSTOCK_CONFIG"
"""Environment variable that names the file; without it `penstock.toml` of the working directory is read if it is
there."""

DEFAULT_FILE = "penstock.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the list. `name` is the key in the file; `kind` is `text`, `number`, `yes or no` or `list`."""

    name: str
    kind: str
    default: Any
    sentence: str

    @property
    def flag(self) -> str:
        """As an option of `penstock serve`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """As an environment variable."""
        return "PENSTOCK_" + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("host", "text", "127.0.0.1", "Address to listen on."),
    Setting("port", "number", 8700, "Port to listen on; 0 takes a free one."),
    Setting(
        "data", "text", "penstock-data", "Folder for everything that the server keeps; created if it does not exist."
    ),
    Setting(
        "database_url", "text", "", "Database, like `postgresql://user:password@host/name`; empty: SQLite in `data`."
    ),
    Setting(
        "drops_storage",
        "text",
        "",
        "Connection string (with AccountKey) of the Azure Storage account that holds test drops and results of cloud "
        "load tests; empty: a folder in `data`.",
    ),
    Setting(
        "secret_key_file",
        "text",
        "",
        "File of keys that encrypt secrets in the database, one a line, the first one for new secrets; "
        "empty: `secret.key` in `data`, made at the first start.",
    ),
    Setting(
        "secret_keys", "list", (), "The same keys themselves, for the environment; they take precedence over the file."
    ),
    Setting(
        "forget_secrets",
        "yes or no",
        False,
        "Whether a start without the right key empties the secrets of applications and webhooks, instead of refusing.",
    ),
    Setting(
        "public_url",
        "text",
        "",
        "Address under which people and clients reach the server; empty: the one it listens on.",
    ),
    Setting(
        "metrics_address",
        "text",
        "",
        "Address and port, like `127.0.0.1:9464`, to serve all metrics at without a token, besides `/metrics`.",
    ),
    Setting(
        "otlp_endpoint",
        "text",
        "",
        "OpenTelemetry collector, like `http://collector:4318`, that is sent what loads measure every 10 s; `env`: the "
        "one that its standard variables name; needs `penstock[otlp]`.",
    ),
    Setting("tls_cert", "text", "", "Certificate (PEM) to serve https; needs `tls_key`."),
    Setting("tls_key", "text", "", "Key (PEM) of the certificate."),
    Setting(
        "allow_private_targets",
        "yes or no",
        False,
        "Whether runs may load loopback, link-local, metadata and private addresses.",
    ),
    Setting("allowed_hosts", "list", (), "Hosts, with their subdomains, that every team may load without verifying."),
    Setting(
        "name_servers",
        "list",
        (),
        "Name servers (`10.0.0.53`, `127.0.0.1:5353`) for the TXT records of domains that teams verify; "
        "empty: the system's.",
    ),
    Setting("unverified_users", "number", 5, "Most users of a load on a host that is neither allowed nor verified."),
    Setting(
        "unverified_seconds", "number", 300, "Longest load, in seconds, on a host that is neither allowed nor verified."
    ),
    Setting(
        "counter_hosts",
        "list",
        (),
        "Hosts, with their subdomains, in private networks that counters of servers under test may be read from.",
    ),
    Setting("max_runs", "number", 4, "Load runs that execute at the same time; others wait in the queue."),
    Setting(
        "ray_address",
        "text",
        "",
        "Ray cluster whose machines execute load runs: `HOST:PORT`, or `auto` for the one of this machine; "
        "empty: this machine executes them.",
    ),
    Setting(
        "ray_wait_seconds", "number", 0, "Seconds that a load run waits for cores that the cluster does not have yet."
    ),
    Setting("max_suite_runs", "number", 2, "Suite runs that execute at the same time, each in a warm process."),
    Setting(
        "lease_seconds",
        "number",
        15,
        "Seconds without a sign of life from the server that executes a run, after which another server on the same "
        "database ends the run as lost, or goes on with it if possible.",
    ),
    Setting("max_body_bytes", "number", 64 * 1024 * 1024, "Largest body of a request to the server, in bytes."),
    Setting("max_blob_bytes", "number", 5 * 1024**3, "Largest body of one upload to a test drop, in bytes."),
    Setting(
        "max_team_bytes",
        "number",
        100 * 1024**3,
        "Bytes that all test drops and results of a team may take; 0: no limit.",
    ),
    Setting(
        "allow_commands",
        "yes or no",
        False,
        "Whether runs execute the set-up and clean-up commands of their tests, as the user that the server runs as.",
    ),
    Setting("command_seconds", "number", 300, "Longest time of a set-up or clean-up command, in seconds."),
    Setting(
        "keep_files_days",
        "number",
        0,
        "Days after which the files of cloud load tests (drops, archives of results) are deleted; 0 keeps them.",
    ),
    Setting(
        "vendor_limits",
        "yes or no",
        False,
        "Whether runs beyond the limits of the vendors' clouds are refused, instead of a finding.",
    ),
    Setting("session_hours", "number", 12, "Hours that a sign-in in the browser lasts."),
    Setting("log_format", "text", "text", "Lines of the log: `text` for people or `json` for machines."),
    Setting("log_level", "text", "info", "Lowest level that is logged: debug, info, warning or error."),
    Setting("stop_seconds", "number", 10, "Seconds that runs under way get to end when the server is told to stop."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values, by the names of the list."""

    host: str
    port: int
    data: str
    database_url: str
    drops_storage: str
    secret_key_file: str
    secret_keys: tuple[str, ...]
    forget_secrets: bool
    public_url: str
    metrics_address: str
    otlp_endpoint: str
    tls_cert: str
    tls_key: str
    allow_private_targets: bool
    allowed_hosts: tuple[str, ...]
    name_servers: tuple[str, ...]
    unverified_users: int
    unverified_seconds: int
    counter_hosts: tuple[str, ...]
    max_runs: int
    ray_address: str
    ray_wait_seconds: int
    max_suite_runs: int
    lease_seconds: int
    max_body_bytes: int
    max_blob_bytes: int
    max_team_bytes: int
    allow_commands: bool
    command_seconds: int
    keep_files_days: int
    vendor_limits: bool
    session_hours: int
    log_format: str
    log_level: str
    stop_seconds: int

    @property
    def scheme(self) -> str:
        """What the server speaks."""
        return "https" if self.tls_cert else "http"


def load(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Read the settings: `flags` by name (None is what nobody gave), `environment`, and the file.

    Raises `InvalidInput` for a value of the wrong kind and for a name the list does not have, `UnreadableFile` for a
    file that is named and cannot be read.
    """
    environment = environment or {}
    values: dict[str, Any] = {setting.name: setting.default for setting in SETTINGS}
    values |= _file(environment, folder or Path())
    for setting in SETTINGS:
        if (text := environment.get(setting.variable)) is not None:
            values[setting.name] = _from_text(setting, text, setting.variable)
        if (given := (flags or {}).get(setting.name)) is not None:
            values[setting.name] = _from_value(setting, given, setting.flag)
    settings = Settings(**{field.name: values[field.name] for field in fields(Settings)})
    _verify(settings)
    return settings


def _file(environment: Mapping[str, str], folder: Path) -> dict[str, Any]:
    named = environment.get(FILE_VARIABLE)
    path = Path(named) if named else folder / DEFAULT_FILE
    if not named and not path.is_file():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path}: is not TOML: {error}") from error
    known = {setting.name: setting for setting in SETTINGS}
    for name in content:
        if name not in known:
            raise InvalidInput(f"{path}: there is no setting {name!r}; there are {', '.join(sorted(known))}")
    return {name: _from_value(known[name], value, f"{path}: {name}") for name, value in content.items()}


def _from_text(setting: Setting, text: str, place: str) -> Any:
    if setting.kind == "number":
        if not text.strip().isdecimal():
            raise InvalidInput(f"{place}: {text!r} is not a whole number")
        return int(text)
    if setting.kind == "yes or no":
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        if text.strip().lower() not in words:
            raise InvalidInput(f"{place}: {text!r} is neither yes nor no")
        return words[text.strip().lower()]
    if setting.kind == "list":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _from_value(setting: Setting, value: Any, place: str) -> Any:
    wanted: dict[str, tuple[type, ...]] = {
        "number": (int,),
        "yes or no": (bool,),
        "text": (str,),
        "list": (list, tuple),
    }
    if type(value) not in wanted[setting.kind]:
        raise InvalidInput(f"{place}: {value!r} is not a {setting.kind}")
    if setting.kind == "list":
        return tuple(str(part) for part in value)
    if setting.kind == "number" and value < 0:
        raise InvalidInput(f"{place}: {value} is below 0")
    return value


def _verify(settings: Settings) -> None:
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise InvalidInput("to serve https give both a certificate and its key (--tls-cert and --tls-key)")
    if settings.port > 65535:
        raise InvalidInput(f"port: {settings.port} is not between 0 and 65535")
    if settings.log_format not in ("text", "json"):
        raise InvalidInput(f"log_format: {settings.log_format!r} is neither text nor json")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise InvalidInput(f"log_level: {settings.log_level!r} is not debug, info, warning or error")
    if settings.command_seconds < 1:
        raise InvalidInput("command_seconds: at least 1 is needed")
    if min(settings.max_runs, settings.max_suite_runs) < 1:
        raise InvalidInput("max_runs and max_suite_runs: at least 1 is needed")
    if settings.lease_seconds < 3:
        raise InvalidInput("lease_seconds: at least 3 are needed: a lease is renewed every second")
