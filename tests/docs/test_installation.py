"""The guide to installing knows what has to be backed up."""

from __future__ import annotations

import re
from pathlib import Path

from tests.apps.penstock_server import PenstockServer
from tests.e2e.conftest import ROOT

GUIDE = (ROOT / "docs" / "guide" / "installation.md").read_text()


def test_everything_in_the_data_folder_is_in_the_guide(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data").start()
    with server.client() as admin:
        wish = {"name": "chat", "content": {"url": "https://chat.example.com/", "secret": "s3cr3t"}}
        assert admin.post("/webhooks", json=wish).status_code == 201
    there = {path.name for path in server.data.iterdir()}
    assert server.stop() == 0
    rows = "".join(re.findall(r"^\| `.*$", GUIDE[GUIDE.index("## Backing up") :], re.MULTILINE))
    told = set(re.findall(r"`([^`]+)`", rows))
    told |= {f"penstock.sqlite{end}" for end in ("-wal", "-shm") if end in told}
    assert {"penstock.sqlite", "secret.key", "blob.key", "lock"} <= there
    assert there <= told
