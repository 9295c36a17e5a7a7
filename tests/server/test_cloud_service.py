"""What `penstock cloud-run` asks of a server, where something is large, late or away."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from penstock.cli.cloud.service import CloudService
from penstock.cli.exits import Exit
from penstock.cli.main import main
from penstock.cli.process import Process
from penstock.errors import InvalidInput, Unavailable
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.apps.ports import lasting_port
from tests.server.test_cloud_run import began, ended
from tests.server.vs_loads import load_test, web_test


def service_of(server: PenstockServer) -> CloudService:
    return CloudService(Process(io.BytesIO(), sys.stderr), server.url, server.token)


@pytest.fixture
def service(server: PenstockServer) -> Iterator[CloudService]:
    with service_of(server) as found:
        yield found


def test_a_file_of_several_blocks_arrives_whole(service: CloudService) -> None:
    content = os.urandom(17 * 1024 * 1024)
    place = service.create_drop()
    service.upload(place, "data/big file.bin", content)
    assert httpx.get(place.of("data/big file.bin")).content == content


def test_access_that_is_over_is_asked_for_anew(service: CloudService) -> None:
    place = service.create_drop()
    stale = replace(place, signature=place.signature.replace("sig=", "sig=0"))
    assert httpx.put(stale.of("a.txt"), content=b"", headers={"x-ms-blob-type": "BlockBlob"}).status_code == 403
    renewed = service.upload(stale, "a.txt", b"hello")
    assert renewed.signature != stale.signature
    assert httpx.get(renewed.of("a.txt")).content == b"hello"


def test_access_that_is_refused_again_ends_with_a_sentence(
    service: CloudService, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(403)))
    monkeypatch.setattr(service, "_blobs", refusing)  # a clock that is hours off does this on both sides
    with pytest.raises(Unavailable, match=r"^http://\S+ refuses access to the drop"):
        service.upload(service.create_drop(), "a.txt", b"hello")


def test_a_server_that_is_away_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data", ("--port", str(lasting_port()))).start()
    try:
        with service_of(server) as service:
            drop = service.create_drop()
            run = str(service.create_run({"name": "a.loadtest", "testDrop": {"id": drop.drop}})["id"])
            assert server.stop() == 0
            coming = threading.Thread(target=lambda: (time.sleep(1.5), server.start()))
            coming.start()
            began = time.monotonic()
            assert service.run(run)["id"] == run
            assert time.monotonic() - began > 1, "it was away"
            coming.join()
    finally:
        server.stop()


def test_a_start_whose_refusal_got_lost_ends_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = PenstockServer(tmp_path / "data").start()
    send, lost = httpx.HTTPTransport.handle_request, list[str]()

    def losing(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        answer = send(transport, request)
        if request.method == "PATCH" and not lost:
            lost.append(answer.read().decode())
            raise httpx.ReadError("the connection broke", request=request)
        return answer

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", losing)
    told = io.StringIO()
    process = Process(io.BytesIO(), told, {"PENSTOCK_SERVER": server.url, "PENSTOCK_TOKEN": server.token})
    code = main(("cloud-run", "http://192.0.2.1/", "--users", "50"), process)
    assert server.stop() == 0
    assert code == Exit.INVALID_INPUT
    assert lost, "the first start was done"
    assert "create another one" not in told.getvalue()
    assert told.getvalue().splitlines()[-1].startswith("error: The run was stopped before it began: 192.0.2.1 ")


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (409, "StorageLimitReached", r"^a\.txt is refused by http://\S+ \(409\): the team has <all> it may$"),
        (507, "InsufficientStorage", r"^a\.txt was not kept by http://\S+: the team has <all> it may$"),
        (403, "AuthenticationFailed", r"refuses access to the drop \S+: the team has <all> it may; if the clocks"),
    ],
)
def test_what_a_storage_says_of_a_refusal_is_told_with_the_file(
    service: CloudService, monkeypatch: pytest.MonkeyPatch, status: int, code: str, says: str
) -> None:
    text = f"<Error><Code>{code}</Code><Message>the team has &lt;all&gt; it may.\nRequestId:1</Message></Error>"
    refusing = httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(status, text=text)))
    monkeypatch.setattr(service, "_blobs", refusing)
    with pytest.raises((InvalidInput, Unavailable), match=says):
        service.upload(service.create_drop(), "a.txt", b"hello")


@pytest.fixture
def load_test_folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "test"
    folder.mkdir()
    with Recorder() as target:
        (folder / "Home.loadtest").write_bytes(load_test(seconds=30))
        (folder / "home.webtest").write_bytes(web_test(f"{target.url}/"))
        yield folder


def kill_under_way(server: PenstockServer) -> None:
    """Kill a server as a power cut would, as soon as it has kept something of a run."""
    try:
        with server.client() as native:

            def kept() -> bool:
                runs = native.get("/runs").raise_for_status().json()["runs"]
                report = native.get(f"/runs/{runs[0]['id']}/report", params={"format": "json"}) if runs else None
                return report is not None and report.is_success and report.json()["totals"]["requests"]["count"] > 0

            wait_until(kept)
    finally:
        server.kill()


def test_a_server_that_comes_back_under_a_run_is_watched_to_the_end(tmp_path: Path, load_test_folder: Path) -> None:
    options = ("--allow-private-targets", "--lease-seconds", "5", "--port", str(lasting_port()))
    server = PenstockServer(tmp_path / "data", options).start()
    try:
        process = began(server, load_test_folder, "Home.loadtest", "--json", "-")
        kill_under_way(server)
        server.start()
        done = ended(process)
        assert done.code == Exit.GENERATOR_FAILED, done.stderr
        assert "lost" in done.stderr, "the reason"
        assert json.loads(done.stdout)["totals"]["requests"]["count"] > 0, "what was measured until then is fetched"
    finally:
        server.stop()


def test_who_gives_up_on_a_server_is_told_which_run_may_go_on(
    tmp_path: Path, load_test_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penstock.cli.cloud.service._PATIENCE_S", 1.0)
    server = PenstockServer(tmp_path / "data", ("--allow-private-targets",)).start()
    told = io.StringIO()
    process = Process(io.BytesIO(), told, {"PENSTOCK_SERVER": server.url, "PENSTOCK_TOKEN": server.token})
    killing = threading.Thread(target=kill_under_way, args=(server,))
    killing.start()
    try:
        code = main(("cloud-run", str(load_test_folder)), process)
    finally:
        killing.join()
    run = re.search(r"^run (\S+): Home\.loadtest$", told.getvalue(), re.MULTILINE)
    assert run is not None, told.getvalue()
    assert code == Exit.INVALID_INPUT
    said = told.getvalue().splitlines()[-1]
    assert said.startswith(f"error: {server.url} does not answer as it should: ")
    assert said.endswith(f"; run {run[1]} was not aborted and may go on there")
