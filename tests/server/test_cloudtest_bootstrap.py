"""How clients of the cloud load test service find their way in, and where they upload to."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.blob import BlobClient

from tests.apps.penstock_server import PenstockServer

DROPS = "/fabrikam/_apis/clt/testdrops"
IN_PLACE = {
    "dropType": "InplaceDrop",
    "loadTestDefinition": {
        "loadTestName": "home.loadtest",
        "runDuration": "60",
        "urls": ["http://127.0.0.1:9000/"],
        "browserMixs": [
            {"browserName": "Internet Explorer 11.0", "browserPercentage": 60.0},
            {"browserName": "Chrome 2", "browserPercentage": 40.0},
        ],
        "loadPatternName": "Constant",
        "maxVusers": 25,
        "loadGenerationGeoLocations": [{"Location": "Default", "Percentage": 100}],
    },
}


@pytest.fixture(scope="module")
def client(server: PenstockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/_apis", "/fabrikam/_apis", "/Fabrikam/project/_apis/", "//_apis"])
def test_the_table_of_locations_is_the_same_wherever_it_is_asked_for(
    client: httpx.Client, server: PenstockServer, path: str
) -> None:
    answer = client.options(f"{server.url}{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["count"] == len(found["value"]) == 16
    for one in found["value"]:
        assert one["id"] == one["id"].lower()
        assert all(isinstance(one[name], str) for name in ("minVersion", "maxVersion", "releasedVersion"))


def test_one_area_can_be_asked_for(client: httpx.Client) -> None:
    found = client.options("/_apis/CLT").json()["value"]
    assert {one["area"] for one in found} == {"clt"}
    assert len(found) == 13


def test_the_area_is_where_it_was_asked_for(client: httpx.Client, server: PenstockServer) -> None:
    found = client.get(
        "/fabrikam/_apis/ResourceAreas", headers={"Accept": "application/json;api-version=5.1-preview.1"}
    )
    (area,) = found.json()["value"]
    assert (area["name"], area["locationUrl"]) == ("clt", f"{server.url}/fabrikam/")
    assert client.get(f"/_apis/resourceAreas/{area['id'].upper()}").json()["name"] == "clt"


@pytest.mark.parametrize("id", ["951917AC-A960-4999-8464-E3F0AA25B381", "6C404D78-EF65-4E65-8B6A-DF19D6361EAE"])
def test_pipeline_tasks_find_the_service(client: httpx.Client, server: PenstockServer, id: str) -> None:
    found = client.get(f"/fabrikam//_apis/servicedefinitions/LocationService2/{id}").json()
    assert found["locationMappings"][0]["location"] == f"{server.url}/fabrikam"


def test_who_asks_is_told(client: httpx.Client) -> None:
    assert client.get("/_apis/connectionData").json()["authenticatedUser"]["providerDisplayName"] == "admin"


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("user", ["", " ", "anything", "bearer"])
def test_a_token_lets_in_whatever_user_it_is_shown_with(server: PenstockServer, user: str) -> None:
    shown = f"Bearer {server.token}" if user == "bearer" else basic(f"{user}:{server.token}")
    assert httpx.get(f"{server.url}/_apis/ResourceAreas", headers={"Authorization": shown}).status_code == 200


@pytest.mark.parametrize(("agent", "kind"), [("python/3.11 vsts/0.1.25", "text/plain"), ("curl/8", "application/json")])
def test_a_wrong_token_is_refused_in_the_way_each_client_understands(
    server: PenstockServer, agent: str, kind: str
) -> None:
    headers = {"Authorization": basic(":wrong"), "User-Agent": agent}
    refused = httpx.options(f"{server.url}/_apis", headers=headers)
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith(kind)
    assert refused.headers["www-authenticate"] == f'Basic realm="{server.url}"'


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("x", "VssVersionOutOfRangeException"),
        ("0.9", "VssVersionOutOfRangeException"),
        ("99.0", "VssVersionOutOfRangeException"),
        ("6.0-preview.x", "VssInvalidPreviewVersionException"),
    ],
)
def test_a_version_that_never_was_is_refused(client: httpx.Client, version: str, key: str) -> None:
    for refused in (
        client.get("/_apis/ResourceAreas", params={"API-Version": version}),
        client.get("/_apis/ResourceAreas", headers={"Accept": f"application/json; api-version={version}"}),
    ):
        assert (refused.status_code, refused.json()["typeKey"]) == (400, key)


@pytest.mark.parametrize("version", ["1.0", "1.0-preview.1", "4.1", "5.2-preview.1", "6.1-preview.2", ""])
def test_every_version_that_was_is_served(client: httpx.Client, version: str) -> None:
    assert client.get("/_apis/ResourceAreas", params={"api-version": version}).status_code == 200


def test_files_go_to_the_place_that_a_drop_names(client: httpx.Client) -> None:
    made = client.post(DROPS, json={"DropType": "testserviceblobdrop", "Id": None})
    assert made.status_code == 200
    drop = client.get(f"/_apis/clt/TestDrops/{made.json()['id'].upper()}").json()
    assert drop["id"] == made.json()["id"]
    assert (drop["dropType"], drop["testRunId"], drop["loadTestDefinition"]) == ("TestServiceBlobDrop", None, None)
    access = drop["accessData"]
    assert access["sasKey"].startswith("?")
    url = f"{access['dropContainerUrl']}/home.webtest{access['sasKey']}"
    with BlobClient.from_blob_url(url) as blob:
        blob.upload_blob(b"content")
        assert blob.download_blob().readall() == b"content"
    outside = access["dropContainerUrl"].rpartition("/")[0] + f"/elsewhere/x{access['sasKey']}"
    assert httpx.put(outside, headers={"x-ms-blob-type": "BlockBlob"}, content=b"x").status_code == 403


def test_a_large_file_takes_no_memory_of_the_server(client: httpx.Client, server: PenstockServer) -> None:
    access = client.post(DROPS, json={"dropType": 0}).json()["accessData"]
    assert server.process is not None
    process = Path(f"/proc/{server.process.pid}")
    before = memory_mb(process, "VmRSS")
    (process / "clear_refs").write_text("5")  # the peak counts from here on
    size = 256 * 1024 * 1024
    with BlobClient.from_blob_url(f"{access['dropContainerUrl']}/large.csv{access['sasKey']}") as blob:
        blob.upload_blob(Zeros(size), length=size, max_concurrency=2)  # type: ignore[arg-type]
        assert blob.get_blob_properties().size == size
        assert sum(map(len, blob.download_blob(offset=100, length=10_000_000).chunks())) == 10_000_000
    assert memory_mb(process, "VmHWM") - before < 48


class Zeros(io.RawIOBase):
    """So many bytes that nobody holds."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        taken = min(size, self._left)
        self._left -= taken
        return bytes(taken)


