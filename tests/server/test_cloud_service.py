"""What `penstock cloud-run` asks of a server, where something is large, late or away."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from penstock.cli.cloud.service import CloudService
from penstock.cli.process import Process
from penstock.errors import Unavailable
from tests.apps.penstock_server import PenstockServer


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
    with pytest.raises(Unavailable, match="refuses access to the drop"):
        service.upload(service.create_drop(), "a.txt", b"hello")


def test_a_server_that_is_away_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data").start()
    try:
        with service_of(server) as service:
            drop = service.create_drop()
            run = str(service.create_run({"name": "a.loadtest", "testDrop": {"id": drop.drop}})["id"])
            assert server.stop() == 0
            server.options = ("--port", str(urlsplit(server.url).port))
            coming = threading.Thread(target=lambda: (time.sleep(1.5), server.start()))
            coming.start()
            began = time.monotonic()
            assert service.run(run)["id"] == run
            assert time.monotonic() - began > 1, "it was away"
            coming.join()
    finally:
        server.stop()
