"""Storage clients of the years of the service, unchanged, with the drops of a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.apps.penstock_server import PenstockServer
from tests.server.drops import new_drop
from tests.server.test_cloudtest_clients import clients_folder, installed

__all__ = ["clients_folder"]

SCRIPT = Path(__file__).with_name("old_storage_calls.py")


@pytest.mark.parametrize("requirement", ["azure-storage-blob==2.1.0", "azure-storage-blob==1.5.0"])
def test_a_client_of_that_time_uploads_lists_and_downloads(
    server: PenstockServer, admin: httpx.Client, clients_folder: Path, tmp_path: Path, requirement: str
) -> None:
    drop = new_drop(admin, f"{server.url}/_apis/clt")
    account, container, name = drop.url.rsplit("/", 2)
    place = account.removeprefix("http://")
    command = [sys.executable, "-W", "ignore", str(SCRIPT), str(installed(clients_folder, requirement)), place]
    done = subprocess.run(
        [*command, container, name, drop.signature],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    names = ["small.webtest", "large.dll", "data/empty.csv"]
    assert json.loads(done.stdout) == {
        "same": names,
        "verified": names[:2],
        "listed": sorted(names),
        "folders": ["data/", "large.dll", "small.webtest"],
        "blocks": 3,
        "exists": [True, False],
        "size": 3 * 1024 * 1024,
    }
    assert httpx.get(drop.of("small.webtest")).content == b"<WebTest/>"