def memory_mb(process: Path, name: str) -> float:
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{name}:"))


def test_a_test_of_urls_is_a_drop_without_files(client: httpx.Client) -> None:
    made = client.post(DROPS, json=IN_PLACE).json()
    assert made["dropType"] == "InPlaceDrop"
    definition = made["loadTestDefinition"]
    assert (definition["runDuration"], definition["maxVusers"]) == (60, 25)
    assert definition["loadGenerationGeoLocations"] == [{"location": "Default", "percentage": 100}]


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "no JSON"),
        (b"[]", "an object"),
        (b"{}", "dropType"),
        (b'{"dropType":"x"}', "dropType"),
        (b'{"dropType":"InplaceDrop"}', "loadTestDefinition"),
        (b'{"dropType":"InplaceDrop","loadTestDefinition":{"maxVusers":1}}', "urls"),
        (b'{"dropType":1,"loadTestDefinition":{"urls":["file:///etc/passwd"]}}', "file:///"),
        (b'{"dropType":1,"loadTestDefinition":{"urls":["http://h/"],"runDuration":"soon"}}', "runDuration"),
        (b'{"dropType":1,"loadTestDefinition":{"urls":["http://h/"],"runDuration":0}}', "one second"),
        (b'{"dropType":1,"loadTestDefinition":{"urls":["http://["]}}', "http://["),
    ],
)
def test_what_is_no_drop_is_refused_with_the_place(client: httpx.Client, body: bytes, part: str) -> None:
    refused = client.post(DROPS, content=body)
    assert refused.status_code == 400, refused.text
    assert part in refused.json()["message"]


def test_a_comma_too_much_does_no_harm(client: httpx.Client) -> None:
    assert client.post(DROPS, content=b'{"dropType": "0",}').status_code == 200


def test_clients_may_want_numbers_and_bare_lists(client: httpx.Client) -> None:
    found: Any = client.get("/_apis/ResourceAreas", headers={"Accept": "application/json;noArrayWrap=true"}).json()
    assert isinstance(found, list)


def test_drops_of_others_and_unknown_paths_are_not_found(client: httpx.Client, server: PenstockServer) -> None:
    drop = client.post(DROPS, json={"dropType": 0}).json()["id"]
    stranger = {"Authorization": basic(f":{server.stranger()}")}
    for path, headers in ((f"{DROPS}/{drop}", stranger), (f"{DROPS}/none", {}), ("/_apis/clt/nothing", {})):
        refused = httpx.get(
            f"{server.url}{path}", headers=dict(client.headers) | headers, auth=None if headers else client.auth
        )
        assert refused.status_code == 404
        assert refused.json()["message"]
    assert client.delete(DROPS).status_code == 405
