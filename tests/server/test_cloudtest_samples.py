"""Real load tests of others, with their web tests, from the upload to the results, against a target of our own.

They are shortened to some seconds and users; nothing else of them is touched.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.server.test_cloudtest_runs import CLT, change, created, drop_of, got, until

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "vs"
NGHIA = "nghiaMeo+KiemThuPhanMem__WebAndLoadTestProject1__TestResults__Nghia_LAPTOP-A3HHO4HD_2022-04-05"
REAL = {
    "marcinlis0": (
        "marcinlis0+loadtest__WebAndLoadTestProject__LoadTest2.loadtest",
        "marcinlis0+loadtest__WebAndLoadTestProject__bin__Debug__GetAllMovies.webtest",
        "GetAllMovies.webtest",
    ),
    "cboudereau": (
        "cboudereau+code4fun__WebAndLoadTestProject1__LoadTest1.loadtest",
        "cboudereau+code4fun__WebAndLoadTestProject1__WebTest2.webtest",
        "WebTest2.webtest",
    ),
    "jizhikuan": (
        "jizhikuan+TestGit__WebAndLoadTestProject1__LoadTest1.cb96561.loadtest",
        "jizhikuan+TestGit__WebAndLoadTestProject1__WebTest1.68805b4.webtest",
        "WebTest1.webtest",
    ),
    "mikegore1000": (
        "mikegore1000+ServiceFabricSpiking__src__LoadTest__LoadTest1.df80904.loadtest",
        "mikegore1000+ServiceFabricSpiking__src__LoadTest__WebTest1.52f85c3.webtest",
        "WebTest1.webtest",
    ),
    "nghiaMeo": (
        f"{NGHIA}_14_03_56__Out__loadtest3.loadtest",
        f"{NGHIA}_13_22_55__Out__webtest1.webtest",
        "webtest1.webtest",
    ),
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real files of others are not beside this checkout")


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def client(server: PenstockServer, target: Recorder) -> Iterator[httpx.Client]:
    with server.client() as native:
        overrides = {"settings": {"target_overrides": {"*": target.url}}}
        assert native.put("/team", json=overrides).status_code == 200
    with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as opened:
        yield opened


def shortened(content: bytes) -> bytes:
    for name, value in (("RunDuration", 3), ("SampleRate", 1), ("InitialUsers", 2)):
        content = re.sub(rf'{name}="\d+"'.encode(), f'{name}="{value}"'.encode(), content)
    return re.sub(rb'WarmupTime="[1-9]\d*"', b'WarmupTime="1"', content)


@pytest.mark.parametrize("author", REAL)
def test_a_real_load_test_goes_from_upload_to_results(client: httpx.Client, target: Recorder, author: str) -> None:
    load_test, web_test, name = REAL[author]
    content = shortened((SAMPLES / load_test).read_bytes())
    target.clear()
    run = created(
        client,
        drop_of(client, {"loadtest.loadtest": content, name: (SAMPLES / web_test).read_bytes()}),
        "LoadTest.loadtest",
    )
    assert run["runSpecificDetails"]["duration"] == 3
    assert change(client, run["id"], "queued").status_code == 202
    over = until(client, run["id"], "completed", "aborted", "error")
    assert over["state"] == "completed", (over, got(client, run["id"], "/messages"))
    assert target.requests
    if b'WarmupTime="1"' in content:
        assert over["warmUpStartedDate"] < over["executionStartedDate"]
    samples = client.post(
        f"{CLT}/testRuns/{run['id']}/countersamples", json={"value": [{"counterInstanceId": "Els~1226640887"}]}
    ).json()["values"][0]["values"]
    url = got(client, run["id"], "/results")["resultsUrl"]
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(httpx.get(url).content))) as archive:
        report = json.loads(archive.read("report.json"))
    assert report, "the report is there"
    summary = got(client, run["id"], "/ResultSummary")["overallRequestSummary"]
    assert samples[-1]["rawValue"] == summary["totalRequests"] > 0
