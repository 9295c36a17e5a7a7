"""Test drops and results in a storage account (Azurite) by one setting, and what is said when it fails."""

from __future__ import annotations

import base64
import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient

from penstock.cli.exits import Exit
from tests.apps import Recorder
from tests.apps import azurite as azurite_app
from tests.apps.azurite import Azurite
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.drops import CLT, new_drop
from tests.server.test_cloud_run import run
from tests.server.vs_loads import load_test, web_test


@pytest.fixture(scope="module")
def storage() -> Iterator[Azurite]:
    """An account that tests of this module may end."""
    with azurite_app.running() as started:
        yield started


@pytest.fixture(scope="module")
def server(storage: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    started = PenstockServer(
        tmp_path_factory.mktemp("server") / "data",
        ("--allow-private-targets",),
        {"PENSTOCK_DROPS_STORAGE": storage.connection()},
    ).start()
    yield started
    assert started.stop() == 0
    key = storage.connection().partition("AccountKey=")[2].partition(";")[0]
    assert key not in started.log, "the log holds no secrets"


@pytest.fixture
def client(server: PenstockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=("", server.token), timeout=60) as opened:
        yield opened


def new_run(client: httpx.Client, drop: str) -> str:
    made = client.post(f"{CLT}/testruns", json={"name": "home.loadtest", "testDrop": {"id": drop}})
    assert made.status_code == 200, made.text
    return str(made.json()["id"])


def test_files_and_results_lie_in_the_account_and_never_on_the_server(
    client: httpx.Client, server: PenstockServer, storage: Azurite
) -> None:
    drop, url, signature = astuple(new_drop(client))
    assert url.startswith(f"{storage.url}/ets-containerfor-")
    assert url.endswith(f"/{drop}")
    with Recorder() as target:
        files = {"home.loadtest": load_test(seconds=2), "Home.WebTest": web_test(f"{target.url}/")}
        for name, content in files.items():
            with BlobClient.from_blob_url(f"{url}/{name}{signature}") as blob:
                blob.upload_blob(content)
        run = new_run(client, drop)
        assert client.patch(f"{CLT}/testruns/{run}", json={"state": "queued"}).status_code == 202

        def over() -> object:
            found = client.get(f"{CLT}/testruns/{run}").json()
            return found if found["state"] in ("completed", "aborted", "error") else None

        found = wait_until(over)
        assert isinstance(found, dict)
        assert found["state"] == "completed", found
        assert target.requests
    results = client.get(f"{CLT}/testruns/{run}/results").json()["resultsUrl"]
    assert results.startswith(f"{storage.url}/")
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(httpx.get(results).content))) as archive:
        assert "report.html" in archive.namelist()
    assert httpx.get(f"{server.url}/blob/x/y").status_code == 404, "there is no endpoint of our own then"
    assert not (server.data / "blobs").exists()
    group = client.post(f"{CLT}/agentgroups", json={"groupName": "rig"}).json()["groupId"]
    outgoing = client.get(f"{CLT}/agentgroups/{group}", params={"outgoingRequestUrls": "true"}).json()["value"]
    assert outgoing[0] == storage.url


def test_our_own_command_line_uploads_to_the_account_too(server: PenstockServer, tmp_path: Path) -> None:
    with Recorder() as target:
        (tmp_path / "home.loadtest").write_bytes(load_test(seconds=2))
        (tmp_path / "home.webtest").write_bytes(web_test(f"{target.url}/"))
        done = run(server, tmp_path, "home.loadtest", "--json", "-")
        assert done.code == 0, done.stderr
        assert json.loads(done.stdout)["totals"]["requests"]["count"] > 0


def test_a_signature_opens_the_teams_container_for_what_its_token_may(
    client: httpx.Client, server: PenstockServer
) -> None:
    drop, url, signature = astuple(new_drop(client))
    with BlobClient.from_blob_url(f"{url}/there{signature}") as blob:
        blob.upload_blob(b"content")
    with server.client() as native:
        token = native.post("/tokens", json={"description": "reader", "scopes": ["read"]}).json()["token"]
    with httpx.Client(base_url=server.url, auth=("", token)) as reader:
        read_only = reader.get(f"{CLT}/testdrops/{drop}").json()["accessData"]["sasKey"]
    with BlobClient.from_blob_url(f"{url}/there{read_only}") as blob:
        assert blob.download_blob().readall() == b"content"
        with pytest.raises(HttpResponseError):
            blob.upload_blob(b"other", overwrite=True)
    with httpx.Client(base_url=server.url, auth=("", server.stranger())) as stranger:
        _, theirs, _ = astuple(new_drop(stranger))
    assert theirs.rpartition("/")[0] != url.rpartition("/")[0]
    with BlobClient.from_blob_url(f"{theirs}/x{signature}") as blob, pytest.raises(HttpResponseError) as refused:
        blob.upload_blob(b"x")
    assert refused.value.status_code == 403
    changed = signature.replace("sp=", "sp=d")
    with BlobClient.from_blob_url(f"{url}/there{changed}") as blob, pytest.raises(HttpResponseError) as refused:
        blob.delete_blob()
    assert refused.value.status_code == 403


