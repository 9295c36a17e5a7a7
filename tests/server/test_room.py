"""How much a team may upload in all, and what is said where nothing more fits: to clients, scripts and people."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient

from tests.apps.azurite import Azurite
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.drops import CLT, NewDrop, new_drop

MOST = 20_000
QUICK = {"retry_total": 0, "max_single_put_size": 4096, "max_block_size": 4096}


def clients(server: PenstockServer, token: str = "") -> httpx.Client:
    return httpx.Client(base_url=server.url, auth=("", token or server.token), timeout=60)


def upload(drop: NewDrop, name: str, size: int) -> None:
    with BlobClient.from_blob_url(drop.of(name), **QUICK) as blob:
        blob.upload_blob(b"x" * size, overwrite=True)


def pieces(server: PenstockServer) -> int:
    return sum(file.stat().st_size for file in server.data.glob("blobs/*/pieces/*"))


def test_a_team_uploads_as_much_as_it_may_and_gets_room_again(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data", ("--max-team-bytes", str(MOST))).start()
    with clients(server) as client, clients(server, server.stranger()) as other:
        drop = new_drop(client)
        upload(drop, "home.loadtest", 15_000)
        with pytest.raises(HttpResponseError) as refused:
            upload(drop, "large.bin", 12_000)
        assert (refused.value.status_code, refused.value.error_code) == (409, "StorageLimitReached")
        said = str(refused.value.message)
        assert re.search(r"of the 20,000 bytes .*markedForDeletion.*max_team_bytes", said), said
        upload(new_drop(other), "home.loadtest", 15_000)
        upload(drop, "rest.bin", MOST - (pieces(server) - 15_000))
        full = client.post(f"{CLT}/testdrops", json={"dropType": "TestServiceBlobDrop"})
        assert (full.status_code, full.json()["typeKey"]) == (409, "StorageLimitReachedException")
        assert "20,000 of the 20,000 bytes" in full.json()["message"]
        assert client.post(f"{CLT}/testruns", json={"name": "home.loadtest", "testDrop": {"id": drop.id}}).is_success
        (run,) = client.get(f"{CLT}/testruns").json()
        assert client.patch(f"{CLT}/testruns/{run['id']}", json={"state": "queued"}).status_code == 202
        assert client.get(f"{CLT}/testruns/{run['id']}").json()["state"] == "aborted", "it is no load test"
        client.patch(f"{CLT}/testruns/{run['id']}", json={"retentionState": "markedForDeletion"})
    assert server.stop() == 0
    server.start()  # which looks at once
    with clients(server) as client:
        wait_until(lambda: client.post(f"{CLT}/testdrops", json={"dropType": "TestServiceBlobDrop"}).is_success)
        upload(new_drop(client), "home.loadtest", 15_000)
    assert server.stop() == 0


def test_in_an_account_a_team_that_has_all_it_may_gets_no_new_drop(azurite: Azurite, tmp_path: Path) -> None:
    settings = {"PENSTOCK_DROPS_STORAGE": azurite.connection(), "PENSTOCK_MAX_TEAM_BYTES": "1000"}
    server = PenstockServer(tmp_path / "data", (), settings).start()
    with clients(server) as client:
        upload(new_drop(client), "home.loadtest", 1500)
    assert server.stop() == 0
    server.start()  # what an account holds is counted once a minute
    with clients(server) as client:
        full = client.post(f"{CLT}/testdrops", json={"dropType": "TestServiceBlobDrop"})
        assert (full.status_code, "1,500 of the 1,000 bytes" in full.json()["message"]) == (409, True), full.text
    assert server.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a small disk can only be mounted by root")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_half_way_keeps_nothing_of_the_upload(small_disk: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "blobs").symlink_to(small_disk)
    server = PenstockServer(data).start()
    with clients(server) as client:
        drop = new_drop(client)
        upload(drop, "home.loadtest", 1000)
        whole = httpx.put(drop.of("large.bin"), headers={"x-ms-blob-type": "BlockBlob"}, content=b"x" * 6 * 1024 * 1024)
        assert (whole.status_code, whole.headers["x-ms-error-code"]) == (507, "InsufficientStorage")
        assert "full" in whole.text
        assert "nothing of this was kept" in whole.text
        assert pieces(server) == 1000
        assert httpx.get(drop.of("large.bin")).status_code == 404
        upload(drop, "small.bin", 1000)
        assert httpx.get(drop.of("home.loadtest")).content == b"x" * 1000
    assert server.stop() == 0
