"""A PostgreSQL of the tests' own, from the system's packages, in a folder of its own and on a socket of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

_SETTINGS = {"fsync": "off", "full_page_writes": "off", "listen_addresses": "", "max_connections": "60"}


def program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs; Debian keeps them off the path, by version."""
    if found := shutil.which(name):
        return found
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(kept[-1]) if kept else None


class Postgres:
    """A server under way. `database()` makes an empty database and returns its URL."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder = folder
        self._user = user

    def url(self, database: str) -> str:
        return f"postgresql://{self._user}@/{database}?host={quote(str(self._folder), safe='')}"

    def database(self) -> str:
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def break_connections(self, url: str) -> None:
        """End all connections to a database, as a crash or a network would."""
        name = url.rpartition("@/")[2].partition("?")[0]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


@contextmanager
def running() -> Iterator[Postgres]:
    """Start a server and end it; it does not run as root, so root lends its rights to `postgres`."""
    initdb, server = program("initdb"), program("pg_ctl")
    if initdb is None or server is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed, and in CI it must be: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    as_user: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path may not be long
    user = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        user = "postgres"
        as_user = ["runuser", "-u", user, "--"]
        shutil.chown(folder, user)
    options = " ".join(f"-c {name}='{value}'" for name, value in _SETTINGS.items())

    def call(*command: str) -> None:
        done = subprocess.run([*as_user, *command], capture_output=True, text=True, timeout=60, cwd=folder)
        if done.returncode:
            pytest.fail(f"{command[0]}: {done.stdout}{done.stderr}")

    data = str(folder / "data")
    log = str(folder / "log")
    try:
        call(initdb, "--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale", "-D", data)
        options = f"{options} -k {folder}"
        call(server, "-D", data, "-l", log, "-w", "-t", "30", "-o", options, "start")
        try:
            yield Postgres(folder, user)
        finally:
            call(server, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