def test_an_account_that_does_not_answer_is_said_until_it_does(
    client: httpx.Client, server: PenstockServer, storage: Azurite
) -> None:
    drop, url, signature = astuple(new_drop(client))
    run = new_run(client, drop)
    assert client.get("/ready").json() == {"status": "ok"}
    storage.stop()
    try:
        ready = client.get("/ready")
        assert ready.status_code == 503
        assert f"the storage of the drops (tests at {storage.url.split('/')[2]}) cannot be reached" in ready.text
        assert client.get("/health").status_code == 200
        for refused in (
            client.post(f"{CLT}/testdrops", json={"dropType": "TestServiceBlobDrop"}),
            client.post(f"{CLT}/testruns", json={"name": "home.loadtest", "testDrop": {"id": drop}}),
            client.patch(f"{CLT}/testruns/{run}", json={"state": "queued"}),
        ):
            assert (refused.status_code, refused.json()["typeKey"]) == (503, "ServiceUnavailableException")
            assert "cannot be reached" in refused.json()["message"]
        assert client.get(f"{CLT}/testruns/{run}").json()["state"] == "pending", "it can be started later"
    finally:
        storage.start()
    assert client.get("/ready").status_code == 200
    assert client.patch(f"{CLT}/testruns/{run}", json={"state": "queued"}).status_code == 202
    aborted = client.get(f"{CLT}/testruns/{run}").json()
    assert aborted["state"] == "aborted"
    assert "the files of the drop are gone: container ets-containerfor-" in aborted["abortMessage"]["cause"]
    with BlobClient.from_blob_url(f"{url}/x{signature}") as blob, pytest.raises(ResourceNotFoundError):
        blob.upload_blob(b"x")
    new_drop(client)  # makes the container again
    with BlobClient.from_blob_url(f"{url}/x{signature}") as blob:
        blob.upload_blob(b"x")


def test_a_key_that_the_account_refuses_is_said(azurite: Azurite, tmp_path: Path) -> None:
    wrong = azurite.connection(base64.b64encode(b"another key of any length").decode())
    server = PenstockServer(tmp_path / "data", environment={"PENSTOCK_DROPS_STORAGE": wrong}).start()
    try:
        with httpx.Client(base_url=server.url, auth=("", server.token), timeout=60) as client:
            ready = client.get("/ready")
            assert ready.status_code == 503
            assert "refuses the key of the setting drops_storage (AuthorizationFailure)" in ready.json()["detail"], (
                ready.text
            )
            refused = client.post(f"{CLT}/testdrops", json={"dropType": "TestServiceBlobDrop"})
            assert refused.status_code == 503
            assert "drops_storage" in refused.json()["message"]
            in_place = {"urls": ["http://127.0.0.1:9/"]}
            kept = client.post(f"{CLT}/testdrops", json={"dropType": 1, "loadTestDefinition": in_place})
            assert kept.status_code == 200, "a test of URLs needs no files"
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("connection", "says"),
    [
        ("here", "is no connection string"),
        ("AccountName=a;BlobEndpoint=http://127.0.0.1:1/a;", "the connection string needs AccountName and AccountKey"),
        (
            "BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=sv=1&sig=secret",
            "the connection string needs AccountName and AccountKey",
        ),
        (
            "AccountName=a;AccountKey=no base 64!;BlobEndpoint=http://127.0.0.1:1/a;",
            "the connection string's AccountKey is no Base64",
        ),
    ],
    ids=["no connection string", "no key", "a signature only", "a key that is none"],
)
def test_a_connection_string_that_cannot_be_used_ends_the_start(tmp_path: Path, connection: str, says: str) -> None:
    command = [sys.executable, "-m", "penstock", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    done = subprocess.run(
        [*command, "--drops-storage", connection], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.returncode == Exit.INVALID_INPUT, done.stderr
    assert f"drops_storage: {says}" in done.stderr
    assert "secret" not in done.stderr
