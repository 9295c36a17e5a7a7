"""Secrets that a team gives a server are in none of its files, answers and log lines; its key is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from penstock.cli.exits import Exit
from tests.apps.penstock_server import PenstockServer

SECRET = "tiger-in-the-tank"
WEBHOOK = {"name": "chat", "content": {"url": "https://127.0.0.1:9/hook", "secret": SECRET, "states": []}}
APPLICATION = {
    "name": "shop",
    "kind": "prometheus",
    "url": "http://127.0.0.1:9",
    "counters": {"a": "1"},
    "user": "ann",
    "password": SECRET,
    "headers": {"X-Scope": SECRET},
}


def refused(data: Path, *options: str, **environment: str) -> str:
    """Start a server that does not start, and return what it says."""
    command = [sys.executable, "-m", "penstock", "serve", "--port", "0", "--data", str(data), *options]
    known = {name: value for name, value in os.environ.items() if not name.startswith("PENSTOCK_")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=known | environment)
    assert done.returncode == Exit.INVALID_INPUT, done.stderr
    return done.stderr


def test_secrets_are_kept_by_their_key_and_nowhere_readable(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data", ("--log-level", "debug")).start()
    with server.client() as admin:
        answers = [admin.post("/webhooks", json=WEBHOOK), admin.post("/applications", json=APPLICATION)]
        hook, application = (one.json()["id"] for one in answers)
        answers.append(admin.post(f"/applications/{application}/reading"))
        paths = (f"/webhooks/{hook}", "/webhooks", f"/webhooks/{hook}/versions/1", "/applications", "/audit")
        answers += [admin.get(path) for path in paths]
    assert {one.status_code for one in answers} <= {200, 201}, [one.text for one in answers]
    assert not [one.text for one in answers if SECRET in one.text]
    assert SECRET not in server.log
    assert server.stop() == 0
    files = [file for file in server.data.rglob("*") if file.is_file()]
    assert not [file for file in files if SECRET.encode() in file.read_bytes()]

    key = server.data / "secret.key"
    kept = key.read_text()
    key.unlink()
    assert f"{key} is not there: put the key back from its backup" in " ".join(refused(server.data).split())
    wrong = Fernet.generate_key().decode()
    said = " ".join(refused(server.data, PENSTOCK_SECRET_KEYS=wrong).split())
    assert "secret_keys holds another key" in said
    assert wrong not in said
    assert "number 2: is no key" in " ".join(refused(server.data, PENSTOCK_SECRET_KEYS=f"{wrong},tiger").split())

    elsewhere = tmp_path / "kept.key"
    elsewhere.write_text(kept)
    server.options = ("--secret-key-file", str(elsewhere))
    server.start()
    with server.client() as admin:
        assert admin.get(f"/applications/{application}").json()["secrets"] == ["password"]
    assert server.stop() == 0

    server.options = ("--forget-secrets",)
    server.start()
    with server.client() as admin:
        assert admin.get(f"/applications/{application}").json()["secrets"] == []
    assert server.stop() == 0
