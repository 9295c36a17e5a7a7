"""The guide to installing: its unit is valid, and its commands make a backup that a server can be restored from."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.apps.postgres import Postgres, program
from tests.e2e.conftest import ROOT
from tests.server.drops import CLT, new_drop
from tests.server.loads import launch, measured, until
from tests.server.test_accounts import browser, sign_in

GUIDE = (ROOT / "docs" / "guide" / "installation.md").read_text()
BACKUP = GUIDE[GUIDE.index("## Backing up") :]
COPYING, RESTORING, OF_POSTGRES = re.findall(r"```sh\n(.*?)```", BACKUP, re.DOTALL)


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


def needed(tool: str, package: str) -> str:
    found = shutil.which(tool)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{tool} is not installed, and in CI it must be: apt-get install {package}")
        pytest.skip(f"{tool} is not installed (apt-get install {package})")
    return found


def done(commands: str, folder: Path, path: str = "") -> None:
    """Run commands of the guide as they stand there."""
    subprocess.run(
        ["sh", "-eu", "-c", commands],
        cwd=folder,
        check=True,
        timeout=60,
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
    )


def test_everything_in_the_data_folder_is_in_the_guide(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data").start()
    with server.client() as admin:
        wish = {"name": "chat", "content": {"url": "https://chat.example.com/", "secret": "s3cr3t"}}
        assert admin.post("/webhooks", json=wish).status_code == 201
    there = {path.name for path in server.data.iterdir()}
    assert server.stop() == 0
    rows = "".join(re.findall(r"^\| `.*$", BACKUP, re.MULTILINE))
    told = set(re.findall(r"`([^`]+)`", rows))
    told |= {f"penstock.sqlite{end}" for end in ("-wal", "-shm") if end in told}
    assert {"penstock.sqlite", "secret.key", "blob.key", "lock"} <= there
    assert there <= told


def test_the_unit_is_valid_and_its_environment_is_that_of_the_server(tmp_path: Path) -> None:
    (unit,) = re.findall(r"```ini\n(.*?)```", GUIDE, re.DOTALL)
    command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert command
    assert command[1] == "/opt/penstock/bin/penstock serve"
    assert "\nKillMode=mixed\n" in unit, "else systemd ends the agents of a run beside the server"
    path = tmp_path / "penstock.service"
    path.write_text(unit.replace(command[1], f"{sys.executable} -m penstock serve"))
    checked = subprocess.run(
        [needed("systemd-analyze", "systemd"), "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, str(path) in checked.stderr) == (0, False), checked.stderr
    given = re.search(r"^Environment=(.*)$", unit, re.MULTILINE)
    assert given
    environment = dict(pair.split("=", 1) for pair in given[1].split())
    environment["PENSTOCK_DATA"] = str(tmp_path / "data")
    server = PenstockServer(tmp_path / "data", (), environment).start()
    with server.client() as client:
        assert client.get("/me").status_code == 200
    assert server.stop() == 0
    assert '{"' in server.log, "its log is JSON"


def answers(server: PenstockServer, run: str) -> dict[str, Any]:
    """Return what a server tells of everything that is in the backup."""
    with server.client() as client:
        told = {
            path: client.get(path).raise_for_status().json() for path in ("/me", "/users", "/webhooks", f"/runs/{run}")
        }
        told["report"] = client.get(f"/runs/{run}/report", params={"format": "json"}).raise_for_status().json()
    return told


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_backup_of_a_running_server_is_restored_as_the_guide_says(
    database: str, tmp_path: Path, target: Recorder, request: pytest.FixtureRequest
) -> None:
    copying, restoring = COPYING, RESTORING.removesuffix("penstock serve --data restored\n")
    assert restoring != RESTORING
    options: list[tuple[str, ...]] = [("--allow-private-targets", "--lease-seconds", "3")] * 2
    programs = ""
    if database == "postgresql":
        server_of_database: Postgres = request.getfixturevalue("postgres")
        programs = str(Path(program("pg_dump") or "").parent)
        names = {name: server_of_database.url(name) for name in ("postgres", f"restored_{uuid.uuid4().hex}")}
        names["penstock"] = server_of_database.database()
        (fresh,) = (name for name in names if name.startswith("restored"))
        dumping, *reading = (with_urls(line, names, fresh) for line in OF_POSTGRES.splitlines())
        copying = re.sub(r"^sqlite3 .*$", lambda _: dumping, copying, flags=re.MULTILINE)
        restoring += "\n".join(reading)
        options = [(*options[0], "--database-url", url) for url in (names["penstock"], names[fresh])]
    else:
        needed("sqlite3", "sqlite3")
    server = PenstockServer(tmp_path / "penstock-data", options[0]).start()
    try:
        with server.client() as client:
            content = {"url": f"{target.url}/hook", "secret": "s3cr3t", "states": ["failed"]}
            client.post("/webhooks", json={"name": "chat", "content": content}).raise_for_status()
            run = until(client, launch(client, target.url))["id"]
            drop = new_drop(client, f"{server.url}{CLT}")
            drop.put("one.txt", b"kept")
            before = answers(server, run)
            busy = launch(client, target.url, maxIterations=99_999)
            wait_until(measured(client, busy, 20))
            done(copying, tmp_path, programs)  # while the server writes
            client.post(f"/runs/{busy}/stop")
            until(client, busy)
    finally:
        assert server.stop() == 0
    done(restoring, tmp_path, programs)
    restored = PenstockServer(tmp_path / "restored", options[1]).start()
    try:
        assert restored.token == "", "it makes no users of its own"
        restored.token = server.token
        assert answers(restored, run) == before
        assert httpx.get(drop.of("one.txt").replace(server.url, restored.url)).content == b"kept"
        with browser(restored) as page:
            assert sign_in(page, server.user, server.password).status_code == 303
        with restored.client() as client:
            lost = until(client, busy)
            assert (lost["state"], lost["why"][:4]) == ("error", "lost")
    finally:
        assert restored.stop() == 0


def with_urls(line: str, urls: dict[str, str], fresh: str) -> str:
    """Return a command of the guide with the databases of the test."""
    line = re.sub(r"\brestored$", fresh, line)
    return re.sub(
        r"postgresql://\S+?/(\w+)", lambda found: f"'{urls[fresh if found[1] == 'restored' else found[1]]}'", line
    )
